import { MailError } from '../../mailbox/errors.ts'
import type { AccountId, MailboxId } from '../../mailbox/ids.ts'
import type { MailboxPath } from '../../mailbox/mailbox-path.ts'
import type { SpecialUse } from '../../store/mailbox-names.ts'
import type { TenantStore } from '../../store/store.ts'

/**
 * The mailbox of that name, made where there is none, with those above it. It gets the special use where no other mailbox of the account has
 * it (RFC 6154 §3 lets a server keep each to one). Repeatable. Throws MailError 'try-again'.
 */
export async function requireMailbox(
  store: TenantStore,
  account: AccountId,
  path: MailboxPath,
  { specialUse, subscribed = false }: { specialUse?: SpecialUse; subscribed?: boolean } = {},
): Promise<{ mailbox: MailboxId; created: boolean }> {
  const standing = (await store.mailboxes.find(account, path))?.mailbox
  if (standing !== undefined) return { mailbox: standing, created: false }
  const taken =
    specialUse !== undefined &&
    (await store.mailboxes.list(account)).some((name) => name.specialUse === specialUse && name.mailbox !== undefined)
  try {
    const mailbox = await store.mailboxes.create(account, path, taken ? undefined : specialUse)
    if (subscribed) await store.mailboxes.subscribe(account, path, true)
    return { mailbox, created: true }
  } catch (error) {
    if (!(error instanceof MailError && error.kind === 'mailbox-exists')) throw error
    return { mailbox: await store.mailboxes.mailbox(account, path), created: false } // of two at once the other made it
  }
}
