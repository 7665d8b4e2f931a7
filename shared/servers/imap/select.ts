import { formatCount, formatFlagsResponse } from '../../codec/imap/format.ts'
import { formatList } from '../../codec/imap/list.ts'
import type { QresyncArgs, SelectArgs } from '../../codec/imap/select.ts'
import { contains, intersect, numbersOf, resolveSequenceSet } from '../../codec/imap/sequence-set.ts'
import { claimRecent } from '../../flows/mailboxes/claim-recent.ts'
import { log } from '../../log.ts'
import { MailError } from '../../mailbox/errors.ts'
import { SYSTEM_FLAGS } from '../../mailbox/flags.ts'
import { formatMailboxPath, type MailboxPath, parseMailboxPath, SEPARATOR } from '../../mailbox/mailbox-path.ts'
import type { Replica } from '../../store/replica.ts'
import { bad, type Done, ok } from './done.ts'
import { useCondstore } from './enable.ts'
import { objectIdOf } from './object-id.ts'
import { reportFlags } from './report-changes.ts'
import { SequenceView, type UidSpan } from './sequence-view.ts'
import type { Authenticated, Selected } from './session.ts'
import { tellVanished } from './vanished.ts'

/** SELECT (RFC 9051 §6.3.2). */
export function select(session: Authenticated, args: SelectArgs): Promise<Done> {
  return open(session, args, false)
}

/** EXAMINE (RFC 9051 §6.3.3). */
export function examine(session: Authenticated, args: SelectArgs): Promise<Done> {
  return open(session, args, true)
}

async function open(session: Authenticated, args: SelectArgs, readOnly: boolean): Promise<Done> {
  // What was selected is closed whether or not this succeeds (RFC 9051 §6.3.2).
  if (session.view !== undefined) {
    session.deselect()
    session.respond('OK', 'The mailbox before is closed', ['CLOSED'])
  }
  if (args.qresync !== undefined && !session.enabled.qresync) return bad('QRESYNC must be enabled first')
  if (args.condstore) useCondstore(session)
  const { store } = session
  const path = parseMailboxPath(args.mailbox)
  const mailbox = await store.mailboxes.mailbox(session.account.id, path)
  const held = await store.replicas.hold(mailbox)
  const { replica } = held
  let view: SequenceView
  try {
    view = new SequenceView(held, readOnly, await recentOf(session, replica, readOnly))
  } catch (error) {
    held.release()
    throw error
  }
  session.view = view
  describe(session, view, path, args.mailbox)
  session.respond('OK', 'The id of the mailbox', ['MAILBOXID', { list: [objectIdOf(mailbox)] }])
  if (args.qresync !== undefined) await resynchronise(session as Selected, args.qresync)
  return readOnly ? ok('EXAMINE completed', ['READ-ONLY']) : ok('SELECT completed', ['READ-WRITE'])
}

/** UIDs \Recent to this session. IMAP4rev2 has no \Recent, so they are left to those who ask. */
async function recentOf({ store, enabled }: Authenticated, replica: Replica, readOnly: boolean): Promise<UidSpan> {
  const { recentFrom, uidNext } = replica.totals
  if (enabled.rev2) return { from: uidNext, before: uidNext }
  const unclaimed = { from: recentFrom, before: uidNext }
  if (readOnly) return unclaimed
  try {
    return await claimRecent(store, replica)
  } catch (error) {
    if (!(error instanceof MailError && (error.kind === 'no-room' || error.kind === 'try-again'))) throw error
    // Mail that nobody can claim can still be read (RFC 3501 §2.3.2: who cannot tell shows it \Recent).
    log.warn('recent-not-claimed', { mailbox: replica.mailbox, error })
    return unclaimed
  }
}

/** What changed while the client was away (RFC 7162 §3.2.5); nothing of another UIDVALIDITY means anything. */
async function resynchronise(session: Selected, { uidvalidity, modseq, knownUids, match }: QresyncArgs): Promise<void> {
  const { view } = session
  const { replica } = view
  if (uidvalidity !== replica.uidvalidity) return
  const known = resolveSequenceSet(knownUids ?? [[1, replica.totals.uidNext - 1]], replica.totals.uidNext - 1)
  const from = match === undefined ? 1 : lastMatch(view, match) + 1
  await tellVanished(session, intersect(known, [[from, replica.totals.uidNext]]), modseq)
  const changed: number[] = []
  for (let number = 1; number <= view.count; number += 1) {
    const { table, row } = view.at(number)
    if (table.modseqAt(row) > modseq && contains(known, view.uidOf(number))) changed.push(number)
  }
  await reportFlags(session, view, changed, true)
}

/**
 * The highest UID of those pairs of number and UID that are still right: the client knows what went before it (RFC 7162 §3.2.5.2). 0: of none.
 * Both sets ascend.
 */
function lastMatch(view: SequenceView, { numbers, uids }: NonNullable<QresyncArgs['match']>): number {
  let last = 0
  const uidsLeft = numbersOf(uids)
  for (const number of numbersOf(numbers)) {
    const { value: uid, done } = uidsLeft.next()
    if (number > view.count || done) break
    if (view.uidOf(number) === uid) last = uid
  }
  return last
}

/** Everything here is of one moment: nothing is waited for. `asked` is the name as the client has it. */
function describe(session: Authenticated, view: SequenceView, path: MailboxPath, asked: string): void {
  const { replica, count, readOnly } = view
  const keywords = replica.messages.keywordsInUse()
  session.keywordsTold = keywords.length
  const flags = [...Object.keys(SYSTEM_FLAGS), ...keywords]
  session.out.add(formatFlagsResponse(flags))
  session.out.add(formatCount(count, 'EXISTS'))
  const { rev2, utf8 } = session.enabled
  if (!rev2) session.out.add(formatCount(view.recentCount, 'RECENT'))
  const unseen = rev2 ? undefined : firstUnseen(view)
  if (unseen !== undefined) session.respond('OK', 'The first message not seen', ['UNSEEN', unseen])
  session.respond('OK', 'Flags to be kept', ['PERMANENTFLAGS', { list: readOnly ? [] : [...flags, '\\*'] }])
  session.respond('OK', 'UIDs are valid', ['UIDVALIDITY', replica.uidvalidity])
  session.respond('OK', 'The next UID', ['UIDNEXT', replica.totals.uidNext])
  session.respond('OK', 'The newest change', ['HIGHESTMODSEQ', replica.modseq])
  if (!rev2) return
  const name = formatMailboxPath(path)
  const renamed = name === asked ? {} : { oldName: asked } // RFC 9051 §6.3.2
  session.out.add(formatList('LIST', { attributes: [], separator: SEPARATOR, name, ...renamed }, utf8))
}

function firstUnseen({ replica: { messages, totals }, count }: SequenceView): number | undefined {
  if (totals.unseen === 0) return undefined
  for (let row = 0; row < count; row += 1) if (!messages.isSeen(row)) return row + 1
  return undefined
}
