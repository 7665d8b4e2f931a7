import { log } from '../../log.ts'
import type { ContentId, TenantId } from '../../mailbox/ids.ts'
import { listAll } from '../../ports/blobs.ts'
import { type Operation, queryAll } from '../../ports/table.ts'
import { tenantKey } from '../../ports/tenant-engine.ts'
import type { Deletion } from '../../store/deletions.ts'
import {
  apiCallsPk,
  emailsPk,
  outboundKey,
  quotaPk,
  suppressionsPk,
  usagePk,
  webhookDeliveriesPk,
} from '../../store/keys.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { settleIdentity } from '../outgoing/sending-identity.ts'
import { parseAliasAddress } from './delete-account.ts'
import { removeAccount } from './remove-account.ts'

/** Kinds of objects a tenant owns, those of contents first: they tell which items there are. */
const OBJECT_KINDS = [
  'raw',
  'outbox',
  'scheduled',
  'envelope',
  'view',
  'attachment',
  'upload',
  'index',
  'captured',
] as const
const DELETES_AT_ONCE = 100

/** All that a tenant owned that was deleted (delete-tenant.ts). Repeatable, and the tenant is listed until all the rest is gone, so that none is forgotten half-way. */
export async function removeTenant(store: Store, tenant: TenantId): Promise<void> {
  const found = await store.tenants.get(tenant)
  if (found?.deleting !== true) return // done before; another may have got the id since
  const own = store.tenant(tenant)
  const deletion = await store.deletions.begin(found)
  for await (const { address } of store.aliases.all(tenant)) {
    await store.aliases.remove(tenant, parseAliasAddress(address))
    await store.deletions.add(deletion, { aliases: 1 })
  }
  for await (const { id, address } of own.accounts.list()) {
    await store.directory.releaseAddress(parseAliasAddress(address), id)
    await removeAccount(store, id, { withTenant: true })
    await store.deletions.add(deletion, { accounts: 1 })
  }
  await removeDomains(store, tenant, deletion)
  for (const kind of OBJECT_KINDS) await removeObjects(store, own, kind, deletion)
  await removeItems(own, emailsPk(tenant))
  await removeItems(own, webhookDeliveriesPk(tenant))
  await removeItems(own, suppressionsPk(tenant))
  await removeItems(own, usagePk(tenant))
  await removeItems(own, apiCallsPk(tenant))
  await removeItems(own, quotaPk(tenant))
  await removeItems(own, tenantKey(tenant))
  await store.engine.identities?.removeTenant(tenant)
  await store.deletions.finish(deletion)
  await store.tenants.forget(tenant)
  log.info('tenant-removed', { tenant })
}

async function removeDomains(store: Store, tenant: TenantId, deletion: Deletion): Promise<void> {
  for (;;) {
    const { items } = await store.domains.page(tenant, { limit: DELETES_AT_ONCE })
    if (items.length === 0) return
    for (const domain of items) {
      await store.domains.remove(tenant, domain)
      await settleIdentity(store, tenant, domain.name)
      await store.deletions.add(deletion, { domains: 1 })
    }
  }
}

/** With every version, also of what was deleted long ago. */
async function removeObjects(
  store: Store,
  { tenant, engine, deliveries }: TenantStore,
  kind: string,
  deletion: Deletion,
): Promise<void> {
  const prefix = `${kind}/${tenant}/`
  for await (const { name } of listAll(engine.blobs, prefix)) {
    const content = name.slice(prefix.length) as ContentId
    if (kind === 'raw') await deliveries.forget(content)
    if (kind === 'outbox') await engine.table.write([{ delete: outboundKey(tenant, content) }])
  }
  for (;;) {
    const { versions, octets } = await engine.blobs.purge(prefix)
    if (versions === 0) return
    await store.deletions.add(deletion, { versions, octets })
  }
}

/** All of one pk but the tenant itself, which is the last to go. */
async function removeItems({ engine }: TenantStore, pk: string): Promise<void> {
  const operations: Operation[] = []
  for await (const { sk } of queryAll(engine.table, pk)) if (sk !== 'tenant') operations.push({ delete: { pk, sk } })
  for (let at = 0; at < operations.length; at += DELETES_AT_ONCE) {
    await engine.table.write(operations.slice(at, at + DELETES_AT_ONCE))
  }
}
