import { parsePathAddress } from '../../codec/smtp/address.ts'
import type { Envelope, Recipient } from '../../mailbox/envelope.ts'
import { MailError } from '../../mailbox/errors.ts'
import { type AccountId, type ContentId, type TenantId, tenantOf } from '../../mailbox/ids.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import { outboxName } from '../../store/keys.ts'
import type { Store } from '../../store/store.ts'
import { formatReceived, type TraceInput } from '../arrivals/trace.ts'
import { prefixed } from '../prefixed-source.ts'
import { addMissingFields } from './add-missing-fields.ts'
import { rememberRecipients } from './remember-recipients.ts'

/** Who sends: somebody who signed in, or a program of a tenant's. */
type Sender = { account: AccountId } | { tenant: TenantId }

export type Submission = Sender & {
  reversePath: string
  /** As the client wrote them, with what it wants to be told of each. */
  recipients: readonly (string | Omit<Recipient, 'accounts' | 'forwards'>)[]
  /** At least one of them is not ours, so that the relay has to carry it. */
  leavesTheHouse: boolean
  body: Envelope['body']
  smtputf8: boolean
  requireTls?: boolean
  ret?: Envelope['ret']
  envid?: string
  client: Pick<TraceInput, 'helo' | 'remoteAddress' | 'hostName' | 'protocol'>
  /** For what may be submitted again after a crash: the same message then makes the same object. */
  repeatable?: { content: ContentId; receivedAt: number }
}

/**
 * Takes over a message to be sent (RFC 6409): once it resolves, it is in the outbox and ours to deliver. Returns the id for the reply and the log.
 * What the relay could not carry is refused here, while the sender is still listening: MailError 'too-large', 'not-carried'; so is what a tenant
 * sends that is suspended: 'suspended'.
 */
export async function submitMessage(store: Store, submission: Submission, given: BlobSource): Promise<string> {
  const { engine } = store
  const { requireTls, ret, envid } = submission
  if (submission.leavesTheHouse) requireCarried(submission, given, engine.relay.carries)
  const account = 'account' in submission ? submission.account : undefined
  const tenant = 'account' in submission ? tenantOf(submission.account) : submission.tenant
  const { repeatable } = submission
  if ((await store.tenants.get(tenant))?.suspended) throw new MailError('suspended', tenant)
  const own = store.tenant(tenant)
  const { content, receivedAt } = repeatable ?? { content: engine.ids.content(), receivedAt: engine.clock.now() }
  const trace = Buffer.from(formatReceived({ ...submission.client, id: content, receivedAt }))
  const source = await addMissingFields(given, { messageId: `${content}@${domainOf(submission)}`, at: receivedAt })
  const envelope: Envelope = {
    origin: 'submission',
    ...(account !== undefined && { sender: account }),
    reversePath: submission.reversePath,
    recipients: submission.recipients.map((recipient) =>
      typeof recipient === 'string' ? { address: recipient, accounts: [] } : { ...recipient, accounts: [] },
    ),
    receivedAt,
    body: submission.body,
    smtputf8: submission.smtputf8,
    ...(requireTls && { requireTls }),
    ...(ret !== undefined && { ret }),
    ...(envid !== undefined && { envid }),
    traceOctets: trace.length,
    receivedSha256: source.sha256,
  }
  const metadata = await own.envelopes.prepare(content, envelope)
  await own.engine.blobs.put(outboxName(own.tenant, content), await prefixed(trace, source), metadata)
  if (account !== undefined && submission.reversePath !== '') {
    const addresses = envelope.recipients.map(({ address }) => address)
    await rememberRecipients(own, account, addresses, source)
  }
  return content
}

/** On the right of our ids: the sender's, which is the signature's as well. */
function domainOf({ reversePath, client }: Submission): string {
  return reversePath === '' ? client.hostName : parsePathAddress(reversePath).domain
}

/** Throws MailError 'too-large', 'not-carried'. */
export function requireCarried(
  { body, smtputf8 }: Pick<Submission, 'body' | 'smtputf8'>,
  { length }: BlobSource,
  carries: Store['engine']['relay']['carries'],
): void {
  if (length > carries.maxOctets)
    throw new MailError('too-large', `${length} octets; the relay carries ${carries.maxOctets}`)
  if (smtputf8 && !carries.smtputf8) throw new MailError('not-carried', 'the relay does not do SMTPUTF8')
  if (body !== '7BIT' && !carries.eightBit) throw new MailError('not-carried', 'the relay does not do 8BITMIME')
}
