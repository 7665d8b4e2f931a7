import type { MailboxArgs } from '../../codec/imap/mailbox-commands.ts'
import { deleteMailbox as unlinkMailbox } from '../../flows/mailboxes/delete-mailbox.ts'
import { parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import { type Done, ok } from './done.ts'
import type { Authenticated } from './session.ts'

/** DELETE (RFC 9051 §6.3.5). Of the selected mailbox, too: then none is selected any more. */
export async function deleteMailbox(session: Authenticated, { mailbox }: MailboxArgs): Promise<Done> {
  const { store, account, view } = session
  const path = parseMailboxPath(mailbox)
  const selected =
    view !== undefined && (await store.mailboxes.find(account.id, path))?.mailbox === view.replica.mailbox
  await unlinkMailbox(store, account.id, path)
  if (selected) {
    session.deselect()
    session.respond('OK', 'The mailbox is deleted', ['CLOSED'])
  }
  return ok('DELETE completed')
}
