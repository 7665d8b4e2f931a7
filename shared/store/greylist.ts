import { createHash } from 'node:crypto'
import type { TenantEngine } from '../ports/engine.ts'
import { ConflictError } from '../ports/table.ts'
import { greylistKey } from './keys.ts'

/** Who writes to whom from where (RFC 6647 §2.3). */
export interface Triplet {
  /** The client's address, or the network that stands for it. */
  network: string
  reversePath: string
  recipient: string
}

/** How long one that has come once may take to come again. */
const FIRST_HOLDS_MS = 24 * 60 * 60 * 1000
/** How long one that came again is known; those who write once a month stay known. */
const KNOWN_HOLDS_MS = 36 * 24 * 60 * 60 * 1000
/** A known one is written again when it has aged so much, not with each message. */
const RENEW_MS = 24 * 60 * 60 * 1000

/** Those who have written before. Durable, so that a restart makes nobody wait a second time. */
export class Greylist {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** Whether the triplet was first seen at least `delayMs` ago; remembers it where it was not. One read, and a write where it is new. */
  async isKnown(triplet: Triplet, delayMs: number): Promise<boolean> {
    const { table, clock } = this.engine
    const key = greylistKey(this.engine.tenant, hashOf(triplet))
    const now = clock.now()
    const item = await table.get(key)
    const holds = item !== undefined && (item['holdsUntil'] as number) > now
    if (!holds) {
      const put = { ...key, firstAt: now, ...until(now + FIRST_HOLDS_MS) }
      const unchanged =
        item === undefined ? { absent: true as const } : { equals: { firstAt: item['firstAt'] as number } }
      await table.write([{ put, if: unchanged }]).catch((error) => {
        if (!(error instanceof ConflictError)) throw error // somebody else has just remembered it
      })
      return false
    }
    if (now - (item['firstAt'] as number) < delayMs) return false
    if ((item['holdsUntil'] as number) < now + KNOWN_HOLDS_MS - RENEW_MS)
      await table.write([{ update: key, set: until(now + KNOWN_HOLDS_MS) }])
    return true
  }
}

/** The engine removes it some time after `expires`, so when it ends to hold is said beside. */
function until(ms: number) {
  return { holdsUntil: ms, expires: Math.ceil(ms / 1000) }
}

function hashOf({ network, reversePath, recipient }: Triplet): string {
  const text = JSON.stringify([network, reversePath.toLowerCase(), recipient.toLowerCase()])
  return createHash('sha256').update(text).digest('base64url').slice(0, 32)
}
