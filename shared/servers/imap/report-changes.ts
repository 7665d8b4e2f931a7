import { formatVanished } from '../../codec/imap/fetch-response.ts'
import { formatCount, formatFlagsResponse } from '../../codec/imap/format.ts'
import { formatRanges, rangesOf } from '../../codec/imap/sequence-set.ts'
import { SYSTEM_FLAGS } from '../../mailbox/flags.ts'
import { flagsText } from './flags-text.ts'
import { Pacer } from './pacer.ts'
import type { SequenceView } from './sequence-view.ts'
import type { Session } from './session.ts'
import { takeRecent } from './take-recent.ts'

export interface ReportOptions {
  /** UIDs, ascending, whose flags are told even if they did not change: a STORE's own. Numbers may change with what is told before. */
  also?: readonly number[]
  /** With UIDs, as after a UID command (RFC 9051 §6.4.9). */
  uid?: boolean
}

/** Untagged responses for all that happened to the mailbox and the client has not been told (RFC 9051 §5.2, §7). */
export async function reportChanges(
  session: Session,
  view: SequenceView,
  holdExpunges = false,
  { also = [], uid = false }: ReportOptions = {},
): Promise<void> {
  if (view.replica.isGone) {
    // Nothing it could be told would be of use; a client that reconnects finds that the name is gone, or INBOX another (RFC 2180 §3.2).
    if (!session.ended) session.respond('BYE', 'The mailbox is not there any more')
    session.ended = true
    return
  }
  if (view.isCurrent && also.length === 0) return
  const { out } = session
  const { expunged, exists, flagged } = view.takeUntold(holdExpunges)
  if (session.enabled.qresync && expunged.length > 0) {
    out.add(formatVanished(formatRanges(rangesOf(expunged.map((message) => message.uid))), false))
  } else {
    for (const { number } of expunged) {
      out.add(formatCount(number, 'EXPUNGE'))
      if (out.full) await out.flush()
    }
  }
  if (exists !== undefined) {
    out.add(formatCount(exists, 'EXISTS'))
    if (!session.enabled.rev2) {
      await takeRecent(session, view)
      out.add(formatCount(view.recentCount, 'RECENT'))
    }
  }
  const numbers = also.length === 0 ? flagged : merged(flagged, view.numbersOf(also))
  await reportFlags(session, view, numbers, uid || namesUids(session))
}

/**
 * Whether FETCH responses that the client has not asked for have UIDs: to a client of IMAP4rev2 (RFC 9051 §6.3.13), and of CONDSTORE as
 * soon as it has shown that it is one, with QRESYNC or without (RFC 7162 §3.2.4).
 */
export function namesUids({ enabled }: Session): boolean {
  return enabled.condstore || enabled.rev2
}

/** FETCH FLAGS of messages that are there, with MODSEQ where CONDSTORE is on. */
export async function reportFlags(
  session: Session,
  view: SequenceView,
  numbers: readonly number[],
  uid: boolean,
): Promise<void> {
  if (numbers.length === 0) return
  const { out } = session
  tellKeywords(session, view)
  const pacer = new Pacer()
  const { condstore } = session.enabled
  for (const number of numbers) {
    const { table, row, gone } = view.at(number)
    if (gone) continue
    const uidItem = uid ? `UID ${table.uidAt(row)} ` : ''
    const modseqItem = condstore ? ` MODSEQ (${table.modseqAt(row)})` : ''
    out.add(`* ${number} FETCH (${uidItem}FLAGS ${flagsText(view, table, row)}${modseqItem})\r\n`)
    if (out.full) await out.flush()
    if (pacer.due) await pacer.rest()
  }
}

/** FLAGS again where keywords came into use that the client has not heard of (RFC 9051 §7.3.5). */
export function tellKeywords(session: Session, view: SequenceView): void {
  const keywords = view.replica.messages.keywordsInUse()
  if (keywords.length === session.keywordsTold) return // fewer, where those that nothing has any more were forgotten
  session.keywordsTold = keywords.length
  session.out.add(formatFlagsResponse([...Object.keys(SYSTEM_FLAGS), ...keywords]))
}

/** Both ascend. */
function merged(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b
  return [...new Set([...a, ...b])].sort((one, other) => one - other)
}
