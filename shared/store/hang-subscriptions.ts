import type { AccountId } from '../mailbox/ids.ts'
import { type Operation, queryAll, type Table } from '../ports/table.ts'
import { accountPk, NAME_PREFIX, nameKey } from './keys.ts'
import { splitNameKey } from './mailbox-names.ts'

/**
 * Operations that move the names below node `from`, which only subscriptions keep, below node `into`: a subscription is to a name, whatever mailbox
 * comes under it (RFC 9051 §6.3.7). A name that is there already is subscribed to. They fail where a mailbox has come under one of them.
 */
export async function hangSubscriptions(
  table: Pick<Table, 'get' | 'query'>,
  account: AccountId,
  from: string,
  into: string,
): Promise<Operation[]> {
  const operations: Operation[] = []
  for await (const item of queryAll(table, accountPk(account), { prefix: `${NAME_PREFIX}${from}/` })) {
    const { pk, sk, ...attributes } = item
    const key = nameKey(account, into, splitNameKey(sk).name)
    const standing = await table.get(key)
    const unchanged = { equals: { version: item['version'] as number, gone: true } }
    if (standing === undefined) operations.push({ put: { ...key, ...attributes }, if: { absent: true } })
    else {
      if (item['subscribed'] === true)
        operations.push({ update: key, set: { subscribed: true }, if: { present: true } })
      const [below, its] = [item['node'] as string, standing['node'] as string]
      operations.push(...(await hangSubscriptions(table, account, below, its)))
    }
    operations.push({ delete: { pk, sk }, if: unchanged })
  }
  return operations
}
