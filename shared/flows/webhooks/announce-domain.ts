import type { TenantId } from '../../mailbox/ids.ts'
import type { TenantDomain } from '../../store/domains.ts'
import type { Store } from '../../store/store.ts'
import type { DomainRecord } from '../tenants/domain-records.ts'
import { announceDone } from './announce-events.ts'

/** Tells webhooks what was done to a domain. */
export async function announceDomain(
  store: Store,
  tenant: TenantId,
  type: 'domain.created' | 'domain.updated' | 'domain.deleted',
  { id, name, status, createdAt }: TenantDomain,
  /** None of one that is gone. */
  { region, records }: { region: string; records: readonly DomainRecord[] },
): Promise<void> {
  await announceDone(store.tenant(tenant), type, () => ({
    id,
    name,
    status,
    created_at: new Date(createdAt).toISOString(),
    region,
    records: records.map(({ key: _key, required: _needed, ...record }) => ({ ...record, ttl: 'Auto' })),
  }))
}
