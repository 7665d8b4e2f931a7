/**
 * A run of a mailbox's messages with what SEARCH and long lists need of them, so that 100,000 messages are 100 reads:
 * `[octets of head: u32][head: zstd of CBOR][text frame]…`, where each text frame is the zstd of the texts of some messages. The head holds the views
 * and the places of the frames.
 */
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { decodeCbor, encodeCbor } from '../codec/cbor.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

const SEGMENT_FORMAT = 2
const LENGTH_OCTETS = 4
const MESSAGES_PER_FRAME = 64

/** What SEARCH compares with, folded (codec/mime/fold-text.ts). */
export interface MessageText {
  header: string
  body: string
  /** False: there is more body than was kept, and only the object tells. */
  whole: boolean
}

export interface SegmentEntry {
  uid: number
  /** Encoded (views.ts). */
  view: Uint8Array
  text: MessageText
}

export interface TextFrame {
  uids: readonly number[]
  /** Octets from the segment's beginning; `end` is exclusive. */
  start: number
  end: number
}

export interface SegmentHead {
  /** Encoded, by UID. */
  views: ReadonlyMap<number, Uint8Array>
  frames: readonly TextFrame[]
}

type PackedHead = [format: number, uids: number[], views: Uint8Array[], frameLengths: number[]]
type PackedText = [header: string, body: string, whole: boolean]

/** `viewsOctets`: how much of it holds the head. */
export async function encodeSegment(
  entries: readonly SegmentEntry[],
): Promise<{ octets: Uint8Array; viewsOctets: number }> {
  const frames: Uint8Array[] = []
  for (let at = 0; at < entries.length; at += MESSAGES_PER_FRAME) {
    const texts = entries
      .slice(at, at + MESSAGES_PER_FRAME)
      .map(({ text }): PackedText => [text.header, text.body, text.whole])
    frames.push(await compress(encodeCbor(texts)))
  }
  const packed: PackedHead = [
    SEGMENT_FORMAT,
    entries.map(({ uid }) => uid),
    entries.map(({ view }) => view),
    frames.map(({ length }) => length),
  ]
  const head = await compress(encodeCbor(packed))
  const length = Buffer.alloc(LENGTH_OCTETS)
  length.writeUInt32LE(head.length)
  return { octets: Buffer.concat([length, head, ...frames]), viewsOctets: LENGTH_OCTETS + head.length }
}

/** Takes the first `viewsOctets` of a segment. Throws where the format is one that this version does not know. */
export async function decodeSegmentHead(octets: Uint8Array): Promise<SegmentHead> {
  const packed = decodeCbor(await decompress(octets.subarray(LENGTH_OCTETS))) as PackedHead
  const [format, uids, views, frameLengths] = packed
  if (format !== SEGMENT_FORMAT) throw new Error(`a segment of the unknown format ${format}`)
  let start = octets.length
  const frames = frameLengths.map((length, index): TextFrame => {
    const frame = {
      uids: uids.slice(index * MESSAGES_PER_FRAME, (index + 1) * MESSAGES_PER_FRAME),
      start,
      end: start + length,
    }
    start = frame.end
    return frame
  })
  return { views: new Map(views.map((view, index) => [uids[index]!, view])), frames }
}

/** The texts of a frame's messages, in the order of its UIDs. */
export async function decodeTextFrame(octets: Uint8Array): Promise<MessageText[]> {
  const texts = decodeCbor(await decompress(octets)) as PackedText[]
  return texts.map(([header, body, whole]) => ({ header, body, whole }))
}
