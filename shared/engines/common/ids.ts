import { randomBytes, randomFillSync, randomInt } from 'node:crypto'
import type { ContentId } from '../../mailbox/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ids } from '../../ports/ids.ts'

const FRACTION_STEPS = 2 ** 47
/** Largest value of the 42 bits that count within a millisecond. */
const COUNTER_LIMIT = 2 ** 42
/** Where a millisecond's count begins at the highest, which leaves room for the steps to come (RFC 9562 §6.2). */
const SEED_LIMIT = 2 ** 41
const STEP_LIMIT = 2 ** 16
/** Asked of the system at a time: for the few octets of an id the call is what costs. */
const POOL_OCTETS = 4096
/** More are asked of the system by themselves. */
const FEW_OCTETS = 16

/**
 * UUIDv7 after RFC 9562 §5.7 and §6.2, method 2: the upper 42 of the 74 random bits are a count that grows by a random step within a
 * millisecond. A clock that goes back is waited out: the time in an id never does.
 */
export function createIds(clock: Pick<Clock, 'now'>): Ids {
  let lastMs = -1
  let count = 0
  const pool = Buffer.alloc(POOL_OCTETS)
  let used = POOL_OCTETS

  /** Octets of the pool, which are handed out once; to be used up before the next call. */
  function take(octets: number): Buffer {
    if (used + octets > POOL_OCTETS) {
      randomFillSync(pool)
      used = 0
    }
    used += octets
    return pool.subarray(used - octets, used)
  }

  return {
    content() {
      const now = clock.now()
      if (now > lastMs) {
        lastMs = now
        count = randomInt(SEED_LIMIT)
      } else count += 1 + randomInt(STEP_LIMIT)
      if (count >= COUNTER_LIMIT) {
        lastMs++
        count = randomInt(SEED_LIMIT)
      }
      const octets = Buffer.concat([Buffer.alloc(12), take(4)])
      octets.writeUIntBE(lastMs, 0, 6)
      octets.writeUInt16BE(0x7000 | Math.floor(count / 2 ** 30), 6) // version 7, upper 12 bits of the count
      octets.writeUInt32BE(0x8000_0000 + (count % 2 ** 30), 8) // variant 10, lower 30 bits
      const hex = octets.toString('hex')
      const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
      return parts.join('-') as ContentId
    },

    nonce: () => take(12).toString('base64url'),

    // A copy: the pool is not given away.
    random: (octets) => Uint8Array.from(octets <= FEW_OCTETS ? take(octets) : randomBytes(octets)),

    fraction: () => randomInt(FRACTION_STEPS) / FRACTION_STEPS,
  }
}
