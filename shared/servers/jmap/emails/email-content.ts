/** What an Email says of its message, as against what the account says of it (RFC 8621 §4.1.2 – §4.1.4). */

import { parseHeader } from '../../../codec/mime/header.ts'
import { areKept } from '../../../codec/mime/header-fields.ts'
import type { MimePart, OctetRange } from '../../../codec/mime/structure-types.ts'
import { transferDecoder } from '../../../codec/mime/transfer-decoder.ts'
import { type BodyPart, bodyStructure, charsetOf, decompose, hasAttachment, leafParts, partSize } from './body-parts.ts'
import { type BodyValue, readBodyValue } from './body-values.ts'
import type { EmailPlan, PartPlan, Room } from './email-properties.ts'
import { allHeaders, headerValue } from './header-forms.ts'
import { MessageReader, type OpenMessage } from './open-message.ts'

/** What a part takes in an answer, about, and what it costs to read the header of one, in octets as it were. */
const PART_OCTETS = 300
const PART_READ_OCTETS = 64 * 1024
/** Parts that are decoded for their size alone, where not all are. */
const MOST_MEASURED = 10
/** Encoded parts that are all together no longer than this are decoded to tell their size to the octet. */
const MEASURED_OCTETS = 128 * 1024

export async function emailContent(message: OpenMessage, plan: EmailPlan): Promise<Record<string, unknown>> {
  const { properties } = plan
  const reader = new MessageReader(message)
  const root = bodyStructure(message.structure)
  const bodies = decompose(root)
  const values = properties.has('bodyValues') ? valuedParts(plan, root, bodies) : []
  const shown = ['bodyStructure', 'textBody', 'htmlBody', 'attachments'].some((name) => properties.has(name))
  const measured = shown && plan.part.properties.includes('size') ? measuredParts(root) : []
  await reader.prepare(rangesOf(message, plan, values, measured))

  const content: Record<string, unknown> = {}
  await addHeaders(content, reader, plan)
  if (properties.has('preview')) content['preview'] = message.preview
  if (properties.has('hasAttachment')) content['hasAttachment'] = hasAttachment(root)
  const sizes = new Map<MimePart, number>()
  for (const { part } of measured) sizes.set(part, await measure(reader, part))
  const show = (part: BodyPart) => showPart(part, { plan: plan.part, reader, sizes, room: plan.room })
  if (properties.has('bodyStructure')) {
    content['bodyStructure'] = await showTree(root, show)
  }
  for (const name of ['textBody', 'htmlBody', 'attachments'] as const) {
    if (properties.has(name)) content[name] = await inOrder(bodies[name], show)
  }
  if (properties.has('bodyValues')) content['bodyValues'] = await readValues(reader, values, plan)
  return content
}

function valuedParts({ values }: EmailPlan, root: BodyPart, bodies: ReturnType<typeof decompose>): BodyPart[] {
  const wanted = new Set<BodyPart>([
    ...(values.text ? bodies.textBody : []),
    ...(values.html ? bodies.htmlBody : []),
    ...(values.all ? leafParts(root) : []),
  ])
  return [...wanted].filter(({ part }) => part.type === 'text')
}

/** Encoded parts, as long as they are short. */
function measuredParts(root: BodyPart): BodyPart[] {
  const encoded = leafParts(root).filter((part) => !partSize(part).exact)
  const octets = encoded.reduce((sum, { part }) => sum + part.body.length, 0)
  if (octets <= MEASURED_OCTETS) return encoded
  // Of base64 the length tells nearly all.
  const short = ({ part }: BodyPart) =>
    part.encoding === 'quoted-printable' && part.body.length <= MEASURED_OCTETS / MOST_MEASURED
  return encoded.filter(short).slice(0, MOST_MEASURED)
}

function rangesOf(
  { headerFieldsMissing, structure }: OpenMessage,
  { properties, headers }: EmailPlan,
  values: readonly BodyPart[],
  measured: readonly BodyPart[],
): OctetRange[] {
  const kept = areKept(
    headers.map(({ field }) => field),
    headerFieldsMissing,
  )
  const header = properties.has('headers') || !kept ? [structure.header] : []
  return [...header, ...values.map(({ part }) => part.body), ...measured.map(({ part }) => part.body)]
}

async function addHeaders(content: Record<string, unknown>, reader: MessageReader, plan: EmailPlan): Promise<void> {
  if (plan.headers.length > 0) {
    const block = await reader.fields(plan.headers.map(({ field }) => field))
    plan.room.need(block.length)
    const fields = parseHeader(block)
    for (const header of plan.headers) {
      const value = headerValue(block, header, fields)
      plan.room.need(octetsOf(value)) // one field may be asked for in many forms and spellings
      content[header.as] = value
    }
  }
  if (!plan.properties.has('headers')) return
  const block = await reader.header(reader.message.structure)
  plan.room.need(block.length)
  content['headers'] = allHeaders(block)
}

interface Showing {
  plan: PartPlan
  reader: MessageReader
  sizes: ReadonlyMap<MimePart, number>
  room: Room
}

/** EmailBodyPart (RFC 8621 §4.1.4), without its `subParts`. */
async function showPart(part: BodyPart, { plan, reader, sizes, room }: Showing): Promise<Record<string, unknown>> {
  const { message } = reader
  const leaf = part.children === undefined
  const own = part.part
  const wantsHeaders = plan.headers.length > 0 || plan.properties.includes('headers')
  room.need(wantsHeaders ? PART_READ_OCTETS : PART_OCTETS)
  const headers = wantsHeaders ? await reader.header(own) : new Uint8Array()
  const all: Record<string, () => unknown> = {
    partId: () => (leaf ? part.section : null),
    blobId: () => (leaf ? message.partBlobId(part.section) : null),
    size: () => sizes.get(own) ?? partSize(part).octets,
    headers: () => allHeaders(headers),
    name: () => part.name,
    type: () => part.type,
    charset: () => charsetOf(part),
    disposition: () => part.disposition,
    cid: () => part.cid,
    language: () => own.language ?? null,
    location: () => own.location ?? null,
  }
  const shown: Record<string, unknown> = {}
  for (const name of plan.properties) if (name !== 'subParts') shown[name] = all[name]!()
  const fields = plan.headers.length > 0 ? parseHeader(headers) : []
  for (const header of plan.headers) {
    const value = headerValue(headers, header, fields)
    room.need(octetsOf(value))
    shown[header.property] = value
  }
  return shown
}

/** In an answer, about. */
function octetsOf(value: unknown): number {
  if (value === null) return 4
  return typeof value === 'string' ? value.length : JSON.stringify(value).length
}

/** A multipart always says what is in it, asked or not: without that a structure is none. */
async function showTree(
  part: BodyPart,
  show: (part: BodyPart) => Promise<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const shown = await show(part)
  if (part.children === undefined) return shown
  return { ...shown, subParts: await inOrder(part.children, (child) => showTree(child, show)) }
}

async function inOrder<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const one of all) results.push(await work(one))
  return results
}

async function measure(reader: MessageReader, { encoding, body }: MimePart): Promise<number> {
  const decoder = transferDecoder(encoding)
  let octets = 0
  for await (const chunk of reader.read({ start: body.offset, end: body.offset + body.length })) {
    octets += decoder.write(chunk).length
  }
  return octets + decoder.end().length
}

async function readValues(
  reader: MessageReader,
  parts: readonly BodyPart[],
  { room, values: { maxOctets } }: EmailPlan,
): Promise<Record<string, BodyValue>> {
  const values: Record<string, BodyValue> = {}
  for (const part of parts) {
    if (room.isFull) values[part.section] = { value: '', isEncodingProblem: false, isTruncated: true }
    else {
      const value = await readBodyValue(reader, part, maxOctets)
      values[part.section] = value
      room.take(value.value.length)
    }
  }
  return values
}
