import type { MailboxId } from '../../mailbox/ids.ts'

/** MAILBOXID (RFC 8474 §4): the mailbox's id without its account. */
export function objectIdOf(mailbox: MailboxId): string {
  return mailbox.slice(mailbox.lastIndexOf('/') + 1)
}
