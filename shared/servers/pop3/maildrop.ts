import { markRetrieved } from '../../flows/mailboxes/update-maildrop.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import type { Account } from '../../store/accounts.ts'
import type { MaildropLock } from '../../store/maildrop-locks.ts'
import type { MessageTable } from '../../store/message-table.ts'
import type { HeldReplica } from '../../store/replicas.ts'
import type { TenantStore } from '../../store/store.ts'

/**
 * The maildrop of a session: INBOX as it was at login, which no other session changes (RFC 1939 §4, §5). Messages are counted from 1;
 * messages that come meanwhile, or that IMAP expunges, are for the next session to see: their octets stay long enough.
 */
export class Maildrop {
  readonly store: TenantStore
  readonly account: Account
  readonly lock: MaildropLock
  readonly #held: HeldReplica
  readonly #messages: MessageTable
  /** How many there are and were at login; rows behind them are newer. */
  readonly count: number
  readonly #deleted = new Set<number>()
  /** Those that the client has got to their end, where that is to be seen by other protocols. */
  readonly #retrieved = new Set<number>()
  #octets = 0
  #deletedOctets = 0
  #furtherCopies: ReadonlySet<number> | undefined

  private constructor(store: TenantStore, account: Account, lock: MaildropLock, held: HeldReplica) {
    this.store = store
    this.account = account
    this.lock = lock
    this.#held = held
    this.#messages = held.replica.messages
    this.count = this.#messages.count
    for (let message = 1; message <= this.count; message += 1) this.#octets += this.octetsOf(message)
  }

  /** Locks it, then looks. Throws MailError 'in-use', 'no-such-mailbox'. */
  static async open(store: TenantStore, account: Account): Promise<Maildrop> {
    const mailbox = await store.mailboxes.mailbox(account.id, ['INBOX'])
    const lock = await store.maildropLocks.acquire(mailbox)
    try {
      return new Maildrop(store, account, lock, await store.replicas.hold(mailbox))
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** Lets another session have it; what was retrieved is marked. Repeatable. */
  async close(): Promise<void> {
    const retrieved = [...this.retrievedUids].sort((a, b) => a - b)
    this.#retrieved.clear()
    await markRetrieved(this.store, this.replica, retrieved)
    this.#held.release()
    await this.lock.release()
  }

  get replica() {
    return this.#held.replica
  }

  /** Whether there is a message of this number that is not marked as deleted; no command may name another (RFC 1939 §5). */
  has(message: number): boolean {
    return message <= this.count && !this.#deleted.has(message)
  }

  /** Numbers of the messages not marked as deleted. */
  *numbers(): Generator<number> {
    for (let message = 1; message <= this.count; message += 1) if (!this.#deleted.has(message)) yield message
  }

  /** How many are not marked as deleted, and their octets. */
  get left(): { count: number; octets: number } {
    return { count: this.count - this.#deleted.size, octets: this.#octets - this.#deletedOctets }
  }

  /** As RETR sends it, before stuffing: a last line without an end gets one, which is the client's to count, too (RFC 1939 §3, §11). */
  octetsOf(message: number): number {
    const row = message - 1
    return this.#messages.sizeAt(row) + (this.#messages.isUnterminated(row) ? 2 : 0)
  }

  /** As it is kept. */
  keptOctetsOf(message: number): number {
    return this.#messages.sizeAt(message - 1)
  }

  contentOf(message: number): ContentId {
    return this.#messages.contentAt(message - 1)
  }

  /** The content's id, the same for ever; a further copy in the same maildrop is told apart by its UID (RFC 1939 §7, UIDL). */
  uniqueIdOf(message: number): string {
    const row = message - 1
    this.#furtherCopies ??= this.#findFurtherCopies()
    const content = this.#messages.contentAt(row)
    return this.#furtherCopies.has(row) ? `${content}.${this.#messages.uidAt(row)}` : content
  }

  delete(message: number): void {
    this.#deleted.add(message)
    this.#deletedOctets += this.octetsOf(message)
  }

  reset(): void {
    this.#deleted.clear()
    this.#deletedOctets = 0
  }

  /** The client has the whole of it. */
  retrieved(message: number): void {
    if (this.account.pop3.retrMarksSeen) this.#retrieved.add(message)
  }

  get retrievedUids(): ReadonlySet<number> {
    return new Set([...this.#retrieved].map((message) => this.#messages.uidAt(message - 1)))
  }

  /** Ascending UIDs of the messages marked as deleted. */
  get deletedUids(): number[] {
    return [...this.#deleted].map((message) => this.#messages.uidAt(message - 1)).sort((a, b) => a - b)
  }

  #findFurtherCopies(): ReadonlySet<number> {
    const seen = new Set<string>()
    const further = new Set<number>()
    for (let row = 0; row < this.count; row += 1) {
      const content = this.#messages.contentAt(row)
      if (this.#messages.isFurtherCopy(row) || seen.has(content)) further.add(row)
      seen.add(content)
    }
    return further
  }
}
