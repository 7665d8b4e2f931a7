/**
 * The messages of one mailbox in memory, as columns in ascending order of UID: 65 octets a message, shared by all sessions that have
 * the mailbox selected. Appends grow a table in place and flags change in place; an expunge makes a new table, so that a session
 * that may not yet tell its client keeps counting on the old one (RFC 9051 §7.5.1).
 */
import type { UidRanges } from '../codec/uid-ranges.ts'
import type { FlagChange, Flags } from '../mailbox/flags.ts'
import { changeFlags, changeSystemFlags, DELETED, SEEN } from '../mailbox/flags.ts'
import type { ContentId, Modseq, ThreadId, Uid } from '../mailbox/ids.ts'
import { COPY_TOKEN_OCTETS, savedAt } from './copy-token.ts'
import {
  CONTENT_ID_OCTETS,
  contentIdFromOctets,
  contentIdOctets,
  THREAD_ID_OCTETS,
  threadIdFromOctets,
  threadIdOctets,
} from './id-octets.ts'
import type { Appended } from './journal-record.ts'

/** A bit beside the system flags: another copy of the content was there first. */
const FURTHER_COPY = 0x80
/** Another one: the last line does not end in CR LF. */
const UNTERMINATED = 0x40
/** What is no flag among them, and stays as the flags change. */
const NO_FLAG = FURTHER_COPY | UNTERMINATED
const FIRST_CAPACITY = 16
/** Sets of keywords that no message has any more are kept up to so many beyond the messages. */
const FORGOTTEN_SETS = 1000

/** The columns as a snapshot keeps them; each holds exactly `count` rows. */
export interface Columns {
  uids: Uint32Array
  contents: Uint8Array
  threads: Uint8Array
  tokens: Uint8Array
  flags: Uint8Array
  /** Index into `keywordSets`. */
  keywords: Uint32Array
  dates: Float64Array
  sizes: Uint32Array
  modseqs: Float64Array
}

function emptyColumns(capacity: number): Columns {
  return {
    uids: new Uint32Array(capacity),
    contents: new Uint8Array(capacity * CONTENT_ID_OCTETS),
    threads: new Uint8Array(capacity * THREAD_ID_OCTETS),
    tokens: new Uint8Array(capacity * COPY_TOKEN_OCTETS),
    flags: new Uint8Array(capacity),
    keywords: new Uint32Array(capacity),
    dates: new Float64Array(capacity),
    sizes: new Uint32Array(capacity),
    modseqs: new Float64Array(capacity),
  }
}

/** Elements of each column that belong to one row. */
const WIDTHS: Readonly<Record<keyof Columns, number>> = {
  uids: 1,
  contents: CONTENT_ID_OCTETS,
  threads: THREAD_ID_OCTETS,
  tokens: COPY_TOKEN_OCTETS,
  flags: 1,
  keywords: 1,
  dates: 1,
  sizes: 1,
  modseqs: 1,
}
const COLUMN_NAMES = Object.keys(WIDTHS) as (keyof Columns)[]

/** Rows are counted from 0; a message sequence number is the row + 1. */
export class MessageTable {
  private columns: Columns
  private capacity: number
  private rows: number
  /** Distinct sets of keywords; rows hold their index, and the first is the empty one. */
  private keywordSets: (readonly string[])[]
  private keywordSetIndex: Map<string, number>

  constructor(columns: Columns = emptyColumns(0), keywordSets: readonly (readonly string[])[] = [[]]) {
    this.columns = columns
    this.rows = columns.uids.length
    this.capacity = this.rows
    this.keywordSets = [...keywordSets]
    this.keywordSetIndex = indexOf(this.keywordSets)
  }

  get count(): number {
    return this.rows
  }

  /** What it weighs in memory. */
  get octets(): number {
    return COLUMN_NAMES.reduce((sum, name) => sum + this.columns[name].byteLength, 0)
  }

  uidAt(row: number): Uid {
    return this.columns.uids[row] as Uid
  }

  /** Undefined where no message has that UID. */
  rowOf(uid: number): number | undefined {
    const row = this.firstRowFrom(uid)
    return row < this.rows && this.columns.uids[row] === uid ? row : undefined
  }

  /** The first row whose UID is `uid` or higher; `count` where there is none. */
  firstRowFrom(uid: number): number {
    let low = 0
    let high = this.rows
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.columns.uids[middle]! < uid) low = middle + 1
      else high = middle
    }
    return low
  }

  contentAt(row: number): ContentId {
    return contentIdFromOctets(slice(this.columns.contents, row, CONTENT_ID_OCTETS))
  }

  /** Of `contentAt` the octets: a view of the column, which moves on. */
  contentOctetsAt(row: number): Uint8Array {
    return slice(this.columns.contents, row, CONTENT_ID_OCTETS)
  }

  threadAt(row: number): ThreadId {
    return threadIdFromOctets(slice(this.columns.threads, row, THREAD_ID_OCTETS))
  }

  /** As `contentOctetsAt`. */
  threadOctetsAt(row: number): Uint8Array {
    return slice(this.columns.threads, row, THREAD_ID_OCTETS)
  }

  /** The halves of the thread's id, 32 bits each: for who compares those of all rows. */
  threadHighAt(row: number): number {
    return wordAt(this.columns.threads, row * THREAD_ID_OCTETS)
  }

  threadLowAt(row: number): number {
    return wordAt(this.columns.threads, row * THREAD_ID_OCTETS + 4)
  }

  tokenAt(row: number): Uint8Array {
    return slice(this.columns.tokens, row, COPY_TOKEN_OCTETS).slice()
  }

  /** SAVEDATE (RFC 8514), milliseconds since 1970. */
  savedAt(row: number): number {
    return savedAt(slice(this.columns.tokens, row, COPY_TOKEN_OCTETS))
  }

  flagsAt(row: number): Flags {
    return { system: this.systemFlagsAt(row), keywords: this.keywordSets[this.columns.keywords[row]!]! }
  }

  systemFlagsAt(row: number): number {
    return this.columns.flags[row]! & ~NO_FLAG
  }

  hasKeywords(row: number): boolean {
    return this.columns.keywords[row] !== 0
  }

  keywordsAt(row: number): readonly string[] {
    return this.keywordSets[this.columns.keywords[row]!]!
  }

  isFurtherCopy(row: number): boolean {
    return (this.columns.flags[row]! & FURTHER_COPY) !== 0
  }

  /** Whether POP3 sends a CR LF behind the message's own octets (RFC 1939 §3). */
  isUnterminated(row: number): boolean {
    return (this.columns.flags[row]! & UNTERMINATED) !== 0
  }

  isSeen(row: number): boolean {
    return (this.columns.flags[row]! & SEEN) !== 0
  }

  isDeleted(row: number): boolean {
    return (this.columns.flags[row]! & DELETED) !== 0
  }

  /** INTERNALDATE, milliseconds since 1970. */
  dateAt(row: number): number {
    return this.columns.dates[row]!
  }

  sizeAt(row: number): number {
    return this.columns.sizes[row]!
  }

  modseqAt(row: number): Modseq {
    return this.columns.modseqs[row] as Modseq
  }

  /** Every keyword that a message of the mailbox has or had while this table lived. */
  keywordsInUse(): string[] {
    const byLowerCase = new Map(this.keywordSets.flat().map((keyword) => [keyword.toLowerCase(), keyword]))
    return [...byLowerCase.values()]
  }

  append(uid: number, message: Appended, modseq: number): void {
    if (this.rows === this.capacity) this.grow()
    const row = this.rows
    const { columns } = this
    columns.uids[row] = uid
    columns.contents.set(contentIdOctets(message.content), row * CONTENT_ID_OCTETS)
    columns.threads.set(threadIdOctets(message.thread), row * THREAD_ID_OCTETS)
    columns.tokens.set(message.token, row * COPY_TOKEN_OCTETS)
    columns.flags[row] =
      message.flags.system | (message.furtherCopy ? FURTHER_COPY : 0) | (message.unterminated ? UNTERMINATED : 0)
    columns.keywords[row] = this.indexOfKeywords(message.flags.keywords)
    columns.dates[row] = message.internalDate
    columns.sizes[row] = message.sizeOctets
    columns.modseqs[row] = modseq
    this.rows += 1
  }

  setFlags(row: number, flags: Flags, modseq: number): void {
    this.columns.flags[row] = flags.system | (this.columns.flags[row]! & NO_FLAG)
    this.columns.keywords[row] = this.indexOfKeywords(flags.keywords)
    this.columns.modseqs[row] = modseq
  }

  /** STORE (RFC 9051 §6.4.6) on those of the UIDs that are there. */
  changeFlags(uids: UidRanges, change: FlagChange, operand: Flags, modseq: number): void {
    for (let at = 0; at < uids.length; at += 2) {
      const last = uids[at + 1]!
      for (let row = this.firstRowFrom(uids[at]!); row < this.rows && this.columns.uids[row]! <= last; row += 1) {
        this.changeFlagsOf(row, change, operand, modseq)
      }
    }
  }

  private changeFlagsOf(row: number, change: FlagChange, operand: Flags, modseq: number): void {
    if (operand.keywords.length > 0) {
      this.setFlags(row, changeFlags(this.flagsAt(row), change, operand), modseq)
      return
    }
    const { columns } = this
    const before = columns.flags[row]!
    columns.flags[row] = changeSystemFlags(before & ~NO_FLAG, change, operand.system) | (before & NO_FLAG)
    if (change === 'set') columns.keywords[row] = 0
    columns.modseqs[row] = modseq
  }

  /** Rows of those of the UIDs (ascending) that are there. */
  rowsOf(uids: Iterable<number>): number[] {
    const found: number[] = []
    const { rows, columns } = this
    let row = 0
    for (const uid of uids) {
      // Who names many names neighbours.
      if (row >= rows || columns.uids[row] !== uid) row = this.firstRowFrom(uid)
      if (row >= rows || columns.uids[row] !== uid) continue
      found.push(row)
      row += 1
    }
    return found
  }

  /** Whether every one of the UIDs (ascending) is there. */
  hasAll(uids: readonly number[]): boolean {
    return this.rowsOf(uids).length === uids.length
  }

  /** A new table without the rows for which `gone` holds. */
  without(gone: (row: number) => boolean): MessageTable {
    const columns = emptyColumns(this.rows)
    let kept = 0
    for (let row = 0; row < this.rows; row += 1) {
      if (gone(row)) continue
      for (const name of COLUMN_NAMES) {
        const width = WIDTHS[name]
        const source = this.columns[name]
        if (width === 1) columns[name][kept] = source[row]!
        else columns[name].set(slice(source as Uint8Array, row, width), kept * width)
      }
      kept += 1
    }
    const table = new MessageTable(columns, this.keywordSets)
    table.rows = kept
    return table
  }

  /** Copies of the columns, cut to the rows there are; with the keyword sets they name. */
  toColumns(): { columns: Columns; keywordSets: (readonly string[])[] } {
    const entries = COLUMN_NAMES.map((name) => [name, this.columns[name].slice(0, this.rows * WIDTHS[name])])
    return { columns: Object.fromEntries(entries) as unknown as Columns, keywordSets: [...this.keywordSets] }
  }

  private grow(): void {
    this.capacity = Math.max(FIRST_CAPACITY, Math.ceil(this.capacity * 1.5))
    const columns = emptyColumns(this.capacity)
    for (const name of COLUMN_NAMES) columns[name].set(this.columns[name])
    this.columns = columns
  }

  private indexOfKeywords(keywords: readonly string[]): number {
    if (keywords.length === 0) return 0
    const key = keywordSetKey(keywords)
    const known = this.keywordSetIndex.get(key)
    if (known !== undefined) return known
    if (this.keywordSets.length > 2 * this.rows + FORGOTTEN_SETS) this.forgetUnusedSets()
    this.keywordSetIndex.set(key, this.keywordSets.length)
    return this.keywordSets.push([...keywords]) - 1
  }

  /** A client that goes through ever new keywords must not make the table grow. */
  private forgetUnusedSets(): void {
    const used = new Map<number, number>([[0, 0]])
    for (let row = 0; row < this.rows; row += 1) {
      const before = this.columns.keywords[row]!
      const after = used.get(before) ?? used.size
      used.set(before, after)
      this.columns.keywords[row] = after
    }
    this.keywordSets = [...used.keys()].map((index) => this.keywordSets[index]!)
    this.keywordSetIndex = indexOf(this.keywordSets)
  }
}

function indexOf(sets: readonly (readonly string[])[]): Map<string, number> {
  return new Map(sets.map((set, index) => [keywordSetKey(set), index]))
}

function keywordSetKey(keywords: readonly string[]): string {
  return [...keywords].sort().join(' ')
}

function slice(column: Uint8Array, row: number, width: number): Uint8Array {
  return column.subarray(row * width, (row + 1) * width)
}

function wordAt(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0
}
