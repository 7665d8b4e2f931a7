import { MailError } from '../../mailbox/errors.ts'
import type { TenantId } from '../../mailbox/ids.ts'
import type { Protection } from '../../mailbox/protection.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { TenantDomain } from '../../store/domains.ts'
import type { Store } from '../../store/store.ts'
import { requireDomain } from './administer-domains.ts'

/** What is kept out of the domain; undefined where it is not the tenant's (yet). */
export async function protectionOf(store: Store, tenant: TenantId, name: string): Promise<Protection | undefined> {
  try {
    return await store.protections.get(tenant, name)
  } catch (error) {
    if (error instanceof MailError && error.kind === 'not-allowed') return undefined
    throw error
  }
}

/** Throws Refusal 'not-found', 'not-verified', 'invalid'. */
export async function protectDomain(
  store: Store,
  tenant: TenantId,
  id: string,
  changes: Partial<Protection>,
): Promise<TenantDomain> {
  const domain = await requireDomain(store, tenant, id)
  try {
    await store.protections.change(tenant, domain.name, changes)
    return domain
  } catch (error) {
    if (error instanceof RangeError) {
      throw new Refusal('invalid', `The \`protection\` field is invalid: ${error.message}.`, { cause: error })
    }
    if (!(error instanceof MailError && error.kind === 'not-allowed')) throw error
    throw new Refusal('not-verified', `The ${domain.name} domain is not verified yet.`, { cause: error })
  }
}
