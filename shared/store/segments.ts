import type { MailboxId } from '../mailbox/ids.ts'
import { LruMap } from '../mailbox/lru-map.ts'
import { readWhole, sourceOf } from '../ports/blob-source.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { segmentName } from './keys.ts'
import type { MessageTable } from './message-table.ts'
import {
  decodeSegmentHead,
  decodeTextFrame,
  encodeSegment,
  type MessageText,
  type SegmentEntry,
  type SegmentHead,
} from './segment-codec.ts'
import type { SegmentRef } from './snapshot-codec.ts'
import { decodeView } from './view-codec.ts'
import type { View, Views } from './views.ts'

/** Heads kept in memory: about 1 MB each. */
const CACHED_HEADS = 16

/** Views and texts of folded messages, a thousand to a read; what is in no segment comes from its own item or object. */
export class Segments {
  private readonly engine: TenantEngine
  private readonly views: Views
  private readonly heads = new LruMap<string, Promise<SegmentHead>>(CACHED_HEADS)

  constructor(engine: TenantEngine, views: Views) {
    this.engine = engine
    this.views = views
  }

  /** Repeatable under the same `modseq`. `entries` ascend by UID and are not empty. */
  async put(mailbox: MailboxId, modseq: number, entries: readonly SegmentEntry[]): Promise<SegmentRef> {
    const [firstUid, lastUid] = [entries[0]!.uid, entries.at(-1)!.uid]
    const name = segmentName(mailbox, firstUid, modseq)
    const { octets, viewsOctets } = await encodeSegment(entries)
    await this.engine.blobs.put(name, sourceOf(octets))
    return { name, firstUid, lastUid, viewsOctets, octets: octets.length }
  }

  /** The views of messages, in their order; `segments` are those of the mailbox, `rows` ascend. Throws MailError 'no-such-message'. */
  async viewsOf(
    segments: readonly SegmentRef[],
    rows: readonly { table: MessageTable; row: number }[],
  ): Promise<View[]> {
    const views = new Array<View | undefined>(rows.length)
    const unfolded: number[] = []
    let at = 0
    let head: SegmentHead | undefined
    for (const [index, { table, row }] of rows.entries()) {
      const uid = table.uidAt(row)
      while (at < segments.length && segments[at]!.lastUid < uid) {
        at += 1
        head = undefined
      }
      const segment = segments[at]
      if (segment !== undefined && segment.firstUid <= uid) head ??= await this.head(segment)
      const octets = head?.views.get(uid)
      if (octets === undefined) unfolded.push(index)
      else views[index] = decodeView(octets)
    }
    const others = await this.views.getMany(unfolded.map((index) => rows[index]!.table.contentAt(rows[index]!.row)))
    for (const [other, index] of unfolded.entries()) views[index] = others[other]!
    return views as View[]
  }

  /** The texts of a segment's messages by UID, in small groups, so that a search of many segments stays small in memory. */
  async *textsOf(segment: SegmentRef): AsyncGenerator<{ uids: readonly number[]; texts: readonly MessageText[] }> {
    const { frames } = await this.head(segment)
    for (const { uids, start, end } of frames) {
      const octets = await readWhole(this.engine.blobs, segment.name, { start, end })
      if (octets === undefined) throw new Error(`segment ${segment.name} is missing`)
      yield { uids, texts: await decodeTextFrame(octets) }
    }
  }

  private head(segment: SegmentRef): Promise<SegmentHead> {
    const known = this.heads.get(segment.name)
    if (known !== undefined) return known
    const head = this.readHead(segment)
    this.heads.set(segment.name, head)
    head.catch(() => this.heads.delete(segment.name)) // the reader gets the error; the next one tries again
    return head
  }

  private async readHead({ name, viewsOctets }: SegmentRef): Promise<SegmentHead> {
    const octets = await readWhole(this.engine.blobs, name, { start: 0, end: viewsOctets })
    if (octets === undefined) throw new Error(`segment ${name} is missing`)
    return decodeSegmentHead(octets)
  }
}
