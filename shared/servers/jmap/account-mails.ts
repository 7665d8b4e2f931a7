import { type AccountId, tenantOf } from '../../mailbox/ids.ts'
import type { Store } from '../../store/store.ts'
import { AccountMail } from './account-mail.ts'

/** Who has not asked for so long is forgotten. */
const IDLE_MS = 15 * 60_000

/** The accounts that the process has in memory for JMAP, as many as their messages fit. */
export class AccountMails {
  private readonly store: Store
  private readonly mostMessages: number
  /** The one used longest ago first. */
  private readonly mails = new Map<AccountId, { mail: AccountMail; usedAt: number }>()

  constructor(store: Store, mostMessages: number) {
    this.store = store
    this.mostMessages = mostMessages
  }

  /** With every commit that was acknowledged before the call. */
  async current(account: AccountId): Promise<AccountMail> {
    const known = this.mails.get(account)
    const mail = known?.mail ?? new AccountMail(this.store.tenant(tenantOf(account)), account)
    this.mails.delete(account)
    this.mails.set(account, { mail, usedAt: this.store.engine.clock.now() })
    try {
      await mail.refresh()
    } catch (error) {
      if (this.mails.get(account)?.mail === mail) this.mails.delete(account)
      mail.close()
      throw error
    }
    this.forgetOthers(account)
    return mail
  }

  /** As somebody else has just read it, or else as it is now. */
  async recent(account: AccountId): Promise<AccountMail> {
    return this.mails.get(account)?.mail ?? this.current(account)
  }

  private forgetOthers(account: AccountId): void {
    const before = this.store.engine.clock.now() - IDLE_MS
    let messages = 0
    for (const { mail } of this.mails.values()) messages += mail.size
    for (const [other, { mail, usedAt }] of this.mails) {
      if (other === account || (usedAt >= before && messages <= this.mostMessages)) continue
      messages -= mail.size
      this.mails.delete(other)
      mail.close()
    }
  }
}

const OF_STORE = new WeakMap<Store, AccountMails>()

/** One for each store of the process. */
export function accountMails({ store, limits }: { store: Store; limits: { jmapIndexMessages: number } }): AccountMails {
  let mails = OF_STORE.get(store)
  if (mails === undefined) OF_STORE.set(store, (mails = new AccountMails(store, limits.jmapIndexMessages)))
  return mails
}
