import { log } from '../../log.ts'
import { MailError } from '../../mailbox/errors.ts'
import { firstIdAt } from '../../mailbox/id-time.ts'
import type { AccountId, TenantId } from '../../mailbox/ids.ts'
import type { TenantLimits } from '../../mailbox/tenant-limits.ts'
import { sourceOf } from '../../ports/blob-source.ts'
import { BlobExistsError } from '../../ports/blobs.ts'
import type { PeriodLimits, QuotaWarning } from '../../store/quota-counts.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { acceptMessage } from '../arrivals/accept-message.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { storageOf } from '../mailboxes/quota.ts'
import { parseAliasAddress } from './delete-account.ts'

export interface Sending {
  /** Whose recipients are counted by the hour; undefined: nobody's. */
  account: AccountId | undefined
  recipients: number
  /** In an hour; undefined: any number. */
  recipientsPerAccount: number | undefined
  hostName: string
}

/**
 * Takes one message out of what an account may send in an hour and its tenant in a day and a month: to be asked while the sender is still listening.
 * Throws MailError 'hourly-quota', 'daily-quota', 'monthly-quota'.
 */
export async function takeSending(store: Store, tenant: TenantId, sending: Sending): Promise<void> {
  const own = store.tenant(tenant)
  const { account, recipients, recipientsPerAccount, hostName } = sending
  const limits = limitsOut((await store.tenants.get(tenant))?.limits ?? {})
  await requireRoomIn(own, 'out', limits)
  if (account !== undefined && recipientsPerAccount !== undefined) {
    if (!(await own.sentCounts.take(account, recipients, recipientsPerAccount))) {
      throw new MailError('hourly-quota', `${account} has sent to ${recipientsPerAccount} recipients in this hour`)
    }
  }
  for (const warning of await own.quotaCounts.count('out', limits, 1)) await warn(store, own, warning, hostName)
}

/** Whether the tenant has messages left for so many; nothing is taken. Throws MailError 'daily-quota', 'monthly-quota'. */
export async function requireSendingLeft(store: Store, tenant: TenantId, messages: number): Promise<void> {
  const limits = limitsOut((await store.tenants.get(tenant))?.limits ?? {})
  await requireRoomIn(store.tenant(tenant), 'out', limits, messages)
}

/** At RCPT, of a tenant with limits on what comes in. Throws MailError 'over-quota', 'daily-quota', 'monthly-quota'. */
export async function requireReceivingRoom(store: Store, tenant: TenantId): Promise<void> {
  const own = store.tenant(tenant)
  const limits = (await store.tenants.get(tenant))?.limits ?? {}
  await requireRoomIn(own, 'in', limitsIn(limits))
  const { storageOctets } = limits
  if (storageOctets !== undefined && (await storageOf(own)) >= storageOctets) {
    throw new MailError('over-quota', `${tenant} holds ${storageOctets} octets or more`)
  }
}

/** Once it is taken over, of a tenant with limits on what comes in. What is accepted stays accepted, so nothing here throws for want of room. */
export async function countReceived(store: Store, tenant: TenantId, hostName: string): Promise<void> {
  const own = store.tenant(tenant)
  try {
    const limits = (await store.tenants.get(tenant))?.limits ?? {}
    for (const warning of await own.quotaCounts.count('in', limitsIn(limits), 1)) {
      await warn(store, own, warning, hostName)
    }
    if (limits.storageOctets === undefined) return
    const near = await own.quotaCounts.near('storage', await storageOf(own), limits.storageOctets)
    if (near !== undefined) await warn(store, own, near, hostName)
  } catch (error) {
    log.error('quota-not-counted', { tenant, error: error as Error })
  }
}

async function requireRoomIn(own: TenantStore, what: 'in' | 'out', limits: PeriodLimits, messages = 1): Promise<void> {
  if (limits.day === undefined && limits.month === undefined) return
  const exceeded = await own.quotaCounts.exceeded(what, limits, messages)
  if (exceeded === undefined) return
  throw new MailError(exceeded === 'day' ? 'daily-quota' : 'monthly-quota', `${own.tenant}: messages ${what}`)
}

function limitsIn({ messagesInPerDay: day, messagesInPerMonth: month }: TenantLimits): PeriodLimits {
  return { day, month }
}

function limitsOut({ messagesOutPerDay: day, messagesOutPerMonth: month }: TenantLimits): PeriodLimits {
  return { day, month }
}

const WORDS: Readonly<Record<string, string>> = {
  in: 'messages that come in',
  out: 'messages that are sent',
  storage: 'octets that are stored',
}

/** Tells the tenant's postmaster, once for a period however often it is noticed. */
async function warn(store: Store, own: TenantStore, warning: QuotaWarning, hostName: string): Promise<void> {
  const { what, period, limit, at } = warning
  log.warn('quota-nearly-used', { tenant: own.tenant, what, period, limit })
  const postmaster = await postmasterOf(store, own)
  if (postmaster !== undefined) {
    const { address, accounts } = postmaster
    const content = derivedContentId(firstIdAt(at), own.tenant, 'quota', what, period)
    const lines = [
      `From: Tubepost <postmaster@${hostName}>`,
      `To: <${address}>`,
      `Subject: Eight tenths of your ${WORDS[what]} are used`,
      `Date: ${new Date(at).toUTCString().replace('GMT', '+0000')}`,
      `Message-ID: <${content}@${hostName}>`,
      'Auto-Submitted: auto-generated',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      '',
      `Of ${limit} ${WORDS[what]}, which is the limit for ${period}, eight tenths are used.`,
      'Beyond the limit mail is refused for the time being. Whoever runs this server can raise it.',
      '',
    ]
    const client = { helo: hostName, remoteAddress: '127.0.0.1', hostName, protocol: 'LMTP' }
    const recipients = [{ address, tenant: own.tenant, accounts }]
    const transaction = { reversePath: '', recipients, body: '7BIT' as const, smtputf8: false, client }
    const repeatable = { content, receivedAt: at }
    await acceptMessage(store, { ...transaction, repeatable }, sourceOf(Buffer.from(lines.join('\r\n')))).catch(
      (error: unknown) => {
        if (!(error instanceof BlobExistsError)) throw error // told by a version that words it otherwise
      },
    )
  }
  await own.quotaCounts.told(warning)
}

/** Undefined where the tenant has no account. */
async function postmasterOf(store: Store, own: TenantStore) {
  for await (const { address } of own.accounts.list()) {
    const { domain } = parseAliasAddress(address)
    const resolution = await store.directory.resolve({ localPart: 'postmaster', domain })
    if (resolution.kind !== 'local' || resolution.accounts.length === 0) continue
    return { address: `postmaster@${domain}`, accounts: resolution.accounts }
  }
  return undefined
}
