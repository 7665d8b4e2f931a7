import { setImmediate } from 'node:timers/promises'
import { log } from '../log.ts'
import type { MailboxId } from '../mailbox/ids.ts'
import { WeighedLruMap } from '../mailbox/weighed-lru-map.ts'
import { readWhole, sourceOf } from '../ports/blob-source.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { segmentName } from './keys.ts'
import { type FoldedColumns, FoldedListing, type Listing, ViewListing } from './listing.ts'
import type { MessageTable } from './message-table.ts'
import {
  decodeTextFrame,
  encodeSegment,
  type FramePlace,
  type Section,
  type SectionName,
  type SegmentEntry,
  SegmentHead,
} from './segment-codec.ts'
import type { SegmentRef } from './snapshot-codec.ts'
import type { TextFrame } from './text-frame.ts'
import { decodeView } from './view-codec.ts'
import type { View, Views } from './views.ts'

/** A message by its place in the mailbox. */
export interface Row {
  table: MessageTable
  row: number
}

/** Heads of segments that the process has in memory, of all tenants: names are nobody else's. */
export type SegmentHeads = WeighedLruMap<string, Promise<SegmentHead>>

/** What heads weigh together, in octets: ENVELOPE and BODYSTRUCTURE of about 150,000 messages. */
const HEADS_OCTETS = 96 * 1024 * 1024

/** Packed texts of a search that are read at a time: a read of an object has its price, and its time. */
const READ_OCTETS = 512 * 1024
/** So much is unpacked and looked through in a few milliseconds. */
const TURN_OCTETS = 4 * 1024 * 1024

export function makeSegmentHeads(): SegmentHeads {
  return new WeighedLruMap(HEADS_OCTETS)
}

/** Views and texts of folded messages, a thousand to a read; what is in no segment comes from its own item or object. */
export class Segments {
  private readonly engine: TenantEngine
  private readonly views: Views
  private readonly heads: SegmentHeads

  constructor(engine: TenantEngine, views: Views, heads: SegmentHeads) {
    this.engine = engine
    this.views = views
    this.heads = heads
  }

  /** Repeatable under the same `modseq`. `entries` ascend by UID and are not empty. */
  async put(mailbox: MailboxId, modseq: number, entries: AsyncIterable<SegmentEntry>): Promise<SegmentRef> {
    const { uids, octets, viewsOctets } = await encodeSegment(entries)
    const [firstUid, lastUid] = [uids[0]!, uids.at(-1)!]
    const name = segmentName(mailbox, firstUid, modseq)
    await this.engine.blobs.put(name, sourceOf(octets))
    return { name, firstUid, lastUid, viewsOctets, octets: octets.length }
  }

  /** The views of messages, in their order; `segments` are those of the mailbox, `rows` ascend. Throws MailError 'no-such-message'. */
  async viewsOf(segments: readonly SegmentRef[], rows: readonly Row[]): Promise<View[]> {
    const views = new Array<View | undefined>(rows.length)
    const unfolded: number[] = []
    for (const { head, from, to } of await this.runsOf(segments, rows)) {
      const column = await head?.section('views')
      for (let at = from; at < to; at += 1) {
        const index = head === undefined ? -1 : head.indexOf(uidAt(rows[at]!))
        if (column === undefined || index === -1) unfolded.push(at)
        else views[at] = decodeView(column.octetsAt(index))
      }
    }
    await this.takeUnfolded(rows, unfolded, (at, view) => {
      views[at] = view
    })
    return views as View[]
  }

  /** The same as what lists show of them; of folded ones `sections` alone are unpacked, and nothing else can be asked. */
  async listingsOf(
    segments: readonly SegmentRef[],
    rows: readonly Row[],
    sections: readonly SectionName[],
  ): Promise<Listing[]> {
    const listings = new Array<Listing | undefined>(rows.length)
    const unfolded: number[] = []
    for (const { head, from, to } of await this.runsOf(segments, rows)) {
      const columns = head && (await unpacked(head, sections))
      for (let at = from; at < to; at += 1) {
        const index = head === undefined ? -1 : head.indexOf(uidAt(rows[at]!))
        if (columns === undefined || index === -1) unfolded.push(at)
        else listings[at] = new FoldedListing(columns, index)
      }
    }
    await this.takeUnfolded(rows, unfolded, (at, view) => {
      listings[at] = new ViewListing(view)
    })
    return listings as Listing[]
  }

  /**
   * The texts of a segment's messages by UID, in small groups, so that a search of many segments stays small in memory: each group until the next is asked for. They are
   * read some at a time, the next ones while these are looked at, and others have their turns in between.
   */
  async *framesOf(segment: SegmentRef): AsyncGenerator<{ uids: readonly number[]; frame: TextFrame }> {
    const { frames } = await this.head(segment)
    const runs = readTogether(frames)
    const read = async (run: readonly FramePlace[]) => {
      const range = { start: run[0]!.start, end: run.at(-1)!.end }
      const octets = await readWhole(this.engine.blobs, segment.name, range)
      if (octets === undefined) throw new Error(`segment ${segment.name} is missing`)
      return octets
    }
    let unpackedOctets = 0
    let reading: Promise<Uint8Array> | undefined
    for (const [index, run] of runs.entries()) {
      const octets = await (reading ?? read(run))
      const next = runs[index + 1]
      reading = next && read(next)
      reading?.catch(() => undefined) // met when its turn comes
      for (const { uids, start, end } of run) {
        const frame = decodeTextFrame(octets.subarray(start - run[0]!.start, end - run[0]!.start))
        yield { uids, frame }
        frame.release()
        unpackedOctets += frame.octets
        if (unpackedOctets < TURN_OCTETS) continue
        unpackedOctets = 0
        await setImmediate()
      }
    }
  }

  /** Which rows are in which segment; without a head those that are in none, or in one that cannot be read. */
  private async runsOf(
    segments: readonly SegmentRef[],
    rows: readonly Row[],
  ): Promise<{ head: SegmentHead | undefined; from: number; to: number }[]> {
    const runs: { head: SegmentHead | undefined; from: number; to: number }[] = []
    let segment = 0
    for (let from = 0; from < rows.length; ) {
      const uid = uidAt(rows[from]!)
      while (segment < segments.length && segments[segment]!.lastUid < uid) segment += 1
      const ref = segments[segment]
      const inside = ref !== undefined && ref.firstUid <= uid
      const before = inside ? ref.lastUid + 1 : (ref?.firstUid ?? Number.POSITIVE_INFINITY)
      let to = from + 1
      while (to < rows.length && uidAt(rows[to]!) < before) to += 1
      runs.push({ head: inside ? await this.readableHead(ref) : undefined, from, to })
      from = to
    }
    return runs
  }

  private async takeUnfolded(
    rows: readonly Row[],
    unfolded: readonly number[],
    take: (at: number, view: View) => void,
  ): Promise<void> {
    if (unfolded.length === 0) return
    const views = await this.views.getMany(unfolded.map((at) => rows[at]!.table.contentAt(rows[at]!.row)))
    for (const [index, at] of unfolded.entries()) take(at, views[index]!)
  }

  /** What a segment says the items say as well, one by one: a segment that is gone or of another version loses nothing. */
  private async readableHead(segment: SegmentRef): Promise<SegmentHead | undefined> {
    try {
      return await this.head(segment)
    } catch (error) {
      log.warn('segment-not-read', { segment: segment.name, error: error as Error })
      return undefined
    }
  }

  private head(segment: SegmentRef): Promise<SegmentHead> {
    const { name, viewsOctets } = segment
    const known = this.heads.get(name)
    if (known !== undefined) return known
    const head: Promise<SegmentHead> = this.readHead(segment, (octets) => this.heads.addWeight(name, head, octets))
    this.heads.set(name, head, viewsOctets)
    head.catch(() => this.heads.delete(name)) // the reader gets the error; the next one tries again
    return head
  }

  private async readHead({ name, viewsOctets }: SegmentRef, grew: (octets: number) => void): Promise<SegmentHead> {
    const octets = await readWhole(this.engine.blobs, name, { start: 0, end: viewsOctets })
    if (octets === undefined) throw new Error(`segment ${name} is missing`)
    return new SegmentHead(octets, grew)
  }
}

/** Frames next to one another, up to `READ_OCTETS` where one is not more by itself. */
function readTogether(frames: readonly FramePlace[]): FramePlace[][] {
  const runs: FramePlace[][] = []
  for (const frame of frames) {
    const run = runs.at(-1)
    if (run !== undefined && frame.end - run[0]!.start <= READ_OCTETS) run.push(frame)
    else runs.push([frame])
  }
  return runs
}

function uidAt({ table, row }: Row): number {
  return table.uidAt(row)
}

async function unpacked(head: SegmentHead, sections: readonly SectionName[]): Promise<FoldedColumns> {
  const columns: FoldedColumns = { fieldNames: head.fieldNames }
  const take = async <Name extends SectionName>(name: Name) => {
    const column: Partial<Section> = { [name]: await head.section(name) }
    Object.assign(columns, column)
  }
  await Promise.all(sections.map(take))
  return columns
}
