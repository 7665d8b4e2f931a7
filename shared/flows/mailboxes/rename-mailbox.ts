import type { AccountId, MailboxId } from '../../mailbox/ids.ts'
import type { MailboxPath } from '../../mailbox/mailbox-path.ts'
import type { TenantStore } from '../../store/store.ts'

/**
 * RENAME (RFC 9051 §6.3.6). Whoever has selected what was INBOX is told that it is over, as it would wait there for mail that comes to another
 * mailbox now; says which one that is. Throws as `Mailboxes.rename`.
 */
export async function renameMailbox(
  store: TenantStore,
  account: AccountId,
  from: MailboxPath,
  to: MailboxPath,
): Promise<MailboxId | undefined> {
  const formerInbox = await store.mailboxes.rename(account, from, to)
  if (formerInbox !== undefined) await store.replicas.announceEnd(formerInbox)
  return formerInbox
}
