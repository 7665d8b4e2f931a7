import type { Uid } from '../../mailbox/ids.ts'
import type { MessageTable } from '../../store/message-table.ts'
import type { Changes } from '../../store/record-outline.ts'
import type { Replica } from '../../store/replica.ts'
import type { HeldReplica } from '../../store/replicas.ts'

/** A message as it is now, or as the client last knew it where it is gone. */
export interface Place {
  /** Message sequence number, to this client. */
  number: number
  table: MessageTable
  row: number
  gone: boolean
}

/** What the client is to be told, in this order. */
export interface Untold {
  /** UIDs with the numbers they have when those before them are gone already (RFC 9051 §7.5.1). */
  expunged: { uid: number; number: number }[]
  /** The number of messages, where it is not what the client makes of the expunges. */
  exists: number | undefined
  /** Numbers after the expunges, ascending: their flags changed. */
  flagged: number[]
}

/** UIDs from here to before there. */
export interface UidSpan {
  from: number
  before: number
}

/** Where other sessions claim what came in between, \Recent is in pieces; the oldest are given up, as nobody counts on them. */
const MOST_SPANS = 64

/**
 * What one client knows of the selected mailbox: the table it counts on and how many of its rows. The shared replica goes on
 * meanwhile; `takeUntold` catches up.
 */
export class SequenceView {
  readonly replica: Replica
  readonly readOnly: boolean
  readonly #release: () => void
  #table: MessageTable
  #count: number
  /** The commit up to which the client knows expunges and arrivals. */
  #countedAt: number
  /** The commit up to which the client knows flags; ahead of the other while expunges are held back. */
  #flagsAt: number
  /** UIDs that are \Recent to this session; ascending, apart from each other. */
  #recent: UidSpan[] = []

  constructor({ replica, release }: HeldReplica, readOnly: boolean, recent: UidSpan) {
    this.replica = replica
    this.readOnly = readOnly
    this.#release = release
    this.#table = replica.messages
    this.#count = replica.messages.count
    this.#countedAt = replica.modseq
    this.#flagsAt = replica.modseq
    this.addRecent(recent)
  }

  release(): void {
    this.#release()
  }

  /** EXISTS, as the client knows it. */
  get count(): number {
    return this.#count
  }

  /** 0 in an empty mailbox. */
  get lastUid(): number {
    return this.#count === 0 ? 0 : this.#table.uidAt(this.#count - 1)
  }

  uidOf(number: number): Uid {
    return this.#table.uidAt(number - 1)
  }

  /** The number of the first message whose UID is `uid` or higher; `count` + 1 where there is none. */
  firstNumberFrom(uid: number): number {
    return Math.min(this.#table.firstRowFrom(uid), this.#count) + 1
  }

  /** Undefined where the client knows of no such message. */
  numberOf(uid: number): number | undefined {
    const row = this.#table.rowOf(uid)
    return row === undefined || row >= this.#count ? undefined : row + 1
  }

  /** Of those of the UIDs (ascending) that the client knows of. */
  numbersOf(uids: readonly number[]): number[] {
    const numbers: number[] = []
    for (const row of this.#table.rowsOf(uids)) if (row < this.#count) numbers.push(row + 1)
    return numbers
  }

  at(number: number): Place {
    const newest = this.replica.messages
    if (newest === this.#table) return { number, table: newest, row: number - 1, gone: false }
    const row = newest.rowOf(this.#table.uidAt(number - 1))
    if (row === undefined) return { number, table: this.#table, row: number - 1, gone: true }
    return { number, table: newest, row, gone: false }
  }

  /** Nothing that the client counts is gone. */
  get isWhole(): boolean {
    return this.#table === this.replica.messages
  }

  isRecent(uid: number): boolean {
    const spans = this.#recent
    // Most messages are older than all of them.
    if (spans.length === 0 || uid < spans[0]!.from) return false
    return spans.some(({ from, before }) => uid >= from && uid < before)
  }

  get recentCount(): number {
    return this.#recent.reduce((sum, span) => sum + this.#countIn(span), 0)
  }

  /** UIDs above all that were added before, or among those. */
  addRecent({ from, before }: UidSpan): void {
    if (from >= before) return
    const spans = this.#recent
    const last = spans.at(-1)
    if (last !== undefined && from <= last.before) {
      last.before = Math.max(last.before, before)
      return
    }
    if (spans.length >= MOST_SPANS) spans.shift()
    spans.push({ from, before })
  }

  /** Nothing is \Recent any more: IMAP4rev2 does not know the word. */
  forgetRecent(): void {
    this.#recent = []
  }

  #countIn({ from, before }: UidSpan): number {
    return this.firstNumberFrom(before) - this.firstNumberFrom(from)
  }

  /** The client has been told of every commit that the replica has. */
  get isCurrent(): boolean {
    return this.#countedAt === this.replica.modseq && this.#flagsAt === this.replica.modseq
  }

  /** The client has been told of every commit up to this one. */
  get toldModseq(): number {
    return Math.min(this.#countedAt, this.#flagsAt)
  }

  /**
   * This session's own commit, of flags alone, which the client need not be told of beside the answer it gets. False where others
   * committed in between, and more than a claim of \Recent: then it is told with theirs, which costs a repetition and misses nothing.
   */
  knowsFlagsOf(modseq: number): boolean {
    if (!this.#knowsAllBefore(modseq)) return false
    if (this.#countedAt === this.#flagsAt) this.#countedAt = modseq
    this.#flagsAt = modseq
    return true
  }

  #knowsAllBefore(modseq: number): boolean {
    if (modseq <= this.#flagsAt + 1) return modseq > this.#flagsAt
    const outlines = this.replica.outlinesSince(this.#flagsAt)
    return outlines?.every((outline) => outline.modseq >= modseq || outline.steps.length === 0) ?? false
  }

  /** Catches up with the replica. With `holdExpunges` the client is counting: numbers stay as they are (RFC 9051 §7.5.1). */
  takeUntold(holdExpunges: boolean): Untold {
    const { replica } = this
    const newest = replica.messages
    const flagChanges = this.#flagsSince(newest)
    const known = { table: this.#table, count: this.#count }
    if (newest !== this.#table && holdExpunges) {
      this.#flagsAt = replica.modseq
      const flagged = flagChanges.flatMap((uid) => (newest.rowOf(uid) === undefined ? [] : (this.numberOf(uid) ?? [])))
      return { expunged: [], exists: undefined, flagged }
    }
    const expunged = newest === this.#table ? [] : this.#expunged(newest)
    this.#table = newest
    this.#count = newest.count
    this.#countedAt = replica.modseq
    this.#flagsAt = replica.modseq
    const flagged: number[] = []
    for (const uid of flagChanges) {
      const before = known.table.rowOf(uid)
      const number = this.numberOf(uid)
      // What the client has not heard of yet it will ask for itself.
      if (before !== undefined && before < known.count && number !== undefined) flagged.push(number)
    }
    const exists = this.#count === known.count - expunged.length ? undefined : this.#count
    return { expunged, exists, flagged }
  }

  /** UIDs whose flags changed since the client knew them, ascending. */
  #flagsSince(newest: MessageTable): number[] {
    if (this.#flagsAt === this.replica.modseq) return []
    const changes = this.replica.changesSince(this.#flagsAt)
    if (changes !== undefined) return changes.flagged
    const uids: number[] = []
    for (let row = 0; row < newest.count; row += 1) {
      if (newest.modseqAt(row) > this.#flagsAt) uids.push(newest.uidAt(row))
    }
    return uids
  }

  #expunged(newest: MessageTable): Untold['expunged'] {
    const changes: Changes | undefined = this.replica.changesSince(this.#countedAt)
    const uids = changes?.expunged ?? this.#missingFrom(newest)
    const expunged: Untold['expunged'] = []
    for (const uid of uids) {
      const number = this.numberOf(uid)
      if (number !== undefined) expunged.push({ uid, number: number - expunged.length })
    }
    return expunged
  }

  #missingFrom(newest: MessageTable): number[] {
    const uids: number[] = []
    for (let row = 0; row < this.#count; row += 1) {
      const uid = this.#table.uidAt(row)
      if (newest.rowOf(uid) === undefined) uids.push(uid)
    }
    return uids
  }
}
