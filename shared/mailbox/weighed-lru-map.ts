/** A map that forgets what was used longest ago once its values weigh more than `capacity` together. */
export class WeighedLruMap<K, V> {
  private readonly entries = new Map<K, { value: V; weight: number }>()
  private readonly capacity: number
  private weight = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get(key: K): V | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, entry)
    return entry.value
  }

  set(key: K, value: V, weight: number): void {
    this.delete(key)
    this.entries.set(key, { value, weight })
    this.weight += weight
    this.forget()
  }

  /** This value turned out to weigh more; nothing where another, or none, is in its place. */
  addWeight(key: K, value: V, weight: number): void {
    const entry = this.entries.get(key)
    if (entry?.value !== value) return
    entry.weight += weight
    this.weight += weight
    this.forget()
  }

  delete(key: K): void {
    const entry = this.entries.get(key)
    if (entry === undefined) return
    this.entries.delete(key)
    this.weight -= entry.weight
  }

  private forget(): void {
    for (const [key, { weight }] of this.entries) {
      if (this.weight <= this.capacity) return
      this.entries.delete(key)
      this.weight -= weight
    }
  }
}
