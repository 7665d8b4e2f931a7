import type { RenameArgs } from '../../codec/imap/mailbox-commands.ts'
import { formatMailboxPath, isInbox, parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import { type Done, ok } from './done.ts'
import { tellOldName } from './old-name.ts'
import type { Authenticated } from './session.ts'

/** RENAME (RFC 9051 §6.3.6). */
export async function rename(session: Authenticated, { from, to }: RenameArgs): Promise<Done> {
  const [before, after] = [parseMailboxPath(from), parseMailboxPath(to)]
  await session.store.mailboxes.rename(session.account.id, before, after)
  // INBOX stays where it is (§6.3.6).
  if (!isInbox(before)) tellOldName(session, after, formatMailboxPath(before))
  return ok('RENAME completed')
}
