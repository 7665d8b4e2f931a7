import { log } from '../log.ts'
import { MailError } from '../mailbox/errors.ts'
import type { MailboxId, Modseq } from '../mailbox/ids.ts'
import { LruMap } from '../mailbox/lru-map.ts'
import type { TenantEngine } from '../ports/engine.ts'
import {
  ConflictError,
  DiskError,
  type Item,
  MAX_ITEM_OCTETS,
  MAX_WRITE_OCTETS,
  MAX_WRITE_OPERATIONS,
  type Operation,
  queryAll,
  ThrottledError,
} from '../ports/table.ts'
import {
  addToTotals,
  type Change,
  decodeRecord,
  encodeRecord,
  type JournalRecord,
  type Totals,
} from './journal-record.ts'
import { KeyedQueue } from './keyed-queue.ts'
import { journalKey, journalPk, modseqText } from './keys.ts'
import { refusedByDisk } from './refused-by-disk.ts'

/** What a commit is to do, worked out against the mailbox as it is at `newest`. */
export interface Proposal {
  changes: readonly Change[]
  /** Operations on other items that succeed or fail with the commit. */
  also?: readonly Operation[]
}

/** Changes of several mailboxes, in the order in which they were named. */
export interface JointProposal {
  changes: readonly (readonly Change[])[]
  also: readonly Operation[]
}

type Answer<T> = T | 'outdated' | undefined
export type Proposed<T> = Promise<Answer<T>> | Answer<T>

/** Room for the key and attribute names beside a record's octets. */
const RECORD_OVERHEAD_OCTETS = 512
const APPENDS_PER_RECORD = 4000
const ATTEMPTS = 60
const FIRST_BACKOFF_MS = 4
const LONGEST_BACKOFF_MS = 500
const CACHED_MAILBOXES = 10_000
/** A record seen longer ago than this is read again before a commit begins from it. */
const SEEN_MS = 60 * 60 * 1000
/** So long an ended log keeps the places of its youngest records: longer than anybody remembers one of them as the newest. */
const ENDED_MS = 24 * 60 * 60 * 1000

/** The log of each mailbox's commits: the only place that hands out UIDs and MODSEQs. */
export class Journal {
  private readonly engine: TenantEngine
  private readonly queue = new KeyedQueue()
  /** What was newest when last seen, and when; a commit begins from it and reads only when it turns out to be old. */
  private readonly seen = new LruMap<MailboxId, { record: JournalRecord; at: number }>(CACHED_MAILBOXES)

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** The newest record, which is the mailbox's state. Throws MailError 'no-such-mailbox'. */
  async newest(mailbox: MailboxId): Promise<JournalRecord> {
    const { items } = await this.engine.table.query(journalPk(mailbox), { reverse: true, limit: 1 })
    const [item] = items
    if (item === undefined || isEnd(item)) throw new MailError('no-such-mailbox', `${mailbox} has no journal`)
    const record = recordOf(item)
    this.remember(mailbox, record)
    return record
  }

  async exists(mailbox: MailboxId): Promise<boolean> {
    const [item] = (await this.engine.table.query(journalPk(mailbox), { limit: 1 })).items
    return item !== undefined && !isEnd(item)
  }

  /** Records after `modseq` in ascending order, as far as they are kept. */
  async *since(mailbox: MailboxId, modseq: number): AsyncGenerator<JournalRecord> {
    for await (const item of queryAll(this.engine.table, journalPk(mailbox), { from: modseqText(modseq + 1) })) {
      if (!isEnd(item)) yield recordOf(item)
    }
  }

  /** Deletes records below MODSEQ `folded` that were written before `before` (milliseconds since 1970). What is not folded is kept for ever. */
  async forgetFolded(mailbox: MailboxId, folded: number, before: number): Promise<void> {
    const old: Operation[] = []
    for await (const item of queryAll(this.engine.table, journalPk(mailbox), {
      from: modseqText(0),
      to: modseqText(folded - 1),
    })) {
      if (isEnd(item) || recordOf(item).at >= before) break
      old.push({ delete: { pk: item.pk, sk: item.sk } })
    }
    await this.writeInOrder(old)
  }

  /**
   * Ends the log of a mailbox that is no more, and deletes it. A process that remembers the newest record, or one that was newest not long ago, would
   * find the place after it absent and write into an empty log: those places are kept by marks, which expire. Repeatable.
   */
  async destroy(mailbox: MailboxId): Promise<void> {
    this.seen.delete(mailbox)
    const { table, clock } = this.engine
    const now = clock.now()
    const expires = Math.ceil((now + ENDED_MS) / 1000)
    for (let fenced = false; !fenced; ) {
      const [newest] = (await table.query(journalPk(mailbox), { reverse: true, limit: 1 })).items
      if (newest === undefined) return
      fenced = isEnd(newest) || (await this.putEnd(mailbox, Number(newest.sk) + 1, expires))
    }
    const operations: Operation[] = []
    for await (const item of queryAll(table, journalPk(mailbox))) {
      if (isEnd(item)) continue
      const { pk, sk } = item
      const isOld = now - recordOf(item).at > ENDED_MS
      operations.push(isOld ? { delete: { pk, sk } } : { put: { pk, sk, ended: true, expires } })
    }
    await this.writeInOrder(operations)
  }

  /** False where a commit was first. */
  private async putEnd(mailbox: MailboxId, modseq: number, expires: number): Promise<boolean> {
    try {
      const put: Item = { ...journalKey(mailbox, modseq), ended: true, expires }
      await this.engine.table.write([{ put, if: { absent: true } }])
      return true
    } catch (error) {
      if (error instanceof ConflictError) return false
      throw error
    }
  }

  /** The operation that begins a mailbox's log after what is folded already; part of the write that makes the mailbox. */
  firstRecord(mailbox: MailboxId, totals: Totals, folded = 0): Operation {
    const record = { at: this.engine.clock.now(), nonce: this.engine.ids.nonce(), changes: [], totals }
    return { put: itemOf(mailbox, folded + 1, encodeRecord(record)), if: { absent: true } }
  }

  /**
   * Commits what `propose` makes of the newest state, all or nothing; called again with a newer state when somebody else was first, so
   * it must work from what it is given. Undefined from it: nothing is to be done. 'outdated': it knows of a newer state. Returns the
   * newest record: the commit's last, or what was there.
   *
   * Throws MailError 'no-such-mailbox', 'too-large' (beyond what one write takes), 'try-again' (contended for too long); `AlsoFailedError`
   * where a condition of `also` did not hold.
   */
  async commit(mailbox: MailboxId, propose: (newest: JournalRecord) => Proposed<Proposal>): Promise<JournalRecord> {
    const [record] = await this.commitTogether([mailbox], async ([newest]) => {
      const proposal = await propose(newest!)
      if (proposal === undefined || proposal === 'outdated') return proposal
      return { changes: [proposal.changes], also: proposal.also ?? [] }
    })
    return record!
  }

  /** The same for several mailboxes (each named once) in one write; changes, and the records it returns, are in their order. */
  commitTogether(
    mailboxes: readonly MailboxId[],
    propose: (newest: readonly JournalRecord[]) => Proposed<JointProposal>,
  ): Promise<JournalRecord[]> {
    // One commit of this process at a time: they would only fail one another's condition. Taken in one order, so that none wait in a ring.
    return [...mailboxes].sort().reduceRight<() => Promise<JournalRecord[]>>(
      (inner, mailbox) => () => this.queue.run(mailbox, inner),
      () => this.commitInTurn(mailboxes, propose),
    )()
  }

  private async commitInTurn(
    mailboxes: readonly MailboxId[],
    propose: (newest: readonly JournalRecord[]) => Proposed<JointProposal>,
  ): Promise<JournalRecord[]> {
    let newest = await Promise.all(mailboxes.map((mailbox) => this.seenLately(mailbox) ?? this.newest(mailbox)))
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const proposal = await propose(newest)
      if (proposal === undefined) return newest
      if (proposal !== 'outdated') {
        const records = newest.map((record, index) => this.recordsOf(record, proposal.changes[index]!))
        const outcome = await this.write(mailboxes, records, proposal.also)
        if (outcome === 'written') {
          const last = records.map((added, index) => added.at(-1) ?? newest[index]!)
          for (const [index, mailbox] of mailboxes.entries()) this.remember(mailbox, last[index]!)
          return last
        }
        if (attempt > 0 || outcome === 'throttled') await this.backOff(attempt)
      }
      newest = await Promise.all(mailboxes.map((mailbox) => this.newest(mailbox)))
    }
    throw new MailError('try-again', `${mailboxes.join(', ')} stayed contended through ${ATTEMPTS} attempts`)
  }

  private async write(
    mailboxes: readonly MailboxId[],
    records: readonly (readonly JournalRecord[])[],
    also: readonly Operation[],
  ): Promise<'written' | 'throttled' | 'outrun'> {
    const items = records.flatMap((added, index) =>
      added.map((record) => itemOf(mailboxes[index]!, record.modseq, encodeRecord(record))),
    )
    refuseTooLarge(items, also.length)
    const puts: Operation[] = items.map((put) => ({ put, if: { absent: true } }))
    try {
      await this.engine.table.write([...puts, ...also])
      return 'written'
    } catch (error) {
      if (error instanceof DiskError) throw refusedByDisk(error)
      if (error instanceof ThrottledError) return 'throttled'
      if (!(error instanceof ConflictError)) throw error
      // After a lost answer the record in our place may be our own: then the commit has happened, `also` included.
      const [first] = items
      const standing = first && (await this.engine.table.get({ pk: first.pk, sk: first.sk }))
      if (standing !== undefined && !isEnd(standing) && recordOf(standing).nonce === recordOf(first!).nonce)
        return 'written'
      const outrun = error.failed.length === 0 || error.failed.some((index) => index < puts.length)
      if (outrun) return 'outrun'
      throw new AlsoFailedError(error.failed.map((index) => index - puts.length))
    }
  }

  private remember(mailbox: MailboxId, record: JournalRecord): void {
    this.seen.set(mailbox, { record, at: this.engine.clock.now() })
  }

  private seenLately(mailbox: MailboxId): JournalRecord | undefined {
    const seen = this.seen.get(mailbox)
    return seen !== undefined && this.engine.clock.now() - seen.at < SEEN_MS ? seen.record : undefined
  }

  /** Deletions in ascending order: a gap must never open above a record that is still there. */
  private async writeInOrder(operations: readonly Operation[]): Promise<void> {
    for (let at = 0; at < operations.length; at += MAX_WRITE_OPERATIONS) {
      await this.engine.table.write(operations.slice(at, at + MAX_WRITE_OPERATIONS))
    }
  }

  /** One record, or several where the changes do not fit into an item. */
  private recordsOf(newest: JournalRecord, changes: readonly Change[]): JournalRecord[] {
    const at = this.engine.clock.now()
    const nonce = this.engine.ids.nonce()
    const records: JournalRecord[] = []
    let { modseq, totals }: { modseq: number; totals: Totals } = newest
    for (const group of groupForRecords(changes)) {
      for (const change of group) totals = addToTotals(totals, change)
      modseq += 1
      records.push({ modseq: modseq as Modseq, at, nonce, changes: group, totals })
    }
    return records
  }

  private async backOff(attempt: number): Promise<void> {
    const longest = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt, 10))
    if (attempt === ATTEMPTS >> 1) log.warn('journal-contended', { attempt })
    await this.engine.clock.sleep(longest * (0.5 + this.engine.ids.fraction() / 2))
  }
}

/** Conditions of the operations beside the records did not hold; nothing was written. */
export class AlsoFailedError extends Error {
  override readonly name = 'AlsoFailedError'
  /** Indices within `also`. */
  readonly failed: readonly number[]

  constructor(failed: readonly number[]) {
    super(`operations beside the journal record failed: ${failed.join(', ')}`)
    this.failed = failed
  }
}

function refuseTooLarge(items: readonly Item[], others: number): void {
  const sizes = items.map((item) => (item['d'] as Uint8Array).length + RECORD_OVERHEAD_OCTETS)
  const octets = sizes.reduce((sum, size) => sum + size, 0)
  if (
    Math.max(...sizes) > MAX_ITEM_OCTETS ||
    octets > MAX_WRITE_OCTETS ||
    items.length + others > MAX_WRITE_OPERATIONS
  ) {
    throw new MailError('too-large', `a commit of ${octets} octets in ${items.length + others} operations`)
  }
}

/** Fills records up to what an item takes; big changes come alone, long appends in slices. */
function groupForRecords(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = []
  let room = 0
  for (const change of changes.flatMap(sliceChange)) {
    const weight = weightOf(change)
    if (groups.length === 0 || weight > room) {
      groups.push([])
      room = MAX_ITEM_OCTETS - RECORD_OVERHEAD_OCTETS - 1024
    }
    groups.at(-1)!.push(change)
    room -= weight
  }
  return groups
}

function sliceChange(change: Change): Change[] {
  if (change.kind !== 'append' || change.messages.length <= APPENDS_PER_RECORD) return [change]
  const slices: Change[] = []
  for (let at = 0; at < change.messages.length; at += APPENDS_PER_RECORD) {
    slices.push({ kind: 'append', messages: change.messages.slice(at, at + APPENDS_PER_RECORD) })
  }
  return slices
}

/** Octets a change takes in a record, never too few. */
function weightOf(change: Change): number {
  const keywordOctets = (keywords: readonly string[]) =>
    keywords.reduce((sum, keyword) => sum + keyword.length * 3 + 3, 0)
  switch (change.kind) {
    case 'append':
      return change.messages.reduce((sum, { flags }) => sum + 80 + keywordOctets(flags.keywords), 16)
    case 'flags':
      return 64 + change.uids.length * 5 + keywordOctets(change.flags.keywords)
    case 'expunge':
      return 64 + change.uids.length * 5
    case 'recent':
      return 16
  }
}

function itemOf(mailbox: MailboxId, modseq: number, octets: Uint8Array): Item {
  return { ...journalKey(mailbox, modseq), d: octets }
}

/** A mark in the place of a record, of a log that has ended. */
function isEnd(item: Item): boolean {
  return item['ended'] === true
}

function recordOf(item: Item): JournalRecord {
  return decodeRecord(Number(item.sk) as Modseq, item['d'] as Uint8Array)
}
