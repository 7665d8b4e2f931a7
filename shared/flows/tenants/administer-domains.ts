import { ParseError } from '../../codec/parse-error.ts'
import { normaliseDomain } from '../../codec/smtp/address.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { TenantId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { DomainSettings, TenantDomain } from '../../store/domains.ts'
import type { Store } from '../../store/store.ts'
import { askForIdentity } from '../outgoing/sending-identity.ts'
import type { Caller } from './authenticate-caller.ts'

/** Throws Refusal where the name is none, the tenant has it, or `verified` is claimed by anybody but an operator. */
export async function addDomain(
  store: Store,
  { operator }: Caller,
  tenant: TenantId,
  name: string,
  settings: Partial<DomainSettings> & { verified: boolean },
): Promise<TenantDomain> {
  if (settings.verified && !operator) {
    throw new Refusal('not-permitted', 'Only an operator may say that a domain is verified.')
  }
  try {
    const domain = await store.domains.add(tenant, domainName(name), settings)
    if (settings.verified) await askForIdentity(store, tenant, domain.name)
    return domain
  } catch (error) {
    if (!(error instanceof MailError && error.kind === 'in-use')) throw error
    throw new Refusal('not-verified', `The \`${name}\` domain has been registered already.`, { cause: error })
  }
}

/** Throws Refusal 'not-found'. */
export async function requireDomain(store: Store, tenant: TenantId, id: string): Promise<TenantDomain> {
  const domain = await store.domains.get(tenant, id)
  if (domain === undefined) throw new Refusal('not-found', 'Domain not found')
  return domain
}

/** What the domain is for. Throws Refusal 'not-found'. */
export async function changeDomain(
  store: Store,
  tenant: TenantId,
  id: string,
  settings: Partial<DomainSettings>,
): Promise<void> {
  if (!(await store.domains.change(tenant, id, settings))) throw new Refusal('not-found', 'Domain not found')
  const { name } = await requireDomain(store, tenant, id)
  if ((await store.directory.domain(name))?.tenant === tenant) await askForIdentity(store, tenant, name)
}

/** Mail for an address must not be lost by the way, so the addresses go first. Throws Refusal 'not-found', 'in-use'. */
export async function removeDomain(store: Store, tenant: TenantId, id: string): Promise<void> {
  const domain = await requireDomain(store, tenant, id)
  const owned = (await store.directory.domain(domain.name))?.tenant === tenant
  if (owned && (await store.domains.hasAddresses(domain.name))) {
    throw new Refusal('in-use', `The domain \`${domain.name}\` has accounts or aliases; remove them first.`)
  }
  await store.domains.remove(tenant, domain)
  if (owned) await askForIdentity(store, tenant, domain.name)
}

/** Throws Refusal 'invalid'. */
export function domainName(text: string): string {
  try {
    const name = normaliseDomain(text)
    if (name.includes('.')) return name
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
  }
  throw new Refusal('invalid', `The \`name\` field is invalid: ${JSON.stringify(text)} is no domain name.`)
}
