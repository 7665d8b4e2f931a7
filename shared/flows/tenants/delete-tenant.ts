import type { TenantId } from '../../mailbox/ids.ts'
import type { Store } from '../../store/store.ts'
import { formatJob } from '../upkeep/jobs.ts'

/**
 * Ends a tenant: suspended at once and for good; everything it owns goes by a job. False where there is none. Repeatable.
 */
export async function deleteTenant(store: Store, tenant: TenantId): Promise<boolean> {
  if (!(await store.tenants.setDeleting(tenant))) return false
  const deleted = await store.tenants.get(tenant)
  if (deleted !== undefined) await store.deletions.begin(deleted)
  await store.engine.queues.jobs.send(formatJob({ kind: 'remove-tenant', tenant }))
  return true
}
