import type { StoreArgs } from '../../codec/imap/store.ts'
import { storeFlags } from '../../flows/mailboxes/store-flags.ts'
import { flagsOf } from '../../mailbox/flags.ts'
import type { ByUid } from './command-table.ts'
import { type Done, ok } from './done.ts'
import { useCondstore } from './enable.ts'
import { resolveMessages } from './messages.ts'
import { reportChanges, tellKeywords } from './report-changes.ts'
import type { Selected } from './session.ts'

/** STORE and UID STORE (RFC 9051 §6.4.6), with UNCHANGEDSINCE (RFC 7162 §3.1.3): one commit for any number of messages. */
export async function store(session: Selected, args: StoreArgs & ByUid): Promise<Done> {
  const { view } = session
  const uid = args.uid === true
  const numbers = resolveMessages(session, args.messages, uid)
  if (args.unchangedSince !== undefined) useCondstore(session)
  const uids = numbers.map((number) => view.uidOf(number))
  const condition = args.unchangedSince === undefined ? {} : { unchangedSince: args.unchangedSince }
  const stored = await storeFlags(session.store, view.replica, uids, args.change, flagsOf(args.flags), condition)
  const known = stored.changed && view.knowsFlagsOf(stored.modseq)
  // A silent STORE is still told its MODSEQ, and a conditional one why it failed (RFC 7162 §3.1.3), with what others did to the same messages.
  const also = args.silent && args.unchangedSince === undefined && !(known && session.enabled.condstore) ? [] : uids
  if (args.flags.length > 0) tellKeywords(session, view)
  await reportChanges(session, view, !uid, { also, uid })

  const { messages } = view.replica
  // Numbers name messages that the client believes in; UIDs that are gone are no error (RFC 9051 §6.4.9).
  const someGone = !uid && !view.isWhole && !messages.hasAll(uids)
  if (stored.modified.length > 0) {
    const modified = uid ? stored.modified : stored.modified.map((each) => view.numberOf(each)!)
    return ok('Conditional STORE left some as they are', ['MODIFIED', modified])
  }
  return someGone ? ok('STORE completed; some messages are gone', ['EXPUNGEISSUED']) : ok('STORE completed')
}
