import { tenantOf } from '../../mailbox/ids.ts'
import type { Account } from '../../store/accounts.ts'
import { accountMails } from './account-mails.ts'
import type { Call, JmapServices } from './method.ts'
import { jmapAccountId } from './session-object.ts'

/** What the method calls of one request share. */
export async function openCall(
  services: JmapServices,
  account: Account,
  createdIds: Map<string, string> = new Map(),
): Promise<Call> {
  const { store, limits } = services
  const tenant = store.tenant(tenantOf(account.id))
  return {
    services,
    store,
    tenant,
    account,
    accountId: jmapAccountId(account.id),
    limits,
    mail: await accountMails(services).current(account.id),
    createdIds,
    following: [],
  }
}
