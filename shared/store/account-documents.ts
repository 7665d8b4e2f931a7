import { MailError } from '../mailbox/errors.ts'
import type { AccountId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import type { Key } from '../ports/table.ts'
import { accountKey } from './keys.ts'
import { writeIf } from './write-if.ts'

export interface Versioned<T> {
  value: T
  /** Grows with every change; 0 where it was never written. */
  version: number
}

const ATTEMPTS = 5

/** One small document of an account, kept as JSON in one item. */
export class AccountDocuments<T> {
  private readonly engine: TenantEngine
  private readonly keyOf: (account: AccountId) => Key
  private readonly empty: T

  constructor(engine: TenantEngine, keyOf: (account: AccountId) => Key, empty: T) {
    this.engine = engine
    this.keyOf = keyOf
    this.empty = empty
  }

  async get(account: AccountId): Promise<Versioned<T>> {
    const item = await this.engine.table.get(this.keyOf(account))
    if (item === undefined) return { value: this.empty, version: 0 }
    return { value: JSON.parse(item['json'] as string) as T, version: item['version'] as number }
  }

  /** False where it is not of `version` any more, or the account is gone. */
  async put(account: AccountId, value: T, version: number): Promise<boolean> {
    const put = { ...this.keyOf(account), json: JSON.stringify(value), version: version + 1 }
    return writeIf(this.engine.table, [
      { put, if: version === 0 ? { absent: true } : { equals: { version } } },
      { check: accountKey(account), if: { present: true } },
    ])
  }

  /** Makes it what `make` makes of it as it is; called again where somebody else was first. Throws MailError 'try-again'. */
  async change(account: AccountId, make: (value: T) => T): Promise<Versioned<T>> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = await this.get(account)
      const value = make(before.value)
      if (await this.put(account, value, before.version)) return { value, version: before.version + 1 }
    }
    throw new MailError('try-again', `a document of ${account} stayed contended`)
  }
}
