import { tenantOf } from '../../mailbox/ids.ts'
import type { Account } from '../../store/accounts.ts'
import type { AccountMail } from './account-mail.ts'
import { accountMails } from './account-mails.ts'
import type { Call, JmapServices } from './method.ts'
import { jmapAccountId } from './session-object.ts'

/** What the method calls of one request share. */
export async function openCall(
  services: JmapServices,
  account: Account,
  createdIds: Map<string, string> = new Map(),
): Promise<Call> {
  return callOn(services, account, await accountMails(services).current(account.id), createdIds)
}

/** The same on mail as it was read a moment ago. */
export async function openRecentCall(services: JmapServices, account: Account): Promise<Call> {
  return callOn(services, account, await accountMails(services).recent(account.id), new Map())
}

function callOn(services: JmapServices, account: Account, mail: AccountMail, createdIds: Map<string, string>): Call {
  const { store, limits } = services
  const tenant = store.tenant(tenantOf(account.id))
  return {
    services,
    store,
    tenant,
    account,
    accountId: jmapAccountId(account.id),
    limits,
    mail,
    createdIds,
    following: [],
  }
}
