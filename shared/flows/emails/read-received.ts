import { displayText } from '../../codec/mime/encoded-word.ts'
import { parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import type { ImapAddress } from '../../codec/mime/structure-types.ts'
import type { Envelope } from '../../mailbox/envelope.ts'
import { type ContentId, isContentId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import { contentName } from '../../store/keys.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import {
  type AttachmentPart,
  attachmentParts,
  type MessageBodies,
  type ReadRange,
  readBodies,
} from '../mailboxes/message-bodies.ts'

/** What came in, without its octets. */
export interface ReceivedEmail {
  id: ContentId
  envelope: Envelope
  view: View
  attachments: readonly AttachmentPart[]
}

const HEADER_OCTETS = 256 * 1024
const MAX_INLINE_OCTETS = 2 * 1024 * 1024

/** Undefined where there is none, it is not indexed yet, or it came by a client's APPEND. */
export async function readReceived(own: TenantStore, id: ContentId): Promise<ReceivedEmail | undefined> {
  const [info, view] = await Promise.all([own.engine.blobs.head(contentName(own.tenant, id)), own.views.find(id)])
  if (info === undefined || view === undefined) return undefined
  const envelope = await own.envelopes.of(info)
  if (envelope.origin !== 'arrival') return undefined
  return { id, envelope, view, attachments: attachmentParts(view.structure) }
}

/** Throws Refusal 'not-found'. */
export async function requireReceived(own: TenantStore, id: string): Promise<ReceivedEmail> {
  const email = isContentId(id) ? await readReceived(own, id as ContentId) : undefined
  if (email === undefined) throw new Refusal('not-found', 'Email not found')
  return email
}

/** Throws Refusal 'not-found'. */
export function requireAttachment({ attachments }: ReceivedEmail, id: string): AttachmentPart {
  const found = attachments.find((attachment) => attachment.id === id)
  if (found === undefined) throw new Refusal('not-found', 'Attachment not found')
  return found
}

/** The texts. `inline`: images that the HTML shows by `cid:` stand in it as `data:` URIs, as far as they are small. */
export async function readReceivedBodies(
  own: TenantStore,
  { id, view, attachments }: ReceivedEmail,
  { inline }: { inline: boolean },
): Promise<MessageBodies> {
  const read = readerOf(own, id)
  const bodies = await readBodies(view.structure, read)
  if (!inline || bodies.html === null) return bodies
  return { ...bodies, html: await withInlineImages(bodies.html, attachments, read) }
}

/** Images that the HTML shows by `cid:` as `data:` URIs, as far as they are small. */
export async function withInlineImages(
  given: string,
  attachments: readonly AttachmentPart[],
  read: ReadRange,
): Promise<string> {
  let html = given
  let room = MAX_INLINE_OCTETS
  for (const { contentId, contentType, part } of attachments) {
    if (contentId === null || !contentType.startsWith('image/') || !html.includes(`cid:${contentId}`)) continue
    if (part.body.length > room || part.encoding !== 'base64') continue
    room -= part.body.length
    const octets = await collect(read({ start: part.body.offset, end: part.body.offset + part.body.length }))
    const base64 = octets.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, '')
    const uri = `data:${contentType};base64,${base64}`
    room -= uri.length * (html.split(`cid:${contentId}`).length - 2) // once for each further place
    if (room < 0) continue
    html = html.replaceAll(`cid:${contentId}`, () => uri)
  }
  return html
}

/** Field names in lower case; of a field that comes more than once the first. */
export async function readHeaders(own: TenantStore, { id, view }: ReceivedEmail): Promise<Record<string, string>> {
  const { offset, length } = view.structure.header
  const octets = await collect(readerOf(own, id)({ start: offset, end: offset + Math.min(length, HEADER_OCTETS) }))
  const headers = new Map<string, string>()
  for (const field of parseHeader(octets)) {
    const name = field.name.toLowerCase()
    if (!headers.has(name)) headers.set(name, displayText(unfoldedValue(octets, field)))
  }
  return Object.fromEntries(headers)
}

export function readerOf(own: TenantStore, id: ContentId): ReadRange {
  return (range) => own.contents.read(id, range)
}

/** `Name <local@domain>` for each that has an address. */
export function showAddresses(addresses: readonly ImapAddress[]): string[] {
  return addresses.flatMap(({ name, mailbox, host }) => {
    if (mailbox === null || host === null) return []
    const address = host === '' ? displayText(mailbox) : `${displayText(mailbox)}@${displayText(host)}`
    return [name === null || name === '' ? address : `${displayText(name)} <${address}>`]
  })
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks))
}
