/** Runs a work when its turn has come. */
export type Turns = <T>(owner: string, work: () => Promise<T>) => Promise<T>

/**
 * At most `atOnce` works at a time. Those that wait get their turn owner by owner, so that one with a thousand in line holds up another with one
 * by a single turn.
 */
export function fairTurns(atOnce: number): Turns {
  const lines = new Map<string, (() => void)[]>()
  let running = 0

  /** The owner who had the turn goes to the end: a Map keeps the order in which its keys came. */
  function next(): (() => void) | undefined {
    const [first] = lines
    if (first === undefined) return undefined
    const [owner, line] = first
    const start = line.shift()
    lines.delete(owner)
    if (line.length > 0) lines.set(owner, line)
    return start
  }

  return async (owner, work) => {
    if (running >= atOnce) {
      await new Promise<void>((start) => {
        const line = lines.get(owner)
        if (line === undefined) lines.set(owner, [start])
        else line.push(start)
      })
    } else running += 1
    try {
      return await work()
    } finally {
      const start = next()
      if (start === undefined) running -= 1
      else start()
    }
  }
}
