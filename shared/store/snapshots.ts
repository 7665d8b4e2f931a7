import { MailError } from '../mailbox/errors.ts'
import type { MailboxId } from '../mailbox/ids.ts'
import { readWhole, sourceOf } from '../ports/blob-source.ts'
import { listAll } from '../ports/blobs.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { ConflictError } from '../ports/table.ts'
import { EMPTY_TOTALS } from './journal-record.ts'
import { KeyedQueue } from './keyed-queue.ts'
import { indexPrefix, isSnapshotName, mailboxKey, snapshotName } from './keys.ts'
import { MessageTable } from './message-table.ts'
import type { ReplicaStart } from './replica.ts'
import { decodeSnapshot, encodeSnapshot, type SegmentRef, type Snapshot } from './snapshot-codec.ts'

const KEPT_MS = 24 * 60 * 60 * 1000

/** The folded form of mailboxes; the mailbox item names the newest. */
export class Snapshots {
  private readonly engine: TenantEngine
  private readonly making = new KeyedQueue()

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** Snapshots of one mailbox are made one after the other. */
  inTurn(mailbox: MailboxId, make: () => Promise<void>): Promise<void> {
    return this.making.run(mailbox, make)
  }

  /** What says which mailbox it is. Throws MailError 'no-such-mailbox'. */
  async identity(mailbox: MailboxId): Promise<{ uidvalidity: number; snapshot: number }> {
    const item = await this.engine.table.get(mailboxKey(mailbox))
    if (item === undefined) throw new MailError('no-such-mailbox', `${mailbox} is gone`)
    return { uidvalidity: item['uidvalidity'] as number, snapshot: item['snapshot'] as number }
  }

  /** What the journal's tail is to be applied to: the newest snapshot, or an empty mailbox. Throws MailError 'no-such-mailbox'. */
  async newest(mailbox: MailboxId): Promise<ReplicaStart> {
    const { uidvalidity, snapshot: modseq } = await this.identity(mailbox)
    if (modseq === 0) return { uidvalidity, table: new MessageTable(), modseq: 0, totals: EMPTY_TOTALS, segments: [] }
    const snapshot = await this.read(mailbox, modseq)
    const { totals, segments } = snapshot
    return { uidvalidity, table: this.tableOf(snapshot), modseq, totals, segments }
  }

  /** Whether the snapshot that the mailbox names is there, or it names none. Throws MailError 'no-such-mailbox'. */
  async newestIsThere(mailbox: MailboxId): Promise<boolean> {
    const { snapshot } = await this.identity(mailbox)
    return snapshot === 0 || (await this.engine.blobs.head(snapshotName(mailbox, snapshot))) !== undefined
  }

  tableOf({ columns, keywordSets }: Snapshot): MessageTable {
    return new MessageTable(columns, keywordSets)
  }

  async read(mailbox: MailboxId, modseq: number): Promise<Snapshot> {
    const octets = await readWhole(this.engine.blobs, snapshotName(mailbox, modseq))
    if (octets === undefined) throw new Error(`snapshot ${modseq} of ${mailbox} is missing`)
    return decodeSnapshot(octets)
  }

  /** Puts the snapshot and makes it the newest, unless a newer one is there: then false, and the older stays harmless. */
  async publish(mailbox: MailboxId, snapshot: Snapshot, replaces: number): Promise<boolean> {
    const name = snapshotName(mailbox, snapshot.modseq)
    // Another fold of the same records may have put its own already, with other compression or segments: either will do.
    if ((await this.engine.blobs.head(name)) === undefined) {
      await this.engine.blobs.put(name, sourceOf(await encodeSnapshot(snapshot)))
    }
    try {
      const newest = {
        update: mailboxKey(mailbox),
        set: { snapshot: snapshot.modseq },
        if: { equals: { snapshot: replaces } },
      }
      await this.engine.table.write([newest])
      return true
    } catch (error) {
      if (error instanceof ConflictError) return false
      throw error
    }
  }

  /** Deletes snapshots before MODSEQ `newest` and segments that it no longer names, but for what is of the last day: somebody may be reading it. */
  async forgetOlder(mailbox: MailboxId, newest: number, segments: readonly SegmentRef[]): Promise<void> {
    const before = this.engine.clock.now() - KEPT_MS
    const named = new Set(segments.map(({ name }) => name))
    const newestName = snapshotName(mailbox, newest)
    for await (const { name, writtenAt } of listAll(this.engine.blobs, indexPrefix(mailbox))) {
      const needed = named.has(name) || (isSnapshotName(name) && name >= newestName)
      if (!needed && writtenAt < before) await this.engine.blobs.delete(name)
    }
  }

  /** Deletes everything folded, of a mailbox that is no more. */
  async destroy(mailbox: MailboxId): Promise<void> {
    for await (const { name } of listAll(this.engine.blobs, indexPrefix(mailbox))) await this.engine.blobs.delete(name)
  }
}
