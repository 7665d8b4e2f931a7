import { LruMap } from './lru-map.ts'

/**
 * A share for each of any number of keys: `limit` at once, and as many again evenly over `windowMs`. One number a key, the time at which its
 * share is whole again (the generic cell rate algorithm). What was used longest ago is forgotten, so that no number of keys costs more memory.
 */
export class RateLimit {
  private readonly wholeAt: LruMap<string, number>
  private readonly eachMs: number
  private readonly windowMs: number

  constructor(limit: number, windowMs: number, keys = 50_000) {
    this.wholeAt = new LruMap(keys)
    this.eachMs = windowMs / limit
    this.windowMs = windowMs
  }

  /** Takes one (or `count`) of the key's share; false, and nothing taken, where it is used up. */
  take(key: string, now: number, count = 1): boolean {
    const wholeAt = Math.max(this.wholeAt.get(key) ?? now, now) + count * this.eachMs
    // A hair of tolerance, as fractions of milliseconds do not add up.
    if (wholeAt - now > this.windowMs + this.eachMs / 2) return false
    this.wholeAt.set(key, wholeAt)
    return true
  }
}
