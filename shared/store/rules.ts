import type { AccountId } from '../mailbox/ids.ts'
import { LruMap } from '../mailbox/lru-map.ts'
import type { Rule } from '../mailbox/rule.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { inboxNameKey, rulesKey } from './keys.ts'
import { writeIf } from './write-if.ts'

export interface RuleList {
  /** In the order in which they are looked at. */
  rules: readonly Rule[]
  /** Grows with every change; 0 where there never was a rule. */
  version: number
}

const CACHED_ACCOUNTS = 10_000

/** The rules of accounts, each account's as one item. INBOX's name says which version there is, so that who has none costs a delivery nothing. */
export class Rules {
  private readonly engine: TenantEngine
  private readonly seen = new LruMap<AccountId, RuleList>(CACHED_ACCOUNTS)

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  async get(account: AccountId): Promise<RuleList> {
    const item = await this.engine.table.get(rulesKey(account))
    if (item === undefined) return { rules: [], version: 0 }
    const list = { rules: JSON.parse(item['rules'] as string) as Rule[], version: item['version'] as number }
    this.seen.set(account, list)
    return list
  }

  /** For a delivery, which knows from INBOX's name that there are rules of this version. */
  async atVersion(account: AccountId, version: number): Promise<readonly Rule[]> {
    const seen = this.seen.get(account)
    return (seen?.version === version ? seen : await this.get(account)).rules
  }

  /** All of them anew. False where they are not of `version` any more, or the account is gone. */
  async put(account: AccountId, rules: readonly Rule[], version: number): Promise<boolean> {
    const put = { ...rulesKey(account), rules: JSON.stringify(rules), version: version + 1 }
    const name = inboxNameKey(account)
    const isUsed = rules.some(({ isEnabled }) => isEnabled)
    const marked = isUsed ? { set: { rules: version + 1 } } : { remove: ['rules'] }
    return writeIf(this.engine.table, [
      { put, if: version === 0 ? { absent: true } : { equals: { version } } },
      { update: name, ...marked, if: { present: true } },
    ])
  }
}
