import { createHash, timingSafeEqual } from 'node:crypto'
import { MailError } from '../../mailbox/errors.ts'
import { type AccountId, isTenantId, type TenantId, tenantOf } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { Account } from '../../store/accounts.ts'
import { type Permission, parseApiKeyToken } from '../../store/api-keys.ts'
import type { Store } from '../../store/store.ts'

/** Whoever calls the API, and what for. */
export interface Caller {
  operator: boolean
  /** Whose affairs these are: the key's tenant, or the one an operator names. */
  tenant?: TenantId
  permission: Permission
  /** Sending from this domain alone: its id. */
  domainId?: string
  /** An administrator at a browser; absent: a key. */
  account?: AccountId
}

/** Credentials of the demonstration (DESIGN §6). */
const DEMO_OPERATOR_KEY = 'op_demo'
const DEMO_API_KEY = 're_demo'
const DEMO_TENANT = 'demo' as TenantId

export interface CallerSettings {
  operatorKey: string | undefined
  /** The call came from this machine itself, by a name of its own, and through nobody. */
  fromHere: boolean
  /** The tenant that an operator acts for. */
  actingFor: string | undefined
}

/** Throws MailError 'bad-credentials', 'suspended'; Refusal 'not-found' where an operator names no tenant of ours. */
export async function authenticateCaller(store: Store, token: string, settings: CallerSettings): Promise<Caller> {
  if (await isOperator(store, token, settings)) return operator(store, settings.actingFor)
  const demonstrated = token === DEMO_API_KEY && settings.fromHere && (await store.demonstration.isOpen())
  if (demonstrated) return admitted(store, { operator: false, tenant: DEMO_TENANT, permission: 'full_access' })
  const tenant = parseApiKeyToken(token)?.tenant
  const key = tenant && (await store.tenant(tenant).apiKeys.verify(token))
  if (tenant === undefined || key === undefined) throw new MailError('bad-credentials', 'no such API key')
  const { permission, domainId } = key
  return admitted(store, { operator: false, tenant, permission, ...(domainId !== undefined && { domainId }) })
}

/** Whoever is signed in with a browser, once it is known who that is: an administrator acts for its tenant. Throws MailError 'not-allowed'. */
export function administratorOf({ id, administrator }: Pick<Account, 'id' | 'administrator'>): Caller {
  if (!administrator) throw new MailError('not-allowed', `${id} is no administrator`)
  return { operator: false, tenant: tenantOf(id), permission: 'full_access', account: id }
}

async function isOperator(store: Store, token: string, { operatorKey, fromHere }: CallerSettings): Promise<boolean> {
  if (operatorKey !== undefined) return timingSafeEqual(sha256(token), sha256(operatorKey))
  return token === DEMO_OPERATOR_KEY && fromHere && store.demonstration.isOpen()
}

async function operator(store: Store, actingFor: string | undefined): Promise<Caller> {
  if (actingFor === undefined) return { operator: true, permission: 'full_access' }
  const tenant = isTenantId(actingFor) ? await store.tenants.get(actingFor) : undefined
  if (tenant === undefined || tenant.deleting) throw new Refusal('not-found', 'Tenant not found')
  return { operator: true, tenant: tenant.id, permission: 'full_access' }
}

async function admitted(store: Store, caller: Caller & { tenant: TenantId }): Promise<Caller> {
  const tenant = await store.tenants.get(caller.tenant)
  if (tenant === undefined) throw new MailError('bad-credentials', `${caller.tenant} is gone`)
  if (tenant.suspended) throw new MailError('suspended', caller.tenant)
  return caller
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}
