import { displayText } from '../../codec/mime/encoded-word.ts'
import { parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import { type ContentId, isContentId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import { purgeAll } from '../../ports/blobs.ts'
import { capturedPrefix } from '../../store/keys.ts'
import type { PageOf, PageRequest } from '../../store/pages.ts'
import type { TenantStore } from '../../store/store.ts'
import type { ScanSettings } from '../arrivals/scan-content.ts'
import { idsInTime, pageInTime } from '../ids-in-time.ts'
import { type AttachmentPart, attachmentParts, type MessageBodies, readBodies } from '../mailboxes/message-bodies.ts'
import { openObject } from '../outgoing/sent-content.ts'
import { withInlineImages } from './read-received.ts'

/** A message that the relay was handed and that did not leave (engines/common/relay-capture.ts). */
export interface Captured {
  id: ContentId
  /** Milliseconds since 1970. */
  capturedAt: number
  reversePath: string
  /** The first of them, where there are very many. */
  forwardPaths: readonly string[]
  recipients: number
  sizeOctets: number
  /** By their names in lower case; of a field that comes more than once the first. */
  headers: Readonly<Record<string, string>>
}

export interface CapturedMessage extends Captured, MessageBodies {
  attachments: readonly AttachmentPart[]
}

const HEADER_OCTETS = 64 * 1024
const LINK_SECONDS = 300

/** The newest first. */
export function pageOfCaptured(own: TenantStore, request: PageRequest): Promise<PageOf<Captured>> {
  const { blobs, clock } = own.engine
  const ids = idsInTime(blobs, capturedPrefix(own.tenant), request, clock.now())
  return pageInTime(ids, request, (id) => readCaptured(own, id))
}

/** Throws Refusal 'not-found'. */
export async function requireCaptured(own: TenantStore, id: string, settings: ScanSettings): Promise<CapturedMessage> {
  const captured = isContentId(id) ? await readCaptured(own, id as ContentId) : undefined
  const content = captured && (await openObject(own, nameOf(own, captured.id), settings))
  if (content === undefined) throw new Refusal('not-found', 'Message not found')
  const { html, text } = await readBodies(content.structure, content.read)
  const attachments = attachmentParts(content.structure)
  const shown = html === null ? null : await withInlineImages(html, attachments, content.read)
  return { ...captured!, html: shown, text, attachments }
}

/** To the message as it would have gone. */
export async function linkCaptured(own: TenantStore, { id, headers }: Captured): Promise<string> {
  const filename = `${headers['subject']?.slice(0, 100) || id}.eml`
  return own.engine.blobs.link(nameOf(own, id), {
    seconds: LINK_SECONDS,
    filename,
    contentType: 'message/rfc822',
  })
}

/** Forgets all of them. How many there were. */
export async function clearCaptured(own: TenantStore): Promise<number> {
  return (await purgeAll(own.engine.blobs, capturedPrefix(own.tenant))).versions
}

async function readCaptured(own: TenantStore, id: ContentId): Promise<Captured | undefined> {
  const name = nameOf(own, id)
  const [info, blob] = await Promise.all([
    own.engine.blobs.head(name),
    own.engine.blobs.get(name, { start: 0, end: HEADER_OCTETS }),
  ])
  if (info === undefined || blob === undefined) return undefined
  const octets = Buffer.concat(await Array.fromAsync(blob.content))
  const headers = new Map<string, string>()
  for (const field of parseHeader(octets)) {
    const key = field.name.toLowerCase()
    if (!headers.has(key)) headers.set(key, displayText(unfoldedValue(octets, field)).trim())
  }
  const { metadata, length, writtenAt } = info
  const forwardPaths = JSON.parse(metadata['forward-paths'] ?? '[]') as string[]
  return {
    id,
    capturedAt: writtenAt,
    reversePath: JSON.parse(metadata['reverse-path'] ?? '""') as string,
    forwardPaths,
    recipients: Number(metadata['recipients'] ?? forwardPaths.length),
    sizeOctets: length,
    headers: Object.fromEntries(headers),
  }
}

function nameOf({ tenant }: TenantStore, id: ContentId): string {
  return `${capturedPrefix(tenant)}${id}`
}
