import { escapeHtml } from '../../codec/escape-html.ts'
import { formatAddress } from '../../codec/smtp/address.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { TenantStore } from '../../store/store.ts'
import { type AttachmentRequest, type EmailRequest, readAddresses, type Threading } from '../emails/email-request.ts'
import { readerOf, showAddresses } from '../emails/read-received.ts'
import { type AttachmentPart, readPart } from '../mailboxes/message-bodies.ts'
import { type Inbox, senderOf } from './administer-inboxes.ts'
import { subjectOf } from './list-threads.ts'
import { readEmailTexts, type ThreadEmail } from './read-thread.ts'

/** What an answer says beside what follows from the message it answers. */
export interface AnswerWish {
  cc: readonly string[]
  bcc: readonly string[]
  html: string | undefined
  text: string | undefined
  subject: string | undefined
  headers: Readonly<Record<string, string>>
  attachments: readonly AttachmentRequest[]
}

/** References kept of a long list: the root's end and the nearest (RFC 5322 §3.6.4 sets no limit, lines do). */
const MOST_REFERENCES = 20
const THREADING_FIELD = /^(in-reply-to|references|reply-to)$/i
const MOST_ATTACHMENTS = 10
const MOST_ATTACHED_OCTETS = 25 * 1024 * 1024

/** To whoever wrote, or wants answers (RFC 5322 §3.6.2); `all`: to everybody who got it, too. Throws Refusal. */
export function replyRequest(
  inbox: Inbox,
  email: ThreadEmail,
  { all, ...wish }: AnswerWish & { all: boolean },
): EmailRequest {
  refuseOwnThreading(wish.headers)
  checkAttachments(wish.attachments)
  const { to, cc } = replyRecipients(inbox, email, all)
  return {
    from: senderOf(inbox),
    to,
    cc: [...cc, ...wish.cc],
    bcc: wish.bcc,
    replyTo: [],
    subject: wish.subject ?? prefixedSubject('Re', subjectOf(email.view)),
    html: wish.html,
    text: wish.text,
    headers: wish.headers,
    tags: [],
    attachments: wish.attachments,
    threading: threadingOf(email),
  }
}

/** The message goes on to others, with what was attached to it. Throws Refusal. */
export async function forwardRequest(
  own: TenantStore,
  inbox: Inbox,
  email: ThreadEmail,
  wish: AnswerWish & { to: readonly string[] },
): Promise<EmailRequest> {
  refuseOwnThreading(wish.headers)
  const original = email.attachments.map((attachment) => keptAttachment(own, email.content, attachment))
  const attachments = [...wish.attachments, ...original]
  checkAttachments(attachments, email.attachments)
  const bodies = await readEmailTexts(own, email)
  const { envelope } = email.view
  const lines = [
    '---------- Forwarded message ---------',
    `From: ${showAddresses(envelope.from).join(', ')}`,
    `Date: ${new Date(email.receivedAt).toUTCString()}`,
    `Subject: ${subjectOf(email.view) ?? ''}`,
    `To: ${showAddresses(envelope.to).join(', ')}`,
  ]
  const note = wish.text ?? ''
  const text = [...(note === '' ? [] : [note, '']), ...lines, '', bodies.text ?? ''].join('\n')
  const htmlNote = wish.html ?? paragraphs(note)
  const html = [htmlNote, `<p>${lines.map(escapeHtml).join('<br>')}</p>`, bodies.html ?? paragraphs(bodies.text ?? '')]
  return {
    from: senderOf(inbox),
    to: wish.to,
    cc: wish.cc,
    bcc: wish.bcc,
    replyTo: [],
    subject: wish.subject ?? prefixedSubject('Fwd', subjectOf(email.view)),
    text,
    ...((wish.html !== undefined || bodies.html !== null) && { html: html.join('\n') }),
    headers: wish.headers,
    tags: [],
    attachments,
    threading: threadingOf(email),
  }
}

export function replyRecipients(
  { address }: Inbox,
  { outbound, view: { envelope } }: ThreadEmail,
  all: boolean,
): { to: string[]; cc: string[] } {
  const isOwn = (text: string) => addressOf(text) === address.toLowerCase()
  // An answer to what one wrote oneself goes on to those it went to.
  const to = outbound ? showAddresses(envelope.to) : showAddresses(envelope.replyTo)
  if (!all) return { to, cc: [] }
  const seen = new Set(to.map(addressOf))
  const others = outbound ? envelope.cc : [...envelope.to, ...envelope.cc]
  const cc = showAddresses(others).filter((text) => !isOwn(text) && !seen.has(addressOf(text)))
  return { to, cc }
}

/** Undefined where the message has no Message-ID that could be named. */
export function threadingOf({ view: { messageIds } }: ThreadEmail): Threading | undefined {
  const { messageId, inReplyTo, references } = messageIds
  if (messageId === null) return undefined
  const before = references.length > 0 ? references : inReplyTo
  const all = [...new Set([...before, messageId])]
  const kept = all.length > MOST_REFERENCES ? [all[0]!, ...all.slice(1 - MOST_REFERENCES)] : all
  return { inReplyTo: `<${messageId}>`, references: kept.map((id) => `<${id}>`) }
}

export function prefixedSubject(prefix: 'Re' | 'Fwd', subject: string | null): string {
  const plain = (subject ?? '').trim()
  const known = prefix === 'Re' ? /^re:/i : /^(fwd|fw):/i
  return known.test(plain) ? plain : `${prefix}: ${plain}`.trim()
}

/** An attachment of a message that is kept, to be attached again. */
export function keptAttachment(
  own: TenantStore,
  content: ThreadEmail['id'],
  { part, filename, contentType, contentId }: AttachmentPart,
): AttachmentRequest {
  return {
    filename,
    contentType,
    ...(contentId !== null && { contentId }),
    open: () => readPart(part, readerOf(own, content)),
  }
}

/** Throws Refusal 'invalid-attachment'. `kept`: those among them whose octets are here already. */
export function checkAttachments(
  attachments: readonly AttachmentRequest[],
  kept: readonly Pick<AttachmentPart, 'sizeOctets'>[] = [],
): void {
  if (attachments.length > MOST_ATTACHMENTS) {
    throw new Refusal('invalid-attachment', `An email of an inbox has at most ${MOST_ATTACHMENTS} attachments.`)
  }
  let octets = kept.reduce((sum, { sizeOctets }) => sum + sizeOctets, 0)
  for (const { content, filename } of attachments) {
    if (content === undefined) continue
    if (content.length === 0) {
      throw new Refusal('invalid-attachment', `The attachment ${JSON.stringify(filename ?? '')} is empty.`)
    }
    octets += typeof content === 'string' ? Math.floor((content.length * 3) / 4) : content.length
  }
  if (octets > MOST_ATTACHED_OCTETS) {
    throw new Refusal('invalid-attachment', `The attachments come to more than ${MOST_ATTACHED_OCTETS} octets.`)
  }
}

export function refuseOwnThreading(headers: Readonly<Record<string, string>>): void {
  const field = Object.keys(headers).find((name) => THREADING_FIELD.test(name))
  if (field === undefined) return
  throw new Refusal('invalid-parameter', `The \`headers\` field is invalid: \`${field}\` is set by the inbox.`)
}

/** To be compared; what a stranger wrote may be no address at all. */
function addressOf(text: string): string {
  try {
    const { from } = readAddresses({ from: text, to: [], cc: [], bcc: [], replyTo: [] })
    return formatAddress(from.address).toLowerCase()
  } catch (error) {
    if (error instanceof Refusal) return text.toLowerCase()
    throw error
  }
}

function paragraphs(text: string): string {
  return text === '' ? '' : `<p>${escapeHtml(text).replaceAll('\n', '<br>')}</p>`
}
