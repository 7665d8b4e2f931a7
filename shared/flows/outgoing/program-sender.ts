import { MailError } from '../../mailbox/errors.ts'
import type { TenantId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import { parseApiKeyToken } from '../../store/api-keys.ts'
import type { Store } from '../../store/store.ts'
import { authenticateCaller, type Caller } from '../tenants/authenticate-caller.ts'

/** A program of a tenant's, by its API key. */
export type Program = Caller & { tenant: TenantId }

/** Names that programs sign in with where mail is submitted; their password is an API key (FACTS.md §4). */
const PROGRAM_NAMES: ReadonlySet<string> = new Set(['resend', 'tubepost'])

export function isProgramName(name: string): boolean {
  return PROGRAM_NAMES.has(name.toLowerCase())
}

/** Whom failed tries are counted against: of the name that all share nobody else must suffer. */
export function programName(token: string): string {
  const key = parseApiKeyToken(token)
  return key === undefined ? 'api-key' : `api-key ${key.tenant}/${key.id}`
}

/** `fromHere`: the client is on this machine. Throws MailError 'bad-credentials', 'suspended'. */
export async function authenticateProgram(store: Store, token: string, fromHere: boolean): Promise<Program> {
  const settings = { operatorKey: undefined, fromHere, actingFor: undefined }
  const { tenant, ...caller } = await authenticateCaller(store, token, settings)
  if (tenant === undefined) throw new MailError('bad-credentials', 'an operator sends nothing')
  return { ...caller, tenant }
}

/** Throws Refusal where the domain is not the tenant's to send from, or not the key's. */
export async function requireSendingDomain(
  store: Store,
  tenant: TenantId,
  { domainId }: Pick<Caller, 'domainId'>,
  domain: string,
): Promise<void> {
  const owned = (await store.directory.domain(domain))?.tenant === tenant
  const known = owned ? await store.domains.byName(tenant, domain) : undefined
  if (known === undefined || !known.sending) {
    throw new Refusal('not-verified', `The ${domain} domain is not verified. Please, add and verify your domain.`)
  }
  if (domainId !== undefined && domainId !== known.id) {
    throw new Refusal('not-permitted', 'This API key is restricted to send emails from another domain')
  }
}
