import { uidsIn } from '../codec/uid-ranges.ts'
import { MailError } from '../mailbox/errors.ts'
import { DELETED } from '../mailbox/flags.ts'
import type { ContentId, MailboxId, Modseq, ThreadId } from '../mailbox/ids.ts'
import type { Journal } from './journal.ts'
import type { JournalRecord, Totals } from './journal-record.ts'
import type { MessageTable } from './message-table.ts'
import { type Changes, collectChanges, outlineOf, type RecordOutline } from './record-outline.ts'
import type { SegmentRef } from './snapshot-codec.ts'
import type { Snapshots } from './snapshots.ts'

/** Commits a replica remembers, so that a session can be told what changed since it last looked; `recall` finds what lies before them. */
const REMEMBERED_RECORDS = 100
/** Appearances and disappearances it remembers with them. */
const REMEMBERED_TURNS = 20_000
/** So many times as much is cut back to that, so that it is not cut at each commit. */
const SLACK = 1.25

/** A message that was there before came to be seen by others than IMAP, or no longer is: \Deleted hides it (RFC 8621 §4.1.1), EXPUNGE takes it away. */
export interface Turn {
  modseq: number
  uid: number
  visible: boolean
  content: ContentId
  thread: ThreadId
}

/** What `changesSince` says, for who knows messages by their content and sees none that is \Deleted. */
export interface VisibleChanges extends Changes {
  /** The mailbox's then: messages with lower UIDs were there. */
  uidNext: number
  /** In the order in which they happened. */
  turns: readonly Turn[]
}

/**
 * One mailbox as it is in memory: the newest snapshot and the journal's tail, followed as it grows. Shared by all sessions of the
 * process that have it selected.
 */
export class Replica {
  readonly mailbox: MailboxId
  readonly uidvalidity: number
  private readonly journal: Journal
  private readonly snapshots: Snapshots
  private table: MessageTable
  private newest: { modseq: number; totals: Totals }
  private records: RecordOutline[] = []
  private turns: Turn[] = []
  /** Turns after this MODSEQ are remembered all. */
  private turnsFrom: number
  private refreshing: Promise<void> | undefined
  private readonly listeners = new Set<() => void>()
  private folded: readonly SegmentRef[]
  /** MODSEQ of the snapshot it began with. */
  private foldedAt: number
  private ended = false

  private constructor(mailbox: MailboxId, journal: Journal, snapshots: Snapshots, start: ReplicaStart) {
    this.mailbox = mailbox
    this.journal = journal
    this.snapshots = snapshots
    this.uidvalidity = start.uidvalidity
    this.table = start.table
    this.newest = { modseq: start.modseq, totals: start.totals }
    this.folded = start.segments
    this.foldedAt = start.modseq
    this.turnsFrom = start.modseq
  }

  /** Throws MailError 'no-such-mailbox'. */
  static async open(mailbox: MailboxId, journal: Journal, snapshots: Snapshots): Promise<Replica> {
    const replica = new Replica(mailbox, journal, snapshots, await snapshots.newest(mailbox))
    await replica.refresh()
    return replica
  }

  /** The messages as of `modseq`. The table is replaced by an expunge and grows by an append: hold it together with its count. */
  get messages(): MessageTable {
    return this.table
  }

  get modseq(): Modseq {
    return this.newest.modseq as Modseq
  }

  get totals(): Totals {
    return this.newest.totals
  }

  /** Where the views and texts of folded messages lie. */
  get segments(): readonly SegmentRef[] {
    return this.folded
  }

  /** Reads what the journal has beyond `modseq`. Once it resolves, every commit that was acknowledged before the call is in. */
  async refresh(): Promise<void> {
    // A read that began before this call may have missed the commit this caller wants to see: wait for it, then read again.
    await this.refreshing
    this.refreshing ??= this.readTail().finally(() => {
      this.refreshing = undefined
    })
    await this.refreshing
  }

  /** Takes in a commit of this process without reading it back; false where commits between are not known yet. */
  take(record: JournalRecord): boolean {
    if (record.modseq <= this.newest.modseq) return true
    if (record.modseq !== this.newest.modseq + 1) return false
    this.apply(record)
    this.announce()
    return true
  }

  /** Follows up to `modseq`; false where the mailbox has gone on beyond it. Work on the replica before the next `await`. */
  async standAt(modseq: number): Promise<boolean> {
    if (this.newest.modseq < modseq) await this.refresh()
    return this.newest.modseq === modseq
  }

  /** Nobody holds it: what only a session that was told of an older state asks is forgotten. */
  rest(): void {
    this.records = []
    this.turns = []
    this.turnsFrom = this.newest.modseq
  }

  /** After a rest: up to date, as `refresh`, or false where a newer snapshot has more to say. Throws MailError 'no-such-mailbox'. */
  async wake(): Promise<boolean> {
    const { uidvalidity, snapshot } = await this.snapshots.identity(this.mailbox)
    if (uidvalidity !== this.uidvalidity || snapshot !== this.foldedAt) return false
    await this.refresh()
    return true
  }

  /** Whether `visibleChangesSince` can tell. */
  remembers(modseq: number): boolean {
    return modseq >= this.newest.modseq || this.visibleChangesSince(modseq) !== undefined
  }

  /** Remembers again what has changed since its newest snapshot, as a replica does that never rested. */
  async recall(): Promise<void> {
    const other = await Replica.open(this.mailbox, this.journal, this.snapshots)
    const first = this.records[0]?.modseq ?? this.newest.modseq + 1
    if (other.turnsFrom >= Math.min(this.turnsFrom, first)) return // it knows no more
    const before = <T extends { modseq: number }>(all: readonly T[]) => all.filter(({ modseq }) => modseq < first)
    this.records = [...before(other.records), ...this.records]
    this.turns = [...before(other.turns), ...this.turns.filter(({ modseq }) => modseq >= first)]
    this.turnsFrom = other.turnsFrom
  }

  /** The mailbox was deleted, or was INBOX and is no more: nobody is to wait here for anything. */
  get isGone(): boolean {
    return this.ended
  }

  /** Takes note of that. */
  end(): void {
    if (this.ended) return
    this.ended = true
    this.announce()
  }

  /** Looks whether the mailbox is still there, as the hint of its deletion may have been lost. */
  async verify(): Promise<void> {
    try {
      await this.snapshots.identity(this.mailbox)
    } catch (error) {
      if (!(error instanceof MailError && error.kind === 'no-such-mailbox')) throw error
      this.end()
    }
  }

  /** What changed after `modseq`; undefined where the replica no longer knows, and the caller must compare. */
  changesSince(modseq: number): Changes | undefined {
    const outlines = this.outlinesSince(modseq)
    return outlines && collectChanges(outlines)
  }

  /** The commits after `modseq`, in their order; undefined as there. */
  outlinesSince(modseq: number): readonly RecordOutline[] | undefined {
    if (modseq >= this.newest.modseq) return []
    const first = this.records[0]
    if (first === undefined || first.modseq > modseq + 1) return undefined
    return this.records.slice(modseq + 1 - first.modseq)
  }

  /** The same with what came and went from view; undefined as there. */
  visibleChangesSince(modseq: number): VisibleChanges | undefined {
    const { uidNext } = this.newest.totals
    if (modseq >= this.newest.modseq) return { expunged: [], appended: [], flagged: [], uidNext, turns: [] }
    const changes = modseq < this.turnsFrom ? undefined : this.changesSince(modseq)
    if (changes === undefined) return undefined
    const next = this.records[modseq + 1 - this.records[0]!.modseq]!
    const turns = this.turns.slice(this.turns.findLastIndex((turn) => turn.modseq <= modseq) + 1)
    return { ...changes, uidNext: next.uidNext, turns }
  }

  /** Called after the replica has taken in commits. Returns what ends it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private async readTail(): Promise<void> {
    let grew = false
    for await (const record of this.journal.since(this.mailbox, this.newest.modseq)) {
      if (record.modseq <= this.newest.modseq) continue // taken in by `take` meanwhile
      if (record.modseq > this.newest.modseq + 1) await this.startOver() // folded and deleted since we last looked
      if (record.modseq > this.newest.modseq) this.apply(record)
      grew = true
    }
    if (grew) this.announce()
  }

  private async startOver(): Promise<void> {
    const start = await this.snapshots.newest(this.mailbox)
    this.table = start.table
    this.newest = { modseq: start.modseq, totals: start.totals }
    this.folded = start.segments
    this.foldedAt = start.modseq
    this.records = []
    this.turns = []
    this.turnsFrom = start.modseq
  }

  private announce(): void {
    for (const listener of this.listeners) listener()
  }

  private apply(record: JournalRecord): void {
    this.remember(record)
    this.table = applyRecord(this.table, this.newest.totals.uidNext, record)
    this.newest = { modseq: record.modseq, totals: record.totals }
    this.records.push(outlineOf(record))
    if (this.records.length <= REMEMBERED_RECORDS * SLACK) return
    this.records = this.records.slice(-REMEMBERED_RECORDS)
    // Nobody is told of turns without the commits that they are of.
    this.turnsFrom = Math.max(this.turnsFrom, this.records[0]!.modseq - 1)
    this.turns = this.turns.filter(({ modseq }) => modseq > this.turnsFrom)
  }

  /** What the record will make of messages in view, and of those that are not. */
  private remember(record: JournalRecord): void {
    const { table, turns } = this
    const turned = new Map<number, boolean>()
    const turn = (uid: number, visible: boolean) => {
      const row = table.rowOf(uid)
      if (row === undefined || (turned.get(uid) ?? !table.isDeleted(row)) === visible) return
      turned.set(uid, visible)
      const { modseq } = record
      turns.push({ modseq, uid, visible, content: table.contentAt(row), thread: table.threadAt(row) })
    }
    for (const change of record.changes) {
      if (change.kind === 'expunge') for (const uid of uidsIn(change.uids)) turn(uid, false)
      if (change.kind !== 'flags') continue
      const deletes = (change.flags.system & DELETED) !== 0
      if (!deletes && change.change !== 'set') continue
      const visible = change.change === 'remove' || !deletes
      for (const uid of uidsIn(change.uids)) turn(uid, visible)
    }
    if (turns.length <= REMEMBERED_TURNS * SLACK) return
    this.turns = turns.slice(-REMEMBERED_TURNS)
    this.turnsFrom = this.turns[0]!.modseq
  }
}

export interface ReplicaStart {
  uidvalidity: number
  table: MessageTable
  modseq: number
  totals: Totals
  segments: readonly SegmentRef[]
}

/** The one meaning of a journal record: the table after it. `uidNext` is the mailbox's before the record. */
export function applyRecord(table: MessageTable, uidNext: number, record: JournalRecord): MessageTable {
  let next = table
  let uid = uidNext
  for (const change of record.changes) {
    switch (change.kind) {
      case 'append':
        for (const message of change.messages) {
          next.append(uid, message, record.modseq)
          uid += 1
        }
        break
      case 'flags':
        next.changeFlags(change.uids, change.change, change.flags, record.modseq)
        break
      case 'expunge': {
        const gone = new Set<number>()
        for (const expunged of uidsIn(change.uids)) gone.add(expunged)
        const before = next
        next = before.without((row) => gone.has(before.uidAt(row)))
        break
      }
      case 'recent':
        break
    }
  }
  return next
}
