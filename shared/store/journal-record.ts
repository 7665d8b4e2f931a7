import { decodeCbor, encodeCbor } from '../codec/cbor.ts'
import { countOf, decodeRanges, encodeRanges, type UidRanges } from '../codec/uid-ranges.ts'
import type { FlagChange, Flags } from '../mailbox/flags.ts'
import { SEEN } from '../mailbox/flags.ts'
import type { ContentId, Modseq, ThreadId } from '../mailbox/ids.ts'
import { contentIdFromOctets, contentIdOctets, threadIdFromOctets, threadIdOctets } from './id-octets.ts'

/** A message as it enters a mailbox. Its UID is the mailbox's next one, in the order of the record. */
export interface Appended {
  content: ContentId
  thread: ThreadId
  flags: Flags
  /** INTERNALDATE, milliseconds since 1970. */
  internalDate: number
  sizeOctets: number
  /** Its last line does not end in CR LF; absent, too, of messages that were indexed before this was looked at. */
  unterminated?: boolean
  /** What keeps the content alive for this copy, and when the copy was made (copy-token.ts). */
  token: Uint8Array
  /** The mailbox held another copy of the content already: UIDL must tell them apart. */
  furtherCopy: boolean
  /** It came in from somebody, to be counted as such: of copies made at the same time one has it. */
  arrived?: boolean
}

/** One change of a mailbox with what it does to the totals, so that totals are the sum of all changes and nothing else. */
export type Change =
  | { kind: 'append'; messages: readonly Appended[] }
  | { kind: 'flags'; uids: UidRanges; change: FlagChange; flags: Flags; unseen: number }
  | { kind: 'expunge'; uids: UidRanges; unseen: number; sizeOctets: number }
  /** Every UID below `before` is no longer \Recent for anybody (RFC 3501 §2.3.2). */
  | { kind: 'recent'; before: number }

/** What STATUS and SELECT answer, as of a MODSEQ. */
export interface Totals {
  uidNext: number
  exists: number
  unseen: number
  sizeOctets: number
  /** UIDs from here on are \Recent for the next session that selects the mailbox. */
  recentFrom: number
}

export const EMPTY_TOTALS: Totals = { uidNext: 1, exists: 0, unseen: 0, sizeOctets: 0, recentFrom: 1 }

/** One commit of a mailbox; written where its MODSEQ is absent, never changed. */
export interface JournalRecord {
  modseq: Modseq
  /** Milliseconds since 1970. */
  at: number
  /** Tells our own record from another's after a lost answer. */
  nonce: string
  changes: readonly Change[]
  /** After the changes. */
  totals: Totals
}

export function addToTotals(totals: Totals, change: Change): Totals {
  switch (change.kind) {
    case 'append':
      return {
        ...totals,
        uidNext: totals.uidNext + change.messages.length,
        exists: totals.exists + change.messages.length,
        unseen: totals.unseen + change.messages.filter(({ flags }) => (flags.system & SEEN) === 0).length,
        sizeOctets: totals.sizeOctets + change.messages.reduce((sum, { sizeOctets }) => sum + sizeOctets, 0),
      }
    case 'flags':
      return { ...totals, unseen: totals.unseen + change.unseen }
    case 'expunge':
      return {
        ...totals,
        exists: totals.exists - countOf(change.uids),
        unseen: totals.unseen + change.unseen,
        sizeOctets: totals.sizeOctets + change.sizeOctets,
      }
    case 'recent':
      return { ...totals, recentFrom: Math.max(totals.recentFrom, change.before) }
  }
}

const RECORD_FORMAT = 1

type Packed = [
  format: number,
  at: number,
  nonce: string,
  totals: [number, number, number, number, number],
  changes: PackedChange[],
]
type PackedChange =
  | ['a', PackedAppended[]]
  | ['f', Uint8Array, FlagChange, number, readonly string[], number]
  | ['x', Uint8Array, number, number]
  | ['r', number]
type PackedAppended = [
  ...[Uint8Array, Uint8Array, number, readonly string[], number, number, Uint8Array, boolean],
  arrived?: boolean,
  unterminated?: true,
]

export function encodeRecord(record: Omit<JournalRecord, 'modseq'>): Uint8Array {
  const { uidNext, exists, unseen, sizeOctets, recentFrom } = record.totals
  const packed: Packed = [
    RECORD_FORMAT,
    record.at,
    record.nonce,
    [uidNext, exists, unseen, sizeOctets, recentFrom],
    record.changes.map(packChange),
  ]
  return encodeCbor(packed)
}

function packChange(change: Change): PackedChange {
  switch (change.kind) {
    case 'append':
      return ['a', change.messages.map(packAppended)]
    case 'flags':
      return ['f', encodeRanges(change.uids), change.change, change.flags.system, change.flags.keywords, change.unseen]
    case 'expunge':
      return ['x', encodeRanges(change.uids), change.unseen, change.sizeOctets]
    case 'recent':
      return ['r', change.before]
  }
}

function packAppended(message: Appended): PackedAppended {
  const packed: PackedAppended = [
    contentIdOctets(message.content),
    threadIdOctets(message.thread),
    message.flags.system,
    message.flags.keywords,
    message.internalDate,
    message.sizeOctets,
    message.token,
    message.furtherCopy,
  ]
  if (message.arrived || message.unterminated) packed[8] = message.arrived === true
  if (message.unterminated) packed[9] = true
  return packed
}

/** Throws where the format is one that this version does not know. */
export function decodeRecord(modseq: Modseq, octets: Uint8Array): JournalRecord {
  const [format, at, nonce, totals, changes] = decodeCbor(octets) as Packed
  if (format !== RECORD_FORMAT) throw new Error(`journal record ${modseq} has the unknown format ${format}`)
  const [uidNext, exists, unseen, sizeOctets, recentFrom] = totals
  return {
    modseq,
    at,
    nonce,
    changes: changes.map(unpackChange),
    totals: { uidNext, exists, unseen, sizeOctets, recentFrom },
  }
}

function unpackChange(packed: PackedChange): Change {
  switch (packed[0]) {
    case 'a':
      return { kind: 'append', messages: packed[1].map(unpackAppended) }
    case 'f': {
      const [, uids, change, system, keywords, unseen] = packed
      return { kind: 'flags', uids: decodeRanges(uids), change, flags: { system, keywords }, unseen }
    }
    case 'x': {
      const [, uids, unseen, sizeOctets] = packed
      return { kind: 'expunge', uids: decodeRanges(uids), unseen, sizeOctets }
    }
    case 'r':
      return { kind: 'recent', before: packed[1] }
  }
}

function unpackAppended(packed: PackedAppended): Appended {
  const [content, thread, system, keywords, internalDate, sizeOctets, token, furtherCopy, arrived, unterminated] =
    packed
  return {
    content: contentIdFromOctets(content),
    thread: threadIdFromOctets(thread),
    flags: { system, keywords },
    internalDate,
    sizeOctets,
    token,
    furtherCopy,
    ...(arrived && { arrived }),
    ...(unterminated && { unterminated }),
  }
}
