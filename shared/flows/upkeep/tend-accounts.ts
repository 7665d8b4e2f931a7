import { parseAddress } from '../../codec/smtp/address.ts'
import { log } from '../../log.ts'
import type { AccountId, TenantId } from '../../mailbox/ids.ts'
import type { Store } from '../../store/store.ts'
import { expireTrash } from '../inboxes/expire-trash.ts'

/** Accounts looked up in one read of two items each. */
const AT_ONCE = 50

export interface TendSettings {
  /** After so many days a conversation in the trash of an inbox is deleted; 0: never. */
  inboxTrashDays: number
}

/**
 * Daily, account after account: conversations that were in the trash of an inbox for long enough go, and addresses say who has a quota of its own, which those that an older
 * version wrote, or that were cut off, may not. One account that fails does not keep the others waiting. Repeatable; throws at the end.
 */
export async function tendAccounts(store: Store, tenant: TenantId, { inboxTrashDays }: TendSettings): Promise<void> {
  const own = store.tenant(tenant)
  const withQuota = new Set<AccountId>()
  let failed = 0
  let slice: { id: AccountId; address: string }[] = []
  async function tend(): Promise<void> {
    const ids = slice.map(({ id }) => id)
    const [quotas, profiles] = await Promise.all([own.accounts.quotasOf(ids), own.inboxProfiles.getMany(ids)])
    for (const [index, { id, address }] of slice.entries()) {
      try {
        if (quotas[index] !== undefined) {
          withQuota.add(id)
          await store.directory.markQuota(parseAddress(address), id, true)
        }
        // An account that the API never named as an inbox is somebody's mailbox, whose trash is theirs to empty.
        const isInbox = profiles[index]?.updatedAt !== undefined
        if (!isInbox || inboxTrashDays === 0) continue
        const removed = await expireTrash(own, id, inboxTrashDays)
        if (removed > 0) log.info('trash-expired', { account: id, removed })
      } catch (error) {
        failed += 1
        log.error('account-not-tended', { account: id, error: error as Error })
      }
    }
    slice = []
  }
  for await (const account of own.accounts.list()) {
    slice.push(account)
    if (slice.length === AT_ONCE) await tend()
  }
  if (slice.length > 0) await tend()
  if (withQuota.size > 0) await store.aliases.markQuotas(tenant, withQuota)
  if (failed > 0) throw new Error(`${failed} accounts of ${tenant} could not be tended`)
}
