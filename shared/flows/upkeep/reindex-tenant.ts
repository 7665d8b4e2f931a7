import { log } from '../../log.ts'
import type { TenantId } from '../../mailbox/ids.ts'
import type { Reindexing } from '../../store/reindexings.ts'
import type { Store } from '../../store/store.ts'
import type { ScanSettings } from '../arrivals/scan-content.ts'
import { formatJob } from './jobs.ts'
import { reindex } from './reindex.ts'

/** Of one job: below the quarter of an hour that a function has. */
const SLICE_MS = 8 * 60 * 1000
const WAIT_SECONDS = 60
/** One that said nothing for so long was lost, and may be asked for again. */
const LOST_MS = 60 * 60 * 1000

/** Asks for a reindex of a tenant; one that is under way is shown as it is. */
export async function requestReindex(store: Store, tenant: TenantId): Promise<Reindexing> {
  const standing = await store.reindexings.get(tenant)
  const isUnderWay = standing?.status === 'waiting' || standing?.status === 'running'
  if (isUnderWay && store.engine.clock.now() - standing.updatedAt < LOST_MS) return standing
  const requested = await store.reindexings.request(tenant)
  await store.engine.queues.jobs.send(formatJob({ kind: 'reindex', tenant }))
  return requested
}

/** The job: slice after slice, never beside a reclaim, which would delete what the index does not know yet. Repeatable. */
export async function reindexTenant(store: Store, tenant: TenantId, settings: ScanSettings): Promise<void> {
  const standing = await store.reindexings.get(tenant)
  if (standing === undefined || standing.status === 'completed') return
  const lease = await store.upkeepLeases.take(tenant, 'reindex')
  const again = (delaySeconds: number) =>
    store.engine.queues.jobs.send(formatJob({ kind: 'reindex', tenant }), { delaySeconds })
  if (lease === undefined) {
    log.info('reindex-waits', { tenant })
    await store.reindexings.record(tenant, 'waiting')
    await again(WAIT_SECONDS)
    return
  }
  try {
    await store.reindexings.record(tenant, 'running')
    const until = store.engine.clock.now() + SLICE_MS
    const { next, ...progress } = await reindex(store.tenant(tenant), settings, {
      ...(standing.after !== undefined && { after: standing.after }),
      mayGoOn: async () => {
        await lease.renew()
        return store.engine.clock.now() < until
      },
    })
    await store.reindexings.record(tenant, next === undefined ? 'completed' : 'running', progress, next)
    if (next !== undefined) await again(0)
  } catch (error) {
    await store.reindexings.record(tenant, 'failed')
    throw error
  } finally {
    await lease.end()
  }
}
