import { formatVanished } from '../../codec/imap/fetch-response.ts'
import {
  formatRanges,
  intersect,
  type NumberRange,
  type NumberRanges,
  rangesOf,
  subtract,
} from '../../codec/imap/sequence-set.ts'
import { expungedBy, outlineOf, type RecordOutline } from '../../store/record-outline.ts'
import type { Selected } from './session.ts'

/** Commits read back from the journal for a client that was away; one that was away longer is told a superset. */
const RECORDS_READ = 5000

/**
 * VANISHED (EARLIER): which of `uids` were expunged after `modseq` (RFC 7162 §3.2.6), also those that came after it: the client may have seen
 * them and have kept an older MODSEQ. Where that is no longer known, all that are not
 * there, which the RFC allows.
 */
export async function tellVanished(session: Selected, uids: NumberRanges, modseq: number): Promise<void> {
  const expunged = await expungedSince(session, modseq)
  const vanished = expunged === undefined ? subtract(uids, present(session)) : intersect(uids, rangesOf(expunged))
  if (vanished.length > 0) session.out.add(formatVanished(formatRanges(vanished), true))
}

async function expungedSince({ store, view: { replica } }: Selected, modseq: number): Promise<number[] | undefined> {
  const remembered = replica.outlinesSince(modseq)
  if (remembered !== undefined) return expungedBy(remembered)
  if (replica.modseq - modseq > RECORDS_READ) return undefined
  const outlines: RecordOutline[] = []
  for await (const record of store.journal.since(replica.mailbox, modseq)) {
    if (record.modseq > replica.modseq) break
    outlines.push(outlineOf(record))
  }
  // Folded records are deleted in the end; the rest of them would tell only half.
  return outlines[0]?.modseq === modseq + 1 ? expungedBy(outlines) : undefined
}

function present({ view }: Selected): NumberRanges {
  const ranges: NumberRange[] = []
  let first = 0
  let last = -1
  for (let number = 1; number <= view.count; number += 1) {
    const uid = view.uidOf(number)
    if (uid === last + 1) {
      last = uid
      continue
    }
    if (last > 0) ranges.push([first, last])
    first = uid
    last = uid
  }
  if (last > 0) ranges.push([first, last])
  return ranges
}
