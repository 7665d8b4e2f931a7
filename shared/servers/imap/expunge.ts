import type { ExpungeArgs } from '../../codec/imap/copy.ts'
import { expungeMessages } from '../../flows/mailboxes/expunge-messages.ts'
import { type Done, okExpunged } from './done.ts'
import { resolveUids } from './messages.ts'
import type { Selected } from './session.ts'

/** EXPUNGE (RFC 9051 §6.4.3); the session tells what went, and what others expunged meanwhile. */
export async function expunge({ store, view }: Selected): Promise<Done> {
  const gone = await expungeMessages(store, view.replica)
  return okExpunged('EXPUNGE completed', gone.length > 0)
}

/** UID EXPUNGE (RFC 4315 §2.1). */
export async function uidExpunge(session: Selected, { messages }: ExpungeArgs): Promise<Done> {
  const gone = await expungeMessages(session.store, session.view.replica, resolveUids(session, messages, true))
  return okExpunged('UID EXPUNGE completed', gone.length > 0)
}
