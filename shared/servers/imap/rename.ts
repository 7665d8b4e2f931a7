import type { RenameArgs } from '../../codec/imap/mailbox-commands.ts'
import { parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import { type Done, ok } from './done.ts'
import type { Authenticated } from './session.ts'

/** RENAME (RFC 9051 §6.3.6). */
export async function rename({ store, account }: Authenticated, { from, to }: RenameArgs): Promise<Done> {
  await store.mailboxes.rename(account.id, parseMailboxPath(from), parseMailboxPath(to))
  return ok('RENAME completed')
}
