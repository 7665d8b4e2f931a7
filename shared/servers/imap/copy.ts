import type { CopyArgs } from '../../codec/imap/copy.ts'
import type { ResponseCode } from '../../codec/imap/format.ts'
import { type CopiedMessages, copyMessages, moveMessages } from '../../flows/mailboxes/copy-messages.ts'
import { MailError } from '../../mailbox/errors.ts'
import { parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import type { ByUid } from './command-table.ts'
import { type Done, ok, okExpunged } from './done.ts'
import { resolveUids } from './messages.ts'
import type { Selected } from './session.ts'

/** COPY and UID COPY (RFC 9051 §6.4.7): every message or none; COPYUID spares the client a search for its copies (§7.1). */
export async function copy(session: Selected, args: CopyArgs & ByUid): Promise<Done> {
  const copied = await transfer(session, args, copyMessages)
  return ok('COPY completed', copyUid(copied))
}

/** MOVE and UID MOVE (RFC 6851): COPYUID comes before the messages go, so that the client can tell which went where (§4.3). */
export async function move(session: Selected, args: CopyArgs & ByUid): Promise<Done> {
  const moved = await transfer(session, args, moveMessages)
  if (moved.from.length > 0) session.respond('OK', 'Moved', copyUid(moved))
  return okExpunged('MOVE completed', moved.from.length > 0)
}

async function transfer(
  session: Selected,
  { messages, mailbox, uid }: CopyArgs & ByUid,
  flow: typeof copyMessages,
): Promise<CopiedMessages> {
  const { store, view } = session
  const uids = resolveUids(session, messages, uid === true)
  // Numbers name messages that the client believes in: without all of them it is none (RFC 2180 §4.4.1). UIDs that are gone are no error (§6.4.9).
  if (uid !== true && !view.isWhole && !view.replica.messages.hasAll(uids)) {
    throw new MailError('no-such-message', 'some that are to be copied')
  }
  const target = await store.mailboxes.mailbox(session.account.id, parseMailboxPath(mailbox))
  const copied = await flow(store, view.replica, uids, target)
  if (target === view.replica.mailbox) await view.replica.refresh()
  return copied
}

/** UIDs that are gone are no error (§6.4.9), and a UID set cannot be empty (§9): then there is no COPYUID to send. */
function copyUid({ uidvalidity, from, to }: CopiedMessages): ResponseCode {
  return from.length === 0 ? [] : ['COPYUID', uidvalidity, from, to]
}
