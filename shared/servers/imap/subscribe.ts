import type { MailboxArgs } from '../../codec/imap/mailbox-commands.ts'
import { parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import { type Done, ok } from './done.ts'
import type { Authenticated } from './session.ts'

/** SUBSCRIBE (RFC 9051 §6.3.7). */
export async function subscribe({ store, account }: Authenticated, { mailbox }: MailboxArgs): Promise<Done> {
  await store.mailboxes.subscribe(account.id, parseMailboxPath(mailbox), true)
  return ok('SUBSCRIBE completed')
}

/** UNSUBSCRIBE (RFC 9051 §6.3.8). */
export async function unsubscribe({ store, account }: Authenticated, { mailbox }: MailboxArgs): Promise<Done> {
  await store.mailboxes.subscribe(account.id, parseMailboxPath(mailbox), false)
  return ok('UNSUBSCRIBE completed')
}
