import { MailError } from '../../mailbox/errors.ts'
import type { AccountId, MailboxId } from '../../mailbox/ids.ts'
import type { SpecialUse } from '../../store/mailbox-names.ts'
import type { TenantStore } from '../../store/store.ts'

/** The account's mailbox for a special use (RFC 6154), made anew where its owner deleted it. */
export async function specialMailbox(own: TenantStore, account: AccountId, use: SpecialUse): Promise<MailboxId> {
  const names = await own.mailboxes.list(account)
  const named = names.find(({ specialUse, mailbox }) => specialUse === use && mailbox !== undefined)?.mailbox
  const same = names.find(({ path, mailbox }) => path.length === 1 && path[0] === use && mailbox !== undefined)?.mailbox
  if (named !== undefined || same !== undefined) return (named ?? same)!
  try {
    return await own.mailboxes.create(account, [use], use)
  } catch (error) {
    if (!(error instanceof MailError && error.kind === 'mailbox-exists')) throw error
    return own.mailboxes.mailbox(account, [use]) // somebody else was first
  }
}
