import { type AccountId, tenantOf } from '../mailbox/ids.ts'
import type { Store } from '../store/store.ts'
import { removeMailbox } from './remove-mailbox.ts'

/** What is left of an account that was deleted (delete-account.ts): mailbox after mailbox as any that is deleted, then all that is known of it. Repeatable. */
export async function removeAccount(store: Store, id: AccountId): Promise<void> {
  const own = store.tenant(tenantOf(id))
  for (const { mailbox } of await own.mailboxes.list(id)) {
    if (mailbox !== undefined) await removeMailbox(own, mailbox)
  }
  for await (const mailbox of own.mailboxes.removed(id)) await removeMailbox(own, mailbox)
  await own.accounts.forget(id)
}
