/**
 * What a blob id stands for (RFC 8620 §6): `<content>` a message, `U<upload>` something uploaded; `_1_2` after it its part 1.2, decoded;
 * and `_m` that the octets so far are read as a message, of which parts may follow.
 */
import { resolvePart } from '../../codec/mime/part-path.ts'
import type { MimePart } from '../../codec/mime/structure-types.ts'
import { decodedSizeOctets, transferDecoder } from '../../codec/mime/transfer-decoder.ts'
import { scanContent } from '../../flows/arrivals/scan-content.ts'
import { linkAttachment } from '../../flows/emails/link-attachment.ts'
import type { ReadRange } from '../../flows/mailboxes/message-bodies.ts'
import { type ContentId, isContentId } from '../../mailbox/ids.ts'
import { contentName, uploadName } from '../../store/keys.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import type { OpenMessage } from './emails/open-message.ts'
import type { Call } from './method.ts'

/** Octets that can be read, from the beginning or by range. */
export interface Blob {
  blobId: string
  /** Undefined where only reading tells. */
  sizeOctets: number | undefined
  /** It is no longer than this. */
  mostOctets: number
  /** What it is said to be. */
  type: string
  read: ReadRange
  /** A link to its octets that anybody can use for some minutes, to save them as a file; undefined where there is none to be had. */
  link?: (filename: string, contentType: string) => Promise<string>
}

/** How long a link can be used (DESIGN §4). */
const LINK_SECONDS = 5 * 60

type BlobCall = Pick<Call, 'tenant' | 'account' | 'mail' | 'limits' | 'store'>

const UPLOAD = 'U'
const MESSAGE = 'm'
/** Messages inside messages that have to be decoded to be read. */
const MOST_NESTED = 3
const MOST_STEPS = 110

export function uploadBlobId(id: ContentId): string {
  return `${UPLOAD}${id}`
}

/** Undefined where there is no such blob, or not for this account. */
export async function openBlob(call: BlobCall, blobId: string): Promise<Blob | undefined> {
  const groups = parseBlobId(blobId)
  if (groups === undefined) return undefined
  const [base, ...nested] = groups
  let blob = await openBase(call, base!.id, base!.path)
  let id = [base!.id, ...base!.path].join('_')
  for (const { path } of nested) {
    if (blob === undefined) return undefined
    const view = await scanContent(blob.read({ start: 0, end: Number.MAX_SAFE_INTEGER }), '', call.limits)
    id = [id, MESSAGE, ...path].join('_')
    blob = partOf(view.structure, path, blob.read, id)
  }
  return blob
}

/** The blob read as a message (Email/parse, RFC 8621 §4.9). Undefined where there is no such blob. */
export async function openBlobMessage(call: BlobCall, blobId: string): Promise<OpenMessage | undefined> {
  if (isContentId(blobId) && call.mail.emails.numberOf(blobId) !== undefined) {
    const view = await call.tenant.views.find(blobId)
    return view && contentMessage(call.tenant, blobId, view)
  }
  const blob = await openBlob(call, blobId)
  if (blob === undefined) return undefined
  const all = () => blob.read({ start: 0, end: Number.MAX_SAFE_INTEGER })
  return { ...messageOf(await scanContent(all(), '', call.limits)), blobId, read: blob.read, partBlobId }
  function partBlobId(section: string): string {
    return section === '' ? blobId : `${blobId}_${MESSAGE}_${section.replaceAll('.', '_')}`
  }
}

export function contentMessage({ contents }: TenantStore, content: ContentId, view: View): OpenMessage {
  return {
    ...messageOf(view),
    blobId: content,
    read: (range) => contents.read(content, range),
    partBlobId: (section) => (section === '' ? content : `${content}_${section.replaceAll('.', '_')}`),
  }
}

function messageOf({ structure, headerFields, headerFieldsMissing, preview, sizeOctets }: View) {
  return { structure, headerFields, headerFieldsMissing, preview, sizeOctets }
}

async function openBase(call: BlobCall, id: string, path: readonly number[]): Promise<Blob | undefined> {
  const { tenant, account } = call
  const whole = [id, ...path].join('_')
  if (id.startsWith(UPLOAD)) {
    if (path.length > 0) return undefined // it is no message until it is read as one
    const sizeOctets = await tenant.uploads.sizeOf(account.id, id.slice(UPLOAD.length))
    if (sizeOctets === undefined) return undefined
    const read: ReadRange = (range) => readUpload(call, id, range)
    const name = uploadName(account.id, id.slice(UPLOAD.length) as ContentId)
    const link = linkTo(tenant, name)
    return { blobId: id, sizeOctets, mostOctets: sizeOctets, type: 'application/octet-stream', read, link }
  }
  if (!isContentId(id) || call.mail.emails.numberOf(id) === undefined) return undefined
  const view = await tenant.views.find(id)
  if (view === undefined) return undefined
  const read: ReadRange = (range) => tenant.contents.read(id, range)
  const blob = partOf(view.structure, path, read, whole, view.sizeOctets)
  if (blob === undefined) return undefined
  const link = path.length === 0 ? linkTo(tenant, contentName(tenant.tenant, id)) : linkToPart(call, id, view, path)
  return { ...blob, link }
}

function linkTo({ engine }: TenantStore, name: string): NonNullable<Blob['link']> {
  return (filename, contentType) => engine.blobs.link(name, { seconds: LINK_SECONDS, filename, contentType })
}

/** Its octets, decoded, become an object with the first call. */
function linkToPart(
  { tenant, store, limits }: BlobCall,
  content: ContentId,
  { structure }: View,
  path: readonly number[],
): NonNullable<Blob['link']> {
  const part = resolvePart(structure, path)!
  const { spoolMemoryOctets } = limits
  return async (filename, contentType) => {
    const { url } = await linkAttachment(
      tenant,
      { content, read: (range) => tenant.contents.read(content, range) },
      // The API counts attachments; these are named by their section.
      { id: `section-${path.join('.')}`, part, filename, contentType, contentId: null, disposition: '', sizeOctets: 0 },
      { spool: store.engine.spool, spoolMemoryOctets },
    )
    return url
  }
}

async function* readUpload({ tenant, account }: BlobCall, id: string, range: { start: number; end: number }) {
  const blob = await tenant.uploads.open(account.id, id.slice(UPLOAD.length), range)
  if (blob !== undefined) yield* blob.content
}

function partOf(
  structure: MimePart,
  path: readonly number[],
  read: ReadRange,
  blobId: string,
  sizeOctets?: number,
): Blob | undefined {
  if (path.length === 0) {
    return { blobId, sizeOctets, mostOctets: sizeOctets ?? Number.MAX_SAFE_INTEGER, type: 'message/rfc822', read }
  }
  const part = resolvePart(structure, path)
  if (part === undefined || part.children !== undefined) return undefined
  const { encoding, body } = part
  const size = decodedSizeOctets(encoding, body.length)
  return {
    blobId,
    sizeOctets: size,
    mostOctets: body.length,
    type: `${part.type}/${part.subtype}`,
    read: size === undefined ? (range) => decoded(part, read, range) : (range) => shifted(part, read, range),
  }
}

function shifted({ body }: MimePart, read: ReadRange, { start, end }: { start: number; end: number }) {
  const until = Math.min(end, body.length)
  return read({ start: body.offset + Math.min(start, until), end: body.offset + until })
}

/** A range of what is encoded is found by decoding from the beginning. */
async function* decoded({ encoding, body }: MimePart, read: ReadRange, { start, end }: { start: number; end: number }) {
  const decoder = transferDecoder(encoding)
  let at = 0
  const within = (octets: Uint8Array) => {
    const from = Math.max(0, start - at)
    const piece = octets.subarray(Math.min(from, octets.length), Math.max(0, Math.min(octets.length, end - at)))
    at += octets.length
    return piece
  }
  for await (const chunk of read({ start: body.offset, end: body.offset + body.length })) {
    const piece = within(decoder.write(chunk))
    if (piece.length > 0) yield piece
    if (at >= end) return
  }
  const piece = within(decoder.end())
  if (piece.length > 0) yield piece
}

function parseBlobId(blobId: string): { id: string; path: number[] }[] | undefined {
  const tokens = blobId.split('_')
  if (tokens.length > MOST_STEPS) return undefined
  const [id = '', ...steps] = tokens
  const groups: { id: string; path: number[] }[] = [{ id, path: [] }]
  for (const step of steps) {
    if (step === MESSAGE) groups.push({ id: '', path: [] })
    else if (/^[1-9][0-9]{0,4}$/.test(step)) groups.at(-1)!.path.push(Number(step))
    else return undefined
  }
  return groups.length - 1 > MOST_NESTED ? undefined : groups
}
