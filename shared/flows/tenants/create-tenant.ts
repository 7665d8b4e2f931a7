import type { TenantId } from '../../mailbox/ids.ts'
import type { Store } from '../../store/store.ts'
import type { Tenant } from '../../store/tenants.ts'

/** A tenant with a first key of its own. Throws MailError 'in-use'. */
export async function createTenant(
  store: Store,
  id: TenantId,
  name: string,
): Promise<{ tenant: Tenant; keyId: string; token: string }> {
  const tenant = await store.tenants.create(id, name)
  const { key, token } = await store.tenant(id).apiKeys.create({ name: 'First key', permission: 'full_access' })
  return { tenant, keyId: key.id, token }
}
