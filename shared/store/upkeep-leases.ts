import type { TenantId } from '../mailbox/ids.ts'
import type { Engine } from '../ports/engine.ts'
import type { Operation } from '../ports/table.ts'
import { upkeepKey } from './keys.ts'
import { writeIf } from './write-if.ts'

/** Work on all of a tenant's contents that must not meet the other kind. */
export type Upkeep = 'reclaim' | 'reindex'

/** A time in which no other kind of upkeep begins. */
export interface UpkeepLease {
  /** To be called on the way: it writes only when half of the time is over. Throws where the lease is lost, as nothing may be done then. */
  renew(): Promise<void>
  end(): Promise<void>
}

const LASTS_MS = 30 * 60 * 1000

/** Reclaim deletes what the index does not need, and while a reindex runs the index does not know yet what it needs. */
export class UpkeepLeases {
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Undefined while the other kind has it; of the same kind any number may be at work, and one that crashed is followed at once. */
  async take(tenant: TenantId, kind: Upkeep): Promise<UpkeepLease | undefined> {
    const { table, clock, ids } = this.engine
    const key = upkeepKey(tenant)
    const standing = await table.get(key)
    if (standing !== undefined && standing['kind'] !== kind && (standing['until'] as number) > clock.now())
      return undefined
    const nonce = ids.nonce()
    let until = clock.now() + LASTS_MS
    const free = standing === undefined ? { absent: true as const } : { equals: { nonce: standing['nonce'] as string } }
    const put = { ...key, kind, nonce, until }
    if (!(await this.write({ put, if: free }))) return this.take(tenant, kind)
    // Another of the same kind may have taken it over, and keeps it as well.
    const kept = { if: { equals: { kind } } }
    return {
      renew: async () => {
        if (until - clock.now() > LASTS_MS / 2) return
        until = clock.now() + LASTS_MS
        if (!(await this.write({ update: key, set: { until }, ...kept })))
          throw new Error(`${tenant}: the lease of ${kind} is lost`)
      },
      end: async () => {
        await this.write({ delete: key, if: { equals: { nonce } } })
      },
    }
  }

  private async write(operation: Operation): Promise<boolean> {
    return writeIf(this.engine.table, [operation])
  }
}
