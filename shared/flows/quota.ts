import { MailError } from '../mailbox/errors.ts'
import { type AccountId, accountOf, type MailboxId } from '../mailbox/ids.ts'
import type { TenantStore } from '../store/store.ts'

/** What an account holds: the sum of its mailboxes' newest totals, exact. One query for the names and one read a mailbox. */
export async function usageOf(
  store: TenantStore,
  account: AccountId,
): Promise<{ sizeOctets: number; messages: number }> {
  const names = await store.mailboxes.list(account)
  const mailboxes = names.flatMap(({ mailbox }) => (mailbox === undefined ? [] : [mailbox]))
  const records = await Promise.all(mailboxes.map((mailbox) => store.journal.newest(mailbox)))
  return {
    sizeOctets: records.reduce((sum, { totals }) => sum + totals.sizeOctets, 0),
    messages: records.reduce((sum, { totals }) => sum + totals.exists, 0),
  }
}

/** Throws MailError 'over-quota' where the account of the mailbox has no room for so many more octets. */
export async function requireRoom(store: TenantStore, mailbox: MailboxId, octets: number): Promise<void> {
  const account = accountOf(mailbox)
  const { quotaOctets } = (await store.accounts.get(account)) ?? {}
  if (quotaOctets === undefined) return
  const { sizeOctets } = await usageOf(store, account)
  if (sizeOctets + octets > quotaOctets) {
    throw new MailError(
      'over-quota',
      `${account} holds ${sizeOctets} of ${quotaOctets} octets and asked for ${octets} more`,
    )
  }
}
