import type { TenantId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import { DnsTimeoutError } from '../../ports/dns.ts'
import type { DomainClaim } from '../../store/domain-claims.ts'
import type { DomainSettings } from '../../store/domains.ts'
import type { Store } from '../../store/store.ts'
import { askForIdentity } from '../outgoing/sending-identity.ts'
import { announceDomain } from '../webhooks/announce-domain.ts'
import { domainName } from './administer-domains.ts'
import { domainRecords, type MailHost } from './domain-records.ts'
import { secondKeyOf, verifyDomain } from './verify-domain.ts'

export type ClaimStatus = 'pending' | 'completed' | 'expired'

/** What a tenant publishes to prove that a domain is theirs. */
export function claimRecord({ name, token }: Pick<DomainClaim, 'name' | 'token'>): { name: string; value: string } {
  return { name: `_tubepost-claim.${name}`, value: `tubepost-claim=${token}` }
}

export function claimStatus({ completed, expiresAt }: DomainClaim, now: number): ClaimStatus {
  return completed ? 'completed' : expiresAt <= now ? 'expired' : 'pending'
}

/**
 * Begins to claim a domain, whoever has it or nobody: the answer is the same, so that none learns who is here. The claimant gets the domain in its list,
 * not verified. Repeatable: a claim that is pending is shown again. Throws Refusal 'invalid', 'exists-already' (it is theirs).
 */
export async function claimDomain(
  store: Store,
  tenant: TenantId,
  name: string,
  settings: Partial<DomainSettings>,
): Promise<DomainClaim> {
  const wanted = domainName(name)
  if ((await store.directory.domain(wanted))?.tenant === tenant) {
    throw new Refusal('exists-already', `The domain \`${wanted}\` is yours already.`)
  }
  const domain =
    (await store.domains.byName(tenant, wanted)) ??
    (await store.domains.add(tenant, wanted, { ...settings, verified: false }))
  return store.domainClaims.begin(tenant, domain)
}

/** Throws Refusal 'not-found'. */
export async function requireClaim(store: Store, tenant: TenantId, domainId: string): Promise<DomainClaim> {
  const claim = await store.domainClaims.get(tenant, domainId)
  if (claim === undefined) throw new Refusal('not-found', 'Domain claim not found')
  return claim
}

/**
 * Looks for the proof. With it the domain is the claimant's at once: mail for it comes to nobody else from then on. Of whoever had it before the domain is
 * `failed`; addresses in it lead nowhere and open nothing any more; accounts keep what they hold, which their tenant still reaches by their ids. Repeatable;
 * a call that was cut off is ended by the next. `found` is undefined where nobody answered.
 */
export async function verifyClaim(
  store: Store,
  tenant: TenantId,
  domainId: string,
  { host, region }: { host: MailHost; region: string },
): Promise<{ claim: DomainClaim; found: boolean | undefined }> {
  const claim = await requireClaim(store, tenant, domainId)
  if (claimStatus(claim, store.engine.clock.now()) !== 'pending') return { claim, found: claim.completed }
  const found = await isProved(store, claim)
  if (found !== true) return { claim, found }
  const from = await takeOver(store, tenant, claim)
  await verifyDomain(store, tenant, domainId, host)
  await store.domainClaims.complete(tenant, domainId)
  for (const told of from === undefined ? [tenant] : [tenant, from])
    await announce(store, told, claim.name, host, region)
  return { claim: await requireClaim(store, tenant, domainId), found }
}

async function isProved(store: Store, claim: DomainClaim): Promise<boolean | undefined> {
  const { name, value } = claimRecord(claim)
  try {
    return (await store.engine.dns.resolve(name, 'TXT')).some((text) => text.trim() === value)
  } catch (error) {
    if (error instanceof DnsTimeoutError) return undefined
    throw error
  }
}

/** Both hear of it: the one that has the domain, and the one that had it. */
async function announce(store: Store, tenant: TenantId, name: string, host: MailHost, region: string): Promise<void> {
  const domain = await store.domains.byName(tenant, name)
  const dkim = domain && (await store.domains.dkimKey(tenant, domain.id))
  if (domain === undefined || dkim === undefined) return
  const records = domainRecords(domain, dkim, host, await secondKeyOf(store, tenant, domain.id))
  await announceDomain(store, tenant, 'domain.updated', domain, { region, records })
}

/** Of two claimants with a proof each the later one has it: both control the DNS. Says who had it before. */
async function takeOver(
  store: Store,
  tenant: TenantId,
  { domainId: id, name, from: before }: DomainClaim,
): Promise<TenantId | undefined> {
  const { domains, domainClaims } = store
  let from = before
  while (!(await domains.own(tenant, { id, name }))) {
    const owner = (await store.directory.domain(name))?.tenant
    if (owner === undefined || owner === tenant) continue
    from = owner
    await domainClaims.takesFrom(tenant, id, owner)
    await domains.transfer(owner, tenant, { id, name })
  }
  if (from === undefined) return undefined
  const former = await domains.byName(from, name)
  if (former !== undefined) await domains.recordStatus(from, former.id, 'failed', {})
  for await (const alias of store.aliases.all(from)) {
    if (alias.address.endsWith(`@${name}`)) await store.aliases.forget(from, alias.address)
  }
  await domains.releaseAddresses(from, name)
  await askForIdentity(store, from, name)
  return from
}
