import { displayText } from '../../codec/mime/encoded-word.ts'
import { parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import type { WebhookEvent } from '../../mailbox/webhook-events.ts'
import { readWhole } from '../../ports/blob-source.ts'
import type { RelayOutcome } from '../../ports/relay.ts'
import type { Email } from '../../store/emails.ts'
import type { OutboundEvent, OutboundNews } from '../../store/outbound.ts'
import type { TenantStore } from '../../store/store.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { announceEvents, type Happened } from '../webhooks/announce-events.ts'
import { DELIVERED_HERE } from './delivered-here.ts'
import type { Kept } from './report-to-sender.ts'

/** What can happen to a message that leaves. */
export const OUTBOUND_EVENTS: readonly WebhookEvent[] = [
  'email.sent',
  'email.delivered',
  'email.delivery_delayed',
  'email.bounced',
  'email.complained',
  'email.failed',
  'email.suppressed',
]

const HEADER_OCTETS = 64 * 1024
const MOST_TOGETHER = 50
const MOST_EVENTS = 200
/** Characters. */
const MOST_REPLY = 300

/** What happened to one recipient. */
export interface RecipientEvent {
  type: WebhookEvent
  recipient: string
  /** The relay's, or ours in its words. */
  reply: string
}

/** What is new, in the words of webhooks. `reportedBy`: the relay tells it of a message that it took before. */
export function outboundEvents(
  before: readonly RelayOutcome[],
  now: readonly RelayOutcome[],
  reportedBy: { complaints: readonly string[] } | undefined,
): RecipientEvent[] {
  const reported = reportedBy !== undefined
  const known = new Map(before.map((outcome) => [outcome.recipient, outcome]))
  const news = now.flatMap((outcome): RecipientEvent[] => {
    const earlier = known.get(outcome.recipient)
    const isSame = earlier?.outcome === outcome.outcome && (earlier.reply === outcome.reply || !reported)
    return isSame ? [] : typesOf(outcome, earlier, reported).map((type) => eventOf(type, outcome))
  })
  const complained = (reportedBy?.complaints ?? []).map((recipient) => ({
    type: 'email.complained' as const,
    recipient,
    reply: '',
  }))
  return [...news, ...complained]
}

function typesOf(
  { outcome, suppressed, reply }: RelayOutcome,
  earlier: RelayOutcome | undefined,
  reported: boolean,
): WebhookEvent[] {
  switch (outcome) {
    case 'deferred':
      return ['email.delivery_delayed']
    case 'failed':
      if (suppressed) return ['email.suppressed']
      return reply.startsWith('5') ? ['email.bounced'] : ['email.failed']
    case 'sent': {
      const isThere = reported || reply === DELIVERED_HERE
      const isFirst = earlier?.outcome !== 'sent'
      return [...(isFirst ? (['email.sent'] as const) : []), ...(isThere ? (['email.delivered'] as const) : [])]
    }
  }
}

function eventOf(type: WebhookEvent, { recipient, reply }: RelayOutcome): RecipientEvent {
  return { type, recipient, reply }
}

/** Announces what was written down. Repeatable. */
export async function announceOutbound(own: TenantStore, kept: Kept, { at, events }: OutboundNews): Promise<void> {
  const email = await own.emails.get(kept.content)
  const base = email === undefined ? await describeSubmission(own, kept) : describeEmail(email)
  const happened = events.map(
    ({ type, recipients, reply }): Happened => ({
      id: derivedContentId(kept.content, type, ...recipients),
      type,
      at,
      data: { ...base, to: recipients, ...detailsOf(type, reply) },
    }),
  )
  await announceEvents(own, happened)
}

/** As webhooks are told of an email that was sent by API. */
export function describeEmail({ id, from, to, subject, messageId, tags, createdAt }: Email) {
  return {
    email_id: id,
    created_at: new Date(createdAt).toISOString(),
    message_id: messageId,
    from,
    to: [...to],
    subject,
    tags: Object.fromEntries(tags.map(({ name, value }) => [name, value])),
  }
}

/** The same of what a mail program submitted: out of its header. */
async function describeSubmission(own: TenantStore, { content, info, envelope }: Kept) {
  const head = (await readWhole(own.engine.blobs, info.name, { start: 0, end: HEADER_OCTETS })) ?? new Uint8Array()
  const fields = parseHeader(head)
  const textOf = (name: string) => {
    const field = fields.find((candidate) => candidate.name.toLowerCase() === name)
    return field === undefined ? '' : displayText(unfoldedValue(head, field))
  }
  return {
    email_id: content,
    created_at: new Date(envelope.receivedAt).toISOString(),
    message_id: textOf('message-id').trim(),
    from: textOf('from').trim() || envelope.reversePath,
    to: [] as string[],
    subject: textOf('subject').trim(),
  }
}

/**
 * What went the same way is one event; what went wrong says why for each. Both have an end: it is written down beside the outcomes of up to a thousand
 * recipients, in one item.
 */
export function groupEvents(events: readonly RecipientEvent[]): OutboundEvent[] {
  const groups = new Map<string, { type: WebhookEvent; recipients: string[]; reply: string }>()
  for (const { type, recipient, reply } of events) {
    const goesAlone = type !== 'email.sent' && type !== 'email.delivered'
    const key = goesAlone ? `${type} ${recipient}` : type
    const group = groups.get(key)
    if (group !== undefined) {
      if (group.recipients.length < MOST_TOGETHER) group.recipients.push(recipient)
    } else if (!goesAlone || groups.size < MOST_EVENTS) {
      groups.set(key, { type, recipients: [recipient], reply: goesAlone ? reply.slice(0, MOST_REPLY) : '' })
    }
  }
  return [...groups.values()]
}

function detailsOf(type: WebhookEvent, reply: string): object {
  switch (type) {
    case 'email.bounced':
      // What was given up after days may be reached another time.
      return reply.startsWith('554 5.4.7')
        ? { bounce: { type: 'Transient', subType: 'General', message: reply } }
        : { bounce: { type: 'Permanent', subType: 'General', message: reply } }
    case 'email.failed':
      return { failed: { reason: reply } }
    case 'email.suppressed':
      return { suppressed: { type: 'OnAccountSuppressionList', message: reply } }
    default:
      return {}
  }
}
