import { displayText } from '../../codec/mime/encoded-word.ts'
import { type HeaderField, parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import { StructureScanner } from '../../codec/mime/structure.ts'
import type { ImapEnvelope } from '../../codec/mime/structure-types.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import { BlobExistsError, type BlobSource } from '../../ports/blobs.ts'
import type { Email } from '../../store/emails.ts'
import type { Store } from '../../store/store.ts'
import { showAddresses } from '../emails/read-received.ts'
import { prefixed } from '../prefixed-source.ts'
import { type Program, requireSendingDomain } from './program-sender.ts'
import { type Submission, submitMessage } from './submit-message.ts'
import { withoutFields } from './without-fields.ts'

/** A message as a program hands it in by SMTP. */
export type ProgramSubmission = Omit<Submission, 'tenant' | 'account' | 'repeatable'>

const HEADER_OCTETS = 256 * 1024
const KEY_FIELD = 'resend-idempotency-key'
const MAX_KEY = 256
const LIMITS = { levels: 1, parts: 1 }

/**
 * Takes over a message that a program submits, as an email of the API's: it is listed there with what becomes of it. From has to be of a domain
 * that the key sends for. A second message under the same `Resend-Idempotency-Key` within a day is not sent; the field itself does not leave.
 * Returns the email's id. Throws Refusal 'not-verified', 'not-permitted', 'invalid'; MailError as `submitMessage`, 'try-again'.
 */
export async function submitForProgram(
  store: Store,
  program: Program,
  submission: ProgramSubmission,
  source: BlobSource,
): Promise<string> {
  const header = await readHeader(source)
  const fields = parseHeader(header)
  const envelope = envelopeOf(header)
  for (const domain of senderDomains(fields, envelope)) {
    await requireSendingDomain(store, program.tenant, program, domain)
  }
  const keys = fields.filter(({ name }) => name.toLowerCase() === KEY_FIELD)
  const content = await withoutFields(source, keys)
  const answersElsewhere = fields.some(({ name }) => name.toLowerCase() === 'reply-to')
  const send = (id: ContentId) => submit(store, program, submission, { envelope, content, answersElsewhere }, id)
  if (keys.length === 0) return send(store.engine.ids.content())
  const key = displayText(unfoldedValue(header, keys[0]!))
  if (key === '' || key.length > MAX_KEY) {
    throw new Refusal('invalid', `Resend-Idempotency-Key has to be of 1 to ${MAX_KEY} characters`)
  }
  return once(store, program, key, describe(submission, envelope), send)
}

/** What makes two submissions the same: dates, ids and boundaries of a message are new with each try. */
function describe({ reversePath, recipients }: ProgramSubmission, { subject }: ImapEnvelope): string {
  return JSON.stringify([reversePath, addressesOf(recipients), subject])
}

async function once(
  store: Store,
  { tenant }: Program,
  key: string,
  body: string,
  send: (id: ContentId) => Promise<string>,
): Promise<string> {
  const { idempotency } = store.tenant(tenant)
  const scoped = `smtp ${key}`
  const begun = await idempotency.begin(scoped, body)
  if (begun.kind === 'done') return begun.answer
  if (begun.kind === 'under-way') throw new MailError('try-again', 'the same key is being worked on')
  if (begun.kind === 'another-body') {
    throw new Refusal('invalid', 'Resend-Idempotency-Key was used with another message')
  }
  try {
    const id = await send(begun.id)
    await idempotency.finish(scoped, id)
    return id
  } catch (error) {
    if (error instanceof Refusal || error instanceof MailError) await idempotency.abandon(scoped)
    throw error
  }
}

async function submit(
  store: Store,
  { tenant }: Program,
  submission: ProgramSubmission,
  { envelope, content, answersElsewhere }: { envelope: ImapEnvelope; content: BlobSource; answersElsewhere: boolean },
  id: ContentId,
): Promise<string> {
  const [sender] = envelope.from
  const messageId = envelope.messageId ?? `<${id}@${sender!.host}>`
  // A submission server may add what is missing (RFC 6409 §8.3).
  const source =
    envelope.messageId === null ? await prefixed(Buffer.from(`Message-ID: ${messageId}\r\n`), content) : content
  const createdAt = store.engine.clock.now()
  try {
    await submitMessage(store, { ...submission, tenant, repeatable: { content: id, receivedAt: createdAt } }, source)
  } catch (error) {
    if (!(error instanceof BlobExistsError)) throw error // taken over by a try that was cut off
  }
  const to = showAddresses(envelope.to)
  const cc = showAddresses(envelope.cc)
  const named = new Set([...envelope.to, ...envelope.cc].map(({ mailbox, host }) => `${mailbox}@${host}`.toLowerCase()))
  const email: Email = {
    id,
    from: showAddresses(envelope.from)[0]!,
    to: to.length > 0 ? to : addressesOf(submission.recipients),
    cc,
    bcc: to.length > 0 ? addressesOf(submission.recipients).filter((address) => !named.has(address.toLowerCase())) : [],
    replyTo: answersElsewhere ? showAddresses(envelope.replyTo) : [],
    subject: displayText(envelope.subject ?? ''),
    messageId,
    tags: [],
    createdAt,
    state: 'submitted',
  }
  await store.tenant(tenant).emails.put(email)
  return id
}

function addressesOf(recipients: Submission['recipients']): string[] {
  return recipients.map((recipient) => (typeof recipient === 'string' ? recipient : recipient.address))
}

/** Of everybody in From; throws Refusal 'invalid' where it does not say who sends, in one field (RFC 5322 §3.6). */
function senderDomains(fields: readonly HeaderField[], { from }: ImapEnvelope): Set<string> {
  const froms = fields.filter(({ name }) => name.toLowerCase() === 'from')
  const hosts = from.map(({ host, mailbox }) => (mailbox === null ? null : host))
  if (froms.length !== 1 || hosts.length === 0 || hosts.some((host) => host === null || host === '')) {
    throw new Refusal('invalid', 'The message needs one From field with the address of its sender')
  }
  return new Set(hosts.map((host) => host!.toLowerCase()))
}

async function readHeader(source: BlobSource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of source.open()) {
    chunks.push(chunk)
    octets += chunk.length
    if (octets >= HEADER_OCTETS) break
  }
  const start = Buffer.concat(chunks)
  const end = start.indexOf('\r\n\r\n')
  if (end < 0 && octets >= HEADER_OCTETS) throw new Refusal('invalid', 'The header is too long')
  return end < 0 ? start : start.subarray(0, end + 4)
}

function envelopeOf(header: Uint8Array): ImapEnvelope {
  const scanner = new StructureScanner(LIMITS)
  scanner.write(header)
  return scanner.end().envelope
}
