import { LruMap } from '../../mailbox/lru-map.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Dns, DnsType } from '../../ports/dns.ts'

export interface DnsCacheOptions {
  /** Answers kept; the least used goes first. */
  answers?: number
  /** How long an answer holds; the port tells no TTL, so that it is short. */
  holdsMs?: number
  /** How long it holds that there is none. */
  absentHoldsMs?: number
  /** Longest answer kept, in characters. */
  characters?: number
}

/**
 * Look-ups, each made once for all that ask while it is under way and for a while after. A server that does not answer is asked again at
 * once: that says nothing about the name.
 */
export function cachedDns(dns: Dns, clock: Clock, options: DnsCacheOptions = {}): Dns {
  const { answers = 10_000, holdsMs = 60_000, absentHoldsMs = 30_000, characters = 8 * 1024 } = options
  const kept = new LruMap<string, { records: string[]; until: number }>(answers)
  const asking = new Map<string, Promise<string[]>>()

  async function ask(key: string, name: string, type: DnsType): Promise<string[]> {
    try {
      const records = await dns.resolve(name, type)
      const size = records.reduce((sum, { length }) => sum + length, 0)
      const until = clock.now() + (records.length === 0 ? absentHoldsMs : holdsMs)
      if (size <= characters) kept.set(key, { records, until })
      return records
    } finally {
      asking.delete(key)
    }
  }

  return {
    async resolve(name, type) {
      const key = `${type} ${name.toLowerCase()}`
      const known = kept.get(key)
      if (known !== undefined && known.until > clock.now()) return [...known.records]
      let answer = asking.get(key)
      if (answer === undefined) {
        answer = ask(key, name, type)
        asking.set(key, answer)
      }
      return [...(await answer)]
    },
  }
}
