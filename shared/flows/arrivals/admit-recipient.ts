import { formatDnsblName, isListing } from '../../codec/smtp/dnsbl.ts'
import { log } from '../../log.ts'
import { type Address, foldLocalPart, withoutDetail } from '../../mailbox/address.ts'
import { networkOf } from '../../mailbox/client-network.ts'
import type { TenantId } from '../../mailbox/ids.ts'
import type { Protection } from '../../mailbox/protection.ts'
import type { Triplet } from '../../store/greylist.ts'
import type { Store } from '../../store/store.ts'
import type { Denial, Guard } from './guard.ts'

/** A RCPT that leads to a tenant of ours. */
export interface Applicant {
  remoteAddress: string
  /** `''` is the null reverse-path. */
  reversePath: string
  recipient: Address
  tenant: TenantId
  protection: Protection
}

/** How long a triplet that came again is taken for known without a read. */
const REMEMBERED_MS = 60 * 60 * 1000

/**
 * Whether this client may write to this recipient, as its tenant wants it. No read of the table but for greylisting, and that none where this
 * process knows the triplet. A list that does not answer lists nobody.
 */
export async function admitRecipient(store: Store, guard: Guard, applicant: Applicant): Promise<Denial | undefined> {
  const { recipient, remoteAddress, protection } = applicant
  const folded = foldLocalPart(recipient.localPart)
  const address = `${withoutDetail(folded) ?? folded}@${recipient.domain}`
  if (!guard.rates.recipient.take(address, store.engine.clock.now())) return 'recipient-too-fast'
  // Who is shut out by mistake must be able to say so (RFC 5321 §4.5.1).
  if (folded === 'postmaster') return undefined
  if (protection.dnsbl.length > 0 && (await isListed(guard, remoteAddress, protection.dnsbl))) return 'listed'
  if (protection.greylisting && !(await isKnown(store, guard, applicant, address))) return 'greylisted'
  return undefined
}

async function isListed({ dns }: Guard, remoteAddress: string, zones: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(
    zones.map(async (zone) => {
      const name = formatDnsblName(remoteAddress, zone)
      if (name === undefined) return false
      try {
        const records = await dns.resolve(name, 'A')
        if (!records.some(isListing)) return false
        log.info('dnsbl-listed', { remoteAddress, zone, answer: records.join(' ').slice(0, 100) })
        return true
      } catch (error) {
        log.warn('dnsbl-no-answer', { zone, reason: (error as Error).message })
        return false
      }
    }),
  )
  return answers.includes(true)
}

async function isKnown(
  store: Store,
  { known, limits }: Guard,
  { remoteAddress, reversePath, tenant }: Applicant,
  recipient: string,
): Promise<boolean> {
  // Large senders try again from another address of the same network (RFC 6647 §4.2).
  const triplet: Triplet = { network: wideNetworkOf(remoteAddress), reversePath, recipient }
  const key = JSON.stringify([tenant, triplet.network, reversePath, recipient])
  const now = store.engine.clock.now()
  if ((known.get(key) ?? 0) > now) return true
  if (!(await store.tenant(tenant).greylist.isKnown(triplet, limits.greylistDelayMs))) return false
  known.set(key, now + REMEMBERED_MS)
  return true
}

/** The /24 of IPv4, the /64 of IPv6. */
function wideNetworkOf(address: string): string {
  return address.includes(':') ? networkOf(address) : address.slice(0, address.lastIndexOf('.'))
}
