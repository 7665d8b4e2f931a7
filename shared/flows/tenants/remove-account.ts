import { log } from '../../log.ts'
import { type AccountId, tenantOf } from '../../mailbox/ids.ts'
import type { Store } from '../../store/store.ts'
import { removeMailbox } from '../mailboxes/remove-mailbox.ts'
import { purgeContents } from './purge-contents.ts'

/**
 * What is left of an account that was deleted (delete-account.ts): mailbox after mailbox as any that is deleted, then what it alone held, for ever, then all
 * that is known of it. `withTenant`: all contents of the tenant are about to go, so that nobody looks for the account's. Repeatable.
 */
export async function removeAccount(
  store: Store,
  id: AccountId,
  { withTenant = false }: { withTenant?: boolean } = {},
): Promise<void> {
  const own = store.tenant(tenantOf(id))
  for (const { mailbox } of await own.mailboxes.list(id)) {
    if (mailbox !== undefined) await removeMailbox(own, mailbox)
  }
  for await (const mailbox of own.mailboxes.removed(id)) await removeMailbox(own, mailbox)
  const contents = withTenant ? 0 : await purgeContents(store, own, id)
  await own.accounts.forget(id)
  log.info('account-removed', { account: id, contents })
}
