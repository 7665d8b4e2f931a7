import { parseAddress } from '../../codec/smtp/address.ts'
import { tenantOf } from '../../mailbox/ids.ts'
import type { Account } from '../../store/accounts.ts'
import type { Store } from '../../store/store.ts'

/**
 * Once the account has a quota of its own, or none any more: every address that leads to it says so, as RCPT reads addresses alone. What is cut off here is made up for by
 * the daily upkeep. Repeatable.
 */
export async function markQuota(
  store: Store,
  { id, address, quotaOctets }: Pick<Account, 'id' | 'address' | 'quotaOctets'>,
): Promise<void> {
  const hasQuota = quotaOctets !== undefined
  await store.directory.markQuota(parseAddress(address), id, hasQuota)
  if (hasQuota) await store.aliases.markQuotas(tenantOf(id), new Set([id]))
}
