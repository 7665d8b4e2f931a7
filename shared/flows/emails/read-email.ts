import { StructureScanner } from '../../codec/mime/structure.ts'
import type { Email } from '../../store/emails.ts'
import { outboxName, scheduledName } from '../../store/keys.ts'
import type { OutboundState } from '../../store/outbound.ts'
import type { TenantStore } from '../../store/store.ts'
import { type MessageBodies, type ReadRange, readBodies } from '../mailboxes/message-bodies.ts'
import { DELIVERED_HERE } from '../outgoing/delivered-here.ts'

export type LastEvent =
  | 'scheduled'
  | 'canceled'
  | 'queued'
  | 'sent'
  | 'delivered'
  | 'delivery_delayed'
  | 'bounced'
  | 'failed'
  | 'suppressed'

/** What we compose begins with its texts: further in there are attachments, which nobody asked for. */
const TEXTS_OCTETS = 3 * 1024 * 1024
const LIMITS = { levels: 20, parts: 1000 }

/** How far an email has got: the worst of its recipients' fates. */
export async function lastEventOf(own: TenantStore, { id, state }: Email): Promise<LastEvent> {
  if (state !== 'submitted') return state
  return eventOf(await own.outbound.get(id))
}

function eventOf(state: Pick<OutboundState, 'outcomes'> | undefined): LastEvent {
  const outcomes = state?.outcomes ?? []
  if (outcomes.length === 0) return 'queued'
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed')
  const tried = failed.filter(({ suppressed }) => suppressed !== true)
  if (tried.length > 0) return tried.some(({ reply }) => reply.startsWith('5')) ? 'bounced' : 'failed'
  if (failed.length > 0) return 'suppressed'
  if (outcomes.some(({ outcome }) => outcome === 'deferred')) return 'delivery_delayed'
  return outcomes.every(({ reply }) => reply === DELIVERED_HERE) ? 'delivered' : 'sent'
}

/** Something that happened to an email. */
export interface EmailEvent {
  type: LastEvent
  /** Milliseconds since 1970; undefined: it was not written down. */
  at: number | undefined
  /** Undefined: all of them. */
  recipient?: string
  /** The relay's, or ours in its words. */
  reply?: string
}

/** What is known of the way of an email, in its order: what it was taken for, and what each recipient has come to. */
export async function eventsOfEmail(
  own: TenantStore,
  { id, state, createdAt, scheduledAt }: Email,
): Promise<EmailEvent[]> {
  const begun: EmailEvent[] = [{ type: scheduledAt === undefined ? 'queued' : 'scheduled', at: createdAt }]
  if (state === 'scheduled') return begun
  if (state === 'canceled') return [...begun, { type: 'canceled', at: undefined }]
  const { outcomes = [] } = (await own.outbound.get(id)) ?? {}
  const came = outcomes.map((outcome): EmailEvent => {
    const { recipient, reply, at } = outcome
    return { type: eventOf({ outcomes: [outcome] }), at, recipient, reply }
  })
  return [...begun, ...came.sort((a, b) => (a.at ?? createdAt) - (b.at ?? createdAt))]
}

/** The texts of an email that was sent or waits, out of what is sent. */
export async function readEmailBodies(own: TenantStore, { id }: Email): Promise<MessageBodies> {
  const { blobs } = own.engine
  for (const name of [outboxName(own.tenant, id), scheduledName(own.tenant, id)]) {
    const blob = await blobs.get(name, { start: 0, end: TEXTS_OCTETS })
    if (blob === undefined) continue
    const scanner = new StructureScanner(LIMITS)
    for await (const chunk of blob.content) scanner.write(chunk)
    return readBodies(scanner.end().root, reader(own, name))
  }
  return { html: null, text: null }
}

function reader(own: TenantStore, name: string): ReadRange {
  return async function* ({ start, end }) {
    const blob = await own.engine.blobs.get(name, { start, end })
    if (blob !== undefined) yield* blob.content
  }
}
