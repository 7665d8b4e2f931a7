import type { AccountId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { sentCountKey } from './keys.ts'

const HOUR_MS = 60 * 60 * 1000

/**
 * How many recipients an account has sent to, by the hour: what a stolen password can do is bounded by it, so it is durable and counts for all
 * processes together.
 */
export class SentCounts {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /**
   * Counts `recipients` in this hour; false, and nothing counted, where they would be more than `limit`. One read and one write. Messages at the
   * same moment may go past it together, by no more than themselves.
   */
  async take(account: AccountId, recipients: number, limit: number): Promise<boolean> {
    const { table, clock } = this.engine
    const hour = Math.floor(clock.now() / HOUR_MS)
    const key = sentCountKey(account, hour)
    const sent = ((await table.get(key))?.['recipients'] as number | undefined) ?? 0
    if (sent + recipients > limit) return false
    const expires = Math.ceil(((hour + 2) * HOUR_MS) / 1000)
    await table.write([{ update: key, add: { recipients }, set: { expires } }])
    return true
  }
}
