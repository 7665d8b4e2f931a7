/** How many of something each of any number of keys has under way. */
export interface AtOnce {
  /** What ends it, to be called once; undefined where the key has as many as it may. */
  enter(key: string): (() => void) | undefined
}

export function atOnce(most: number): AtOnce {
  const counts = new Map<string, number>()
  return {
    enter(key) {
      const count = counts.get(key) ?? 0
      if (count >= most) return undefined
      counts.set(key, count + 1)
      return () => {
        const left = counts.get(key)! - 1
        if (left === 0) counts.delete(key)
        else counts.set(key, left)
      }
    },
  }
}
