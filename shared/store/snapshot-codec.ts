import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { decodeCbor, encodeCbor } from '../codec/cbor.ts'
import type { Totals } from './journal-record.ts'
import type { Columns } from './message-table.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** Where a run of messages has its views and its text for SEARCH (segment-codec.ts). */
export interface SegmentRef {
  name: string
  firstUid: number
  lastUid: number
  /** Octets from the beginning that hold the index and the views; what follows is text. */
  viewsOctets: number
  octets: number
}

/** A mailbox as of `modseq`, whole: with it and the records after, everything but the octets of the messages is known. */
export interface Snapshot {
  uidvalidity: number
  /** The mailbox's name, level by level, so that `reindex` can put it back. */
  path: readonly string[]
  specialUse?: string
  modseq: number
  totals: Totals
  columns: Columns
  keywordSets: readonly (readonly string[])[]
  segments: readonly SegmentRef[]
}

const SNAPSHOT_FORMAT = 1

/** Typed arrays are kept in little-endian octets, as every machine we run on has them. */
export async function encodeSnapshot(snapshot: Snapshot): Promise<Uint8Array> {
  const columns = Object.fromEntries(Object.entries(snapshot.columns).map(([name, column]) => [name, octetsOf(column)]))
  return compress(encodeCbor({ format: SNAPSHOT_FORMAT, ...snapshot, columns }))
}

/** Throws where the octets are no snapshot, or one of a format that this version does not know. */
export async function decodeSnapshot(octets: Uint8Array): Promise<Snapshot> {
  const { format, columns, ...rest } = decodeCbor(await decompress(octets)) as Snapshot & {
    format: number
    columns: Record<keyof Columns, Uint8Array>
  }
  if (format !== SNAPSHOT_FORMAT) throw new Error(`a snapshot of the unknown format ${format}`)
  return {
    ...rest,
    columns: {
      uids: new Uint32Array(aligned(columns.uids)),
      contents: columns.contents.slice(),
      threads: columns.threads.slice(),
      tokens: columns.tokens.slice(),
      flags: columns.flags.slice(),
      keywords: new Uint32Array(aligned(columns.keywords)),
      dates: new Float64Array(aligned(columns.dates)),
      sizes: new Uint32Array(aligned(columns.sizes)),
      modseqs: new Float64Array(aligned(columns.modseqs)),
    },
  }
}

function octetsOf(column: Columns[keyof Columns]): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
}

/** A copy in a buffer of its own: wider numbers must not begin at an odd place. */
function aligned(octets: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(octets.length)
  new Uint8Array(copy).set(octets)
  return copy
}
