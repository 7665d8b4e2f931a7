/**
 * A run of a mailbox's messages with what SEARCH and long lists need of them, so that 100,000 messages are 100 reads:
 * `[octets of index: u32][index: CBOR][section]…[text frame]…`. A section is the zstd of one column (octets-column.ts): the views, or a
 * thing that lists show, as it is sent. A frame (text-frame.ts) is the zstd of the texts of some messages. Index and sections are the head.
 */
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress, zstdDecompressSync } from 'node:zlib'
import { decodeCbor, encodeCbor } from '../codec/cbor.ts'
import { formatBodyStructure } from '../codec/imap/body-structure.ts'
import { formatEnvelope } from '../codec/imap/envelope.ts'
import { KEPT_HEADER_FIELDS } from '../codec/mime/header-fields.ts'
import { encodeFieldList } from './field-list.ts'
import { encodeColumn, type OctetsColumn, octetsColumn, type TextColumn, textColumn } from './octets-column.ts'
import { decodeFrame, type EncodedText, encodeFrame, type TextFrame } from './text-frame.ts'
import { encodeView } from './view-codec.ts'
import type { View } from './views.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

const SEGMENT_FORMAT = 3
const LENGTH_OCTETS = 4
/** A frame ends with the message that reaches this: what a search has in memory at a time. */
const FRAME_OCTETS = 512 * 1024

/** What unpacking fills at a time: each further chunk is a turn of a thread, and a copy. Most frames are one. */
const FRAME_CHUNK_OCTETS = 768 * 1024
const SECTION_CHUNK_OCTETS = 256 * 1024

/**
 * views: encoded (view-codec.ts). envelopes, structures: two entries a message, for clients of IMAP4rev1, then for those who read UTF-8, empty where that
 * is the same. fields: the header fields a view keeps (field-list.ts).
 */
export const SECTIONS = ['envelopes', 'structures', 'fields', 'views'] as const
export type SectionName = (typeof SECTIONS)[number]

/** Each section as those who ask for it want it. */
export interface Section {
  envelopes: TextColumn
  structures: TextColumn
  fields: TextColumn
  views: OctetsColumn
}

const UNPACK: { readonly [name in SectionName]: (octets: Uint8Array) => Section[name] } = {
  envelopes: textColumn,
  structures: textColumn,
  fields: textColumn,
  views: octetsColumn,
}

export interface SegmentEntry {
  uid: number
  view: View
  text: EncodedText
}

/** Where a frame lies: octets from the segment's beginning, `end` exclusive. */
export interface FramePlace {
  uids: readonly number[]
  start: number
  end: number
}

type PackedIndex = [
  format: number,
  uids: number[],
  sectionLengths: number[],
  fieldNames: string[],
  frames: [messages: number, octets: number][],
]

export interface EncodedSegment {
  uids: readonly number[]
  octets: Uint8Array
  /** How much of it holds the head. */
  viewsOctets: number
}

/** Takes the entries as they come, ascending by UID; of their texts no more than a frame is in memory. */
export async function encodeSegment(
  entries: AsyncIterable<SegmentEntry> | Iterable<SegmentEntry>,
): Promise<EncodedSegment> {
  const uids: number[] = []
  const columns = SECTIONS.map((): Uint8Array[] => [])
  const frames: Uint8Array[] = []
  const places: [messages: number, octets: number][] = []
  let texts: EncodedText[] = []
  let textOctets = 0
  const endFrame = async () => {
    if (texts.length === 0) return
    const ended = texts
    texts = []
    textOctets = 0
    const frame = await compress(encodeFrame(ended))
    frames.push(frame)
    places.push([ended.length, frame.length])
  }
  for await (const entry of entries) {
    uids.push(entry.uid)
    for (const [index, name] of SECTIONS.entries()) columns[index]!.push(...COLUMNS[name](entry))
    texts.push(entry.text)
    textOctets += entry.text.header.length + entry.text.body.length
    if (textOctets >= FRAME_OCTETS) await endFrame()
  }
  await endFrame()
  const sections = await Promise.all(columns.map((column) => compress(encodeColumn(column))))
  const packed: PackedIndex = [
    SEGMENT_FORMAT,
    uids,
    sections.map(({ length }) => length),
    [...KEPT_HEADER_FIELDS],
    places,
  ]
  const index = encodeCbor(packed)
  const length = Buffer.alloc(LENGTH_OCTETS)
  length.writeUInt32LE(index.length)
  const head = [length, index, ...sections]
  const viewsOctets = head.reduce((sum, piece) => sum + piece.length, 0)
  return { uids, octets: Buffer.concat([...head, ...frames]), viewsOctets }
}

const COLUMNS: Readonly<Record<SectionName, (entry: SegmentEntry) => Uint8Array[]>> = {
  envelopes: ({ view: { envelope } }) => inBothForms((utf8) => formatEnvelope(envelope, utf8)),
  structures: ({ view: { structure } }) =>
    inBothForms((rev2) => formatBodyStructure(structure, { extended: true, rev2 })),
  fields: ({ view }) => [encodeFieldList(view.headerFields, view.headerFieldsMissing)],
  views: ({ view }) => [encodeView(view)],
}

function inBothForms(format: (utf8: boolean) => string): Uint8Array[] {
  const [rev1, utf8] = [format(false), format(true)]
  return [Buffer.from(rev1, 'latin1'), Buffer.from(utf8 === rev1 ? '' : utf8, 'latin1')]
}

/** A segment's head, whose sections are unpacked when they are asked for. */
export class SegmentHead {
  readonly uids: readonly number[]
  readonly frames: readonly FramePlace[]
  /** The names that the field lists number. */
  readonly fieldNames: readonly string[]
  readonly #octets: Uint8Array
  readonly #places = new Map<SectionName, { start: number; end: number }>()
  readonly #unpacked: { [name in SectionName]?: Promise<Section[name]> } = {}
  readonly #grew: (octets: number) => void

  /** Takes the first `viewsOctets` of a segment; `grew` hears what an unpacked section weighs. Throws where the format is one that this version does not know. */
  constructor(octets: Uint8Array, grew: (octets: number) => void = () => undefined) {
    const head = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
    const indexEnd = LENGTH_OCTETS + head.readUInt32LE()
    // Of format 2 these octets are something else, and a number of CBOR that nobody would take for the index.
    const [format, uids, sectionLengths, fieldNames, frames] = decodeCbor(
      head.subarray(LENGTH_OCTETS, indexEnd),
    ) as PackedIndex
    if (format !== SEGMENT_FORMAT) throw new Error(`a segment of the unknown format ${format}`)
    this.uids = uids
    this.fieldNames = fieldNames
    this.#octets = head
    this.#grew = grew
    let at = indexEnd
    for (const [index, name] of SECTIONS.entries()) {
      this.#places.set(name, { start: at, end: at + sectionLengths[index]! })
      at += sectionLengths[index]!
    }
    let first = 0
    this.frames = frames.map(([messages, length]): FramePlace => {
      const place = { uids: uids.slice(first, first + messages), start: at, end: at + length }
      first += messages
      at += length
      return place
    })
  }

  get octets(): number {
    return this.#octets.length
  }

  section<Name extends SectionName>(name: Name): Promise<Section[Name]> {
    const all: { [key in Name]?: Promise<Section[Name]> } = this.#unpacked
    const known = all[name]
    if (known !== undefined) return known
    const unpacked = this.#unpack(name)
    all[name] = unpacked
    unpacked.catch(() => delete all[name]) // the reader gets the error; the next one tries again
    return unpacked
  }

  /** The place of a message in the columns, or -1. */
  indexOf(uid: number): number {
    const { uids } = this
    let low = 0
    let high = uids.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (uids[middle]! < uid) low = middle + 1
      else high = middle
    }
    return uids[low] === uid ? low : -1
  }

  async #unpack<Name extends SectionName>(name: Name): Promise<Section[Name]> {
    const { start, end } = this.#places.get(name)!
    const octets = await decompress(this.#octets.subarray(start, end), { chunkSize: SECTION_CHUNK_OCTETS })
    this.#grew(octets.length)
    return UNPACK[name](octets)
  }
}

/** At once: a thread of the pool takes several times as long, what the collector has to do with its buffers included. */
export function decodeTextFrame(octets: Uint8Array): TextFrame {
  return decodeFrame(zstdDecompressSync(octets, { chunkSize: FRAME_CHUNK_OCTETS }))
}
