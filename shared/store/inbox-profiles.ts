import type { AccountId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import type { Item } from '../ports/table.ts'
import { inboxKey } from './keys.ts'

/** What the API calls an account by, beside its address. */
export interface InboxProfile {
  name?: string
  /** The display name of what is sent from it. */
  fromName?: string
  /** Mail is forwarded to it from where its domain's MX points. */
  forwarding?: boolean
  /** Milliseconds since 1970. */
  createdAt?: number
  updatedAt?: number
}

/** Accounts as inboxes of the API. One that was never named there has an empty profile. */
export class InboxProfiles {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** In the order of `accounts`. */
  async getMany(accounts: readonly AccountId[]): Promise<InboxProfile[]> {
    const items = await this.engine.table.getMany(accounts.map(inboxKey))
    return items.map((item) => (item === undefined ? {} : profileFrom(item)))
  }

  async get(account: AccountId): Promise<InboxProfile> {
    const [profile] = await this.getMany([account])
    return profile!
  }

  /** What is not named in `profile` stays as it is. */
  async change(account: AccountId, profile: InboxProfile): Promise<void> {
    const set = Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined))
    await this.engine.table.write([{ update: inboxKey(account), set }])
  }
}

function profileFrom({ pk: _pk, sk: _sk, ...profile }: Item): InboxProfile {
  return profile as InboxProfile
}
