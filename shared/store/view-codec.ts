/**
 * A view as octets: arrays instead of maps, as the names of a map would be most of it, in sections that are taken apart when asked for. A list
 * of envelopes then costs no structures, and a list of subjects neither.
 */
import { decodeCbor, encodeCbor } from '../codec/cbor.ts'
import type { ImapAddress, ImapEnvelope, MessageIds, MimeParameter, MimePart } from '../codec/mime/structure-types.ts'
import type { View } from './views.ts'

const VIEW_FORMAT = 3

type PackedView = [
  format: number,
  envelope: Uint8Array,
  structure: Uint8Array,
  headerFields: Uint8Array,
  others: Uint8Array,
  sizeOctets: number,
  objectSha256: Uint8Array,
  receivedSha256: Uint8Array,
]
type PackedOthers = [
  messageId: string | null,
  inReplyTo: string[],
  references: string[],
  headerFieldsMissing: string[],
  preview: string,
  unterminated?: true,
]

export function encodeView(view: View): Uint8Array {
  return view instanceof SectionedView ? view.encoded : packView(view)
}

function packView(view: View): Uint8Array {
  const { messageIds } = view
  const others: PackedOthers = [
    messageIds.messageId,
    messageIds.inReplyTo,
    messageIds.references,
    [...view.headerFieldsMissing],
    view.preview,
  ]
  if (view.unterminated) others[5] = true
  const packed: PackedView = [
    VIEW_FORMAT,
    encodeCbor(packEnvelope(view.envelope)),
    encodeCbor(packPart(view.structure)),
    view.headerFields,
    encodeCbor(others),
    view.sizeOctets,
    Buffer.from(view.objectSha256, 'hex'),
    Buffer.from(view.receivedSha256, 'hex'),
  ]
  return encodeCbor(packed)
}

/** Throws where the view has a format that this version does not know. */
export function decodeView(octets: Uint8Array): View {
  const packed = decodeCbor(octets) as PackedView
  if (packed[0] !== VIEW_FORMAT) throw new Error(`a view of the unknown format ${packed[0]}`)
  return new SectionedView(octets, packed)
}

class SectionedView implements View {
  /** What it was made of. */
  readonly encoded: Uint8Array
  readonly #packed: PackedView
  #structure: MimePart | undefined

  constructor(encoded: Uint8Array, packed: PackedView) {
    this.encoded = encoded
    this.#packed = packed
  }

  get envelope(): ImapEnvelope {
    return unpackEnvelope(decodeCbor(this.#packed[1]) as PackedEnvelope)
  }

  get structure(): MimePart {
    this.#structure ??= unpackPart(decodeCbor(this.#packed[2]) as PackedPart)
    return this.#structure
  }

  get headerFields(): Uint8Array {
    return this.#packed[3]
  }

  get headerFieldsMissing(): readonly string[] {
    return this.#others[3]
  }

  get messageIds(): MessageIds {
    const [messageId, inReplyTo, references] = this.#others
    return { messageId, inReplyTo, references }
  }

  get preview(): string {
    return this.#others[4]
  }

  get unterminated(): boolean {
    return this.#others[5] === true
  }

  get sizeOctets(): number {
    return this.#packed[5]
  }

  get objectSha256(): string {
    return Buffer.from(this.#packed[6]).toString('hex')
  }

  get receivedSha256(): string {
    return Buffer.from(this.#packed[7]).toString('hex')
  }

  get #others(): PackedOthers {
    return decodeCbor(this.#packed[4]) as PackedOthers
  }
}

type PackedAddress = [name: string | null, adl: string | null, mailbox: string | null, host: string | null]
/** A list that is the same as one before it, as sender and reply-to mostly are, is that one's place. */
type PackedAddresses = PackedAddress[] | number
type PackedEnvelope = [
  date: string | null,
  subject: string | null,
  lists: PackedAddresses[],
  inReplyTo: string | null,
  messageId: string | null,
]

const ADDRESS_LISTS = ['from', 'sender', 'replyTo', 'to', 'cc', 'bcc'] as const

function packEnvelope(envelope: ImapEnvelope): PackedEnvelope {
  const lists = ADDRESS_LISTS.map((name) => envelope[name].map(packAddress))
  const texts = lists.map((list) => JSON.stringify(list))
  const packed = lists.map((list, index) => {
    const earlier = texts.indexOf(texts[index]!)
    return earlier < index && list.length > 0 ? earlier : list
  })
  return [envelope.date, envelope.subject, packed, envelope.inReplyTo, envelope.messageId]
}

function packAddress({ name, adl, mailbox, host }: ImapAddress): PackedAddress {
  return [name, adl, mailbox, host]
}

function unpackEnvelope([date, subject, lists, inReplyTo, messageId]: PackedEnvelope): ImapEnvelope {
  const unpacked: ImapAddress[][] = []
  for (const list of lists) {
    unpacked.push(
      typeof list === 'number'
        ? unpacked[list]!
        : list.map(([name, adl, mailbox, host]) => ({ name, adl, mailbox, host })),
    )
  }
  const [from, sender, replyTo, to, cc, bcc] = unpacked as [
    ImapAddress[],
    ImapAddress[],
    ImapAddress[],
    ImapAddress[],
    ImapAddress[],
    ImapAddress[],
  ]
  return { date, subject, from, sender, replyTo, to, cc, bcc, inReplyTo, messageId }
}

/** What few parts have; null where absent. */
type PackedRare = [
  id: string | null,
  description: string | null,
  md5: string | null,
  disposition: [type: string, parameters: MimeParameter[]] | null,
  language: string[] | null,
  location: string | null,
]
type PackedPart = [
  header: [offset: number, length: number],
  body: [offset: number, length: number],
  type: string,
  subtype: string,
  parameters: MimeParameter[],
  encoding: string,
  lines: number | null,
  rare: PackedRare | null,
  children: PackedPart[] | null,
  message: [PackedEnvelope, PackedPart] | null,
]

function packPart(part: MimePart): PackedPart {
  const { id, description, md5, disposition, language, location, children, message } = part
  const rare: PackedRare = [
    id ?? null,
    description ?? null,
    md5 ?? null,
    disposition === undefined ? null : [disposition.type, disposition.parameters],
    language ?? null,
    location ?? null,
  ]
  return [
    [part.header.offset, part.header.length],
    [part.body.offset, part.body.length],
    part.type,
    part.subtype,
    part.parameters,
    part.encoding,
    part.lines ?? null,
    rare.some((value) => value !== null) ? rare : null,
    children?.map(packPart) ?? null,
    message === undefined ? null : [packEnvelope(message.envelope), packPart(message.part)],
  ]
}

function unpackPart(packed: PackedPart): MimePart {
  const [header, body, type, subtype, parameters, encoding, lines, rare, children, message] = packed
  const part: MimePart = {
    header: { offset: header[0], length: header[1] },
    body: { offset: body[0], length: body[1] },
    type,
    subtype,
    parameters,
    encoding,
  }
  if (lines !== null) part.lines = lines
  if (rare !== null) unpackRare(part, rare)
  if (children !== null) part.children = children.map(unpackPart)
  if (message !== null) part.message = { envelope: unpackEnvelope(message[0]), part: unpackPart(message[1]) }
  return part
}

function unpackRare(part: MimePart, [id, description, md5, disposition, language, location]: PackedRare): void {
  if (id !== null) part.id = id
  if (description !== null) part.description = description
  if (md5 !== null) part.md5 = md5
  if (disposition !== null) part.disposition = { type: disposition[0], parameters: disposition[1] }
  if (language !== null) part.language = language
  if (location !== null) part.location = location
}
