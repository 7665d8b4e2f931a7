import type { MailboxArgs } from '../../codec/imap/mailbox-commands.ts'
import { deleteMailbox as unlinkMailbox } from '../../flows/delete-mailbox.ts'
import { parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import { type Done, ok } from './done.ts'
import type { Authenticated } from './session.ts'

/** DELETE (RFC 9051 §6.3.5). */
export async function deleteMailbox({ store, account }: Authenticated, { mailbox }: MailboxArgs): Promise<Done> {
  await unlinkMailbox(store, account.id, parseMailboxPath(mailbox))
  return ok('DELETE completed')
}
