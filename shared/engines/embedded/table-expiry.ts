import { setTimeout as sleep } from 'node:timers/promises'
import { log } from '../../log.ts'
import type { Clock } from '../../ports/clock.ts'
import { ThrottledError } from '../../ports/table.ts'
import type { Writer } from './writer.ts'

/** Items of one pass: other writes come between the passes. */
const ITEMS_PER_PASS = 200

/**
 * Removes items some time after their `expires`, as DynamoDB's TTL does: until then they are still read. What has expired is the
 * clock's to say; when to look is by real time, so that a test's clock does not make this spin.
 */
export function startExpiry(writer: Writer, clock: Clock, everyMs: number): { end(): Promise<void> } {
  const ending = new AbortController()

  async function removeExpired(): Promise<void> {
    let removed: number
    do {
      const now = Math.floor(clock.now() / 1000)
      removed = await writer.perform<number>({ kind: 'expire-items', now, limit: ITEMS_PER_PASS })
    } while (removed === ITEMS_PER_PASS && !ending.signal.aborted)
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        await sleep(everyMs, undefined, { signal: ending.signal })
        await removeExpired()
      } catch (error) {
        if (ending.signal.aborted) return
        if (!(error instanceof ThrottledError)) throw error
        log.warn('expiry-refused', { error })
      }
    }
  }

  const running = run()
  return {
    async end() {
      ending.abort()
      await running
    },
  }
}
