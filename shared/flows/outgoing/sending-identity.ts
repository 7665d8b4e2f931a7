import type { TenantId } from '../../mailbox/ids.ts'
import type { Store } from '../../store/store.ts'
import { formatJob } from '../upkeep/jobs.ts'

/**
 * After whatever changes whose a domain is, or what for: its identity at the relay is to follow, in a job, as the relay may be slow, refuse for
 * a while, or be known to other processes only. Nothing where the relay sends for whom it is asked to.
 */
export async function askForIdentity({ engine }: Store, tenant: TenantId, domain: string): Promise<void> {
  if (engine.relay.signs) await engine.queues.jobs.send(formatJob({ kind: 'sending-identity', tenant, domain }))
}

/**
 * The job: what the directory says now is what the relay is told. Not before the domain is the tenant's, though anybody may add its name: an identity
 * has one key, and would be whose was told last. Repeatable, in any order.
 */
export async function settleIdentity(store: Store, tenant: TenantId, domain: string): Promise<void> {
  const { identities } = store.engine
  if (identities === undefined) return
  const owner = await store.directory.domain(domain)
  const own = owner?.tenant === tenant && owner.verified ? await store.domains.byName(tenant, domain) : undefined
  const dkim = own?.sending ? await store.domains.dkimKey(tenant, own.id) : undefined
  if (own === undefined || dkim === undefined) return identities.remove(tenant, domain)
  const { selector, privateKey } = dkim
  await identities.put({ tenant, domain, dkim: { selector, privateKey }, returnPath: `${own.returnPath}.${domain}` })
}
