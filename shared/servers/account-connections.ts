import { MailError } from '../mailbox/errors.ts'
import type { AccountId } from '../mailbox/ids.ts'

/** How many connections each account has signed in on, over all protocols of a process. */
export class AccountConnections {
  private readonly limit: number
  private readonly accounts = new Map<object, AccountId>()
  private readonly counts = new Map<AccountId, number>()

  constructor(limit: number) {
    this.limit = limit
  }

  /** A connection that signs in again counts for whom it did so last. Throws MailError 'too-many-connections'. */
  enter(connection: object, account: AccountId): void {
    this.leave(connection)
    const count = this.counts.get(account) ?? 0
    if (count >= this.limit) throw new MailError('too-many-connections', account)
    this.counts.set(account, count + 1)
    this.accounts.set(connection, account)
  }

  leave(connection: object): void {
    const account = this.accounts.get(connection)
    if (account === undefined) return
    this.accounts.delete(connection)
    const count = this.counts.get(account)! - 1
    if (count === 0) this.counts.delete(account)
    else this.counts.set(account, count)
  }
}
