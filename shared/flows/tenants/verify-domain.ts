import type { TenantId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import { type Dns, DnsTimeoutError } from '../../ports/dns.ts'
import type { DkimKey, DomainStatus, RecordStatus, TenantDomain } from '../../store/domains.ts'
import type { Store } from '../../store/store.ts'
import { askForIdentity } from '../outgoing/sending-identity.ts'
import { type DomainRecord, domainRecords, type MailHost } from './domain-records.ts'

/**
 * Looks a domain's records up. With the DKIM record the tenant has proved that the domain is theirs: from then on it receives and sends. What cannot
 * be looked up just now stays as it was. Throws Refusal 'not-found', 'in-use' (another tenant has proved the same).
 */
export async function verifyDomain(store: Store, tenant: TenantId, id: string, host: MailHost): Promise<TenantDomain> {
  const { domains, engine } = store
  const domain = await domains.get(tenant, id)
  const dkim = await domains.dkimKey(tenant, id)
  if (domain === undefined || dkim === undefined) throw new Refusal('not-found', 'Domain not found')
  const records = domainRecords(domain, dkim, host, await secondKeyOf(store, tenant, id))
  const looked = await Promise.all(records.map(async (record) => [record, await lookUp(engine.dns, record)] as const))
  const statuses = Object.fromEntries(looked.map(([{ key }, status]) => [key, status]))
  if (statuses['dkim'] === 'verified' && !(await domains.own(tenant, domain))) {
    throw new Refusal(
      'in-use',
      `The domain \`${domain.name}\` is in use here by another owner, who has to remove it first, or you claim it.`,
    )
  }
  const owned = (await store.directory.domain(domain.name))?.tenant === tenant
  await domains.recordStatus(tenant, id, statusOf(looked, owned), statuses)
  if (owned) await askForIdentity(store, tenant, domain.name)
  return (await domains.get(tenant, id)) ?? domain
}

/** Undefined where the relay signs, with keys of its own. */
export async function secondKeyOf(store: Store, tenant: TenantId, id: string): Promise<DkimKey | undefined> {
  return store.engine.relay.signs ? undefined : store.dkimKeys.ed25519(tenant, id)
}

function statusOf(looked: readonly (readonly [DomainRecord, RecordStatus])[], owned: boolean): DomainStatus {
  const required = looked.filter(([record]) => record.required)
  if (required.every(([, status]) => status === 'verified')) return 'verified'
  if (owned) return 'partially_verified'
  return required.some(([, status]) => status === 'failed') ? 'failed' : 'pending'
}

async function lookUp(dns: Dns, record: DomainRecord): Promise<RecordStatus> {
  try {
    const found = await dns.resolve(record.name, record.type)
    if (found.some((value) => fits(record, value))) return 'verified'
    return found.length === 0 ? 'pending' : 'failed'
  } catch (error) {
    if (error instanceof DnsTimeoutError) return record.status
    throw error
  }
}

function fits({ key, type, value }: DomainRecord, found: string): boolean {
  if (type === 'MX') return hostEquals(found.split(' ').at(-1)!, value)
  if (type === 'CNAME') return hostEquals(found, value)
  // Another priority or weight is the owner's affair; the port and the host are not.
  if (type === 'SRV') return hostEquals(found.split(' ').slice(-2).join(' '), value.split(' ').slice(-2).join(' '))
  const tags = tagsOf(found)
  if (key === 'dkim' || key === 'dkim-ed25519') return tags.get('p') === tagsOf(value).get('p')
  // What the owner says beyond ours is the owner's affair: another DMARC policy, a further SPF mechanism.
  if (key === 'spf' || key === 'spf-domain')
    return found.toLowerCase().split(' ').includes(value.split(' ')[1]!.toLowerCase())
  return tags.get('v') === tagsOf(value).get('v')
}

function hostEquals(a: string, b: string): boolean {
  return a.toLowerCase().replace(/\.$/, '') === b.toLowerCase()
}

/** The tag=value list that DKIM, DMARC, MTA-STS and TLS-RPT share (RFC 6376 §3.2); white space inside a value does not count. */
function tagsOf(text: string): Map<string, string> {
  return new Map(
    text.split(';').map((tag) => {
      const at = tag.indexOf('=')
      return [tag.slice(0, Math.max(at, 0)).trim(), tag.slice(at + 1).replace(/\s/g, '')]
    }),
  )
}
