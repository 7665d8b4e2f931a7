import type { RenameArgs } from '../../codec/imap/mailbox-commands.ts'
import { renameMailbox } from '../../flows/mailboxes/rename-mailbox.ts'
import { formatMailboxPath, isInbox, parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import { type Done, ok } from './done.ts'
import { tellOldName } from './old-name.ts'
import type { Authenticated } from './session.ts'

/** RENAME (RFC 9051 §6.3.6). */
export async function rename(session: Authenticated, { from, to }: RenameArgs): Promise<Done> {
  const [before, after] = [parseMailboxPath(from), parseMailboxPath(to)]
  const formerInbox = await renameMailbox(session.store, session.account.id, before, after)
  if (formerInbox !== undefined && session.view?.replica.mailbox === formerInbox) {
    session.deselect()
    session.respond('OK', 'INBOX is another mailbox now', ['CLOSED'])
  }
  // INBOX stays where it is (§6.3.6).
  if (!isInbox(before)) tellOldName(session, after, formatMailboxPath(before))
  return ok('RENAME completed')
}
