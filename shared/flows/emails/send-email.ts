import { formatAddress } from '../../codec/smtp/address.ts'
import type { Address } from '../../mailbox/address.ts'
import { type AccountId, type ContentId, type TenantId, tenantOf } from '../../mailbox/ids.ts'
import { BlobExistsError } from '../../ports/blobs.ts'
import type { Email, ScheduledSubmission } from '../../store/emails.ts'
import { scheduledName } from '../../store/keys.ts'
import type { Store } from '../../store/store.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { describeEmail } from '../outgoing/outbound-events.ts'
import { requireSendingDomain } from '../outgoing/program-sender.ts'
import { parseScheduledAt } from '../outgoing/scheduled-time.ts'
import type { Caller } from '../tenants/authenticate-caller.ts'
import { takeSending } from '../tenants/tenant-quota.ts'
import { announceEvents } from '../webhooks/announce-events.ts'
import { type Composed, type ComposeSettings, composeEmail } from './compose-email.ts'
import { type Addresses, checkEmail, type EmailRequest } from './email-request.ts'
import { requestRelease, submitEmail } from './release-email.ts'
import { openUpload } from './upload-attachment.ts'

export interface EmailSettings extends Omit<ComposeSettings, 'spool' | 'openUpload'> {
  /** How we name ourselves in traces. */
  hostName: string
  /** What an account may send to in an hour; absent: any number. */
  recipientsPerAccount?: number
}

/** An email that can be sent, checked in all that does not need its content. */
export interface CheckedEmail {
  request: EmailRequest
  addresses: Addresses
  scheduledAt: number | undefined
}

/** Throws Refusal: what is missing or wrong, a From that is not the tenant's or not the key's. */
export async function checkSending(
  store: Store,
  tenant: TenantId,
  caller: Caller,
  request: EmailRequest,
): Promise<CheckedEmail> {
  const addresses = checkEmail(request)
  const { domain } = addresses.from.address
  await requireSendingDomain(store, tenant, caller, domain)
  const { scheduledAt } = request
  const at = scheduledAt === undefined ? undefined : parseScheduledAt(scheduledAt, store.engine.clock.now())
  return { request, addresses, scheduledAt: at }
}

/** Composes the email and takes it over: into the outbox, or to wait for its time. Repeatable under the same id. */
export async function sendEmail(
  store: Store,
  tenant: TenantId,
  { request, addresses, scheduledAt }: CheckedEmail,
  id: ContentId,
  settings: EmailSettings,
): Promise<void> {
  const { clock, spool } = store.engine
  const own = store.tenant(tenant)
  const createdAt = clock.now()
  const messageId = `<${id}@${addresses.from.address.domain}>`
  const date = new Date(scheduledAt ?? createdAt)
  const composed = await composeEmail(
    request,
    addresses,
    { messageId, date },
    {
      ...settings,
      spool,
      openUpload: (uploadId) => openUpload(own, uploadId),
    },
  )
  try {
    await takeSending(store, tenant, {
      account: await ownAccountAt(store, tenant, addresses.from.address),
      recipients: addresses.recipients.length,
      recipientsPerAccount: settings.recipientsPerAccount,
      hostName: settings.hostName,
    })
    const submission = await plan(store, addresses, composed, settings)
    const email: Email = {
      id,
      from: request.from,
      to: request.to,
      cc: request.cc,
      bcc: request.bcc,
      replyTo: request.replyTo,
      subject: request.subject,
      messageId,
      tags: request.tags,
      createdAt,
      state: scheduledAt === undefined ? 'submitted' : 'scheduled',
      ...(scheduledAt !== undefined && { scheduledAt }),
    }
    if (scheduledAt === undefined) {
      await submitEmail(store, tenant, id, createdAt, submission, composed.source)
      await own.emails.put(email)
      return
    }
    await onceOnly(() => own.engine.blobs.put(scheduledName(tenant, id), composed.source))
    await own.emails.put(email, submission)
    await requestRelease(store, tenant, id, scheduledAt)
    const event = derivedContentId(id, 'email.scheduled')
    await announceEvents(own, [{ id: event, type: 'email.scheduled', at: createdAt, data: describeEmail(email) }])
  } finally {
    await composed.discard()
  }
}

/** Whom the From address belongs to; a program's belongs to nobody. */
async function ownAccountAt(store: Store, tenant: TenantId, from: Address): Promise<AccountId | undefined> {
  const account = await store.directory.accountAt(from)
  return account !== undefined && tenantOf(account) === tenant ? account : undefined
}

/** Composing again makes other octets under the same id: what was put first is what is sent. */
async function onceOnly(put: () => Promise<void>): Promise<void> {
  try {
    await put()
  } catch (error) {
    if (!(error instanceof BlobExistsError)) throw error
  }
}

async function plan(
  store: Store,
  addresses: Addresses,
  { body }: Composed,
  { hostName }: EmailSettings,
): Promise<ScheduledSubmission> {
  const { recipients, from, smtputf8 } = addresses
  const resolutions = await Promise.all(recipients.map((address) => store.directory.resolve(address)))
  return {
    reversePath: formatAddress(from.address),
    recipients: recipients.map(formatAddress),
    leavesTheHouse: resolutions.some(({ kind }) => kind === 'foreign-domain'),
    body,
    smtputf8,
    hostName,
  }
}
