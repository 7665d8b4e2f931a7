import type { AccountId, ContentId } from '../../mailbox/ids.ts'
import { listAll } from '../../ports/blobs.ts'
import type { Delivery } from '../../store/deliveries.ts'
import { deliveryKey, parseContentName } from '../../store/keys.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { deleteContent, isAwaited, UNNEEDED_MS } from '../upkeep/reclaim.ts'

const AT_ONCE = 100

/**
 * What an account alone held goes at once and for ever, with every version: its mailboxes are gone already (remove-account.ts). What others hold too, or have
 * let go just now, stays until nobody needs it (reclaim.ts). One read for a hundred contents of the tenant. Returns how many went. Repeatable.
 */
export async function purgeContents(house: Store, store: TenantStore, account: AccountId): Promise<number> {
  let purged = 0
  let contents: ContentId[] = []
  async function look(): Promise<void> {
    const items = await store.engine.table.getMany(contents.map((content) => deliveryKey(account, content)))
    for (const [at, content] of contents.entries()) {
      if (items[at] === undefined || !(await isHeldAlone(house, store, account, content))) continue
      await deleteContent(store, content, { forEver: true })
      purged += 1
    }
    contents = []
  }
  for await (const { name } of listAll(store.engine.blobs, `raw/${store.tenant}/`)) {
    const content = parseContentName(name)?.content
    if (content !== undefined) contents.push(content)
    if (contents.length === AT_ONCE) await look()
  }
  await look()
  return purged
}

async function isHeldAlone(house: Store, store: TenantStore, account: AccountId, content: ContentId): Promise<boolean> {
  const deliveries = await store.deliveries.of(content)
  const now = store.engine.clock.now()
  const isOver = ({ account: holder, tokens, emptySince = 0, doomed }: Delivery) =>
    tokens.size === 0 && (doomed || holder === account || now - emptySince > UNNEEDED_MS)
  if (!deliveries.every(isOver) || (await isAwaited(house, store, content, deliveries))) return false
  for (const delivery of deliveries) {
    if (!delivery.doomed && !(await store.deliveries.doom(content, delivery))) return false
  }
  return true
}
