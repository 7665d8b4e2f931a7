import { MailError } from '../mailbox/errors.ts'
import type { Flags } from '../mailbox/flags.ts'
import { accountOf, type ContentId, type MailboxId, type ThreadId, type Uid } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import type { Operation } from '../ports/table.ts'
import { makeCopyToken } from './copy-token.ts'
import type { Deliveries } from './deliveries.ts'
import { AlsoFailedError, type Journal } from './journal.ts'
import type { Appended, Change, JournalRecord } from './journal-record.ts'
import { mailboxKey } from './keys.ts'

/** A message whose content and view are in place. */
export interface NewMessage {
  content: ContentId
  thread: ThreadId
  flags: Flags
  internalDate: number
  sizeOctets: number
  /** As in `Appended`. */
  unterminated?: boolean
  /** It comes in from somebody, and counts as such. */
  arrived?: boolean
  /** What rules decided beside where it goes (deliveries.ts). */
  forwards?: readonly string[]
}

/** What became of messages that were appended together: their UIDs in order, or that they had been delivered before. */
export type AppendOutcome = { uids: Uid[]; record: JournalRecord } | 'delivered-before'

interface Waiting {
  messages: readonly NewMessage[]
  /** The mailbox may be deleted at this moment, and then it is not where the messages go. */
  ifThere: boolean
  resolve(outcome: AppendOutcome): void
  reject(error: unknown): void
}

/** One write takes 100 operations: a record, a delivery for each message, and that the mailbox is there. */
export const MOST_APPENDED_TOGETHER = 98

/** New contents into mailboxes. Those waiting for the same mailbox are committed as one record. */
export class Appends {
  private readonly engine: TenantEngine
  private readonly journal: Journal
  private readonly deliveries: Deliveries
  private readonly waiting = new Map<MailboxId, Waiting[]>()

  constructor(engine: TenantEngine, journal: Journal, deliveries: Deliveries) {
    this.engine = engine
    this.journal = journal
    this.deliveries = deliveries
  }

  /**
   * Puts the messages (at most `MOST_APPENDED_TOGETHER`) under the mailbox's next UIDs, all in one record together with what says that this account has
   * them. Repeatable: contents delivered to the account before are not delivered again. Throws as `Journal.commit`; with `ifThere` also MailError
   * 'no-such-mailbox' where the mailbox has been deleted and its content is still to be removed.
   */
  append(
    mailbox: MailboxId,
    messages: readonly NewMessage[],
    { ifThere = false }: { ifThere?: boolean } = {},
  ): Promise<AppendOutcome> {
    if (messages.length > MOST_APPENDED_TOGETHER) throw new RangeError(`${messages.length} messages at once`)
    return new Promise((resolve, reject) => {
      const waiting = this.waiting.get(mailbox)
      if (waiting !== undefined) {
        waiting.push({ messages, ifThere, resolve, reject })
        return
      }
      this.waiting.set(mailbox, [{ messages, ifThere, resolve, reject }])
      void this.drain(mailbox)
    })
  }

  /**
   * One message into several mailboxes of an account (each named once) by one write: into all of them or into none. Repeatable as `append`, and
   * throws the same.
   */
  async appendToSeveral(
    mailboxes: readonly MailboxId[],
    { forwards, ...message }: NewMessage,
  ): Promise<JournalRecord[] | 'delivered-before'> {
    const now = this.engine.clock.now()
    const copies = mailboxes.map((mailbox) => ({ mailbox, token: makeCopyToken(now, this.engine.ids.random(8)) }))
    const changes = copies.map(({ token }, index): Change[] => {
      const arrived = message.arrived === true && index === 0 // once, however many copies it makes
      return [{ kind: 'append', messages: [{ ...message, arrived, token, furtherCopy: false }] }]
    })
    const delivery = this.deliveries.deliver(accountOf(mailboxes[0]!), message.content, copies, forwards)
    const also = [delivery, ...mailboxes.map(isThere)]
    try {
      return await this.journal.commitTogether(mailboxes, () => ({ changes, also }))
    } catch (error) {
      if (!(error instanceof AlsoFailedError)) throw error
      if (error.failed.includes(0)) return 'delivered-before'
      throw new MailError('no-such-mailbox', `one of ${mailboxes.join(', ')} is deleted`, { cause: error })
    }
  }

  private async drain(mailbox: MailboxId): Promise<void> {
    const waiting = this.waiting.get(mailbox)!
    while (waiting.length > 0) {
      const batch = takeBatch(waiting)
      try {
        waiting.unshift(...(await this.commit(mailbox, batch)))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.waiting.delete(mailbox)
  }

  /** Commits a batch; returns what has to be tried again without those that turned out to be delivered before. */
  private async commit(mailbox: MailboxId, batch: readonly Waiting[]): Promise<Waiting[]> {
    const now = this.engine.clock.now()
    const appended = batch.flatMap(({ messages }) =>
      messages.map(
        ({ forwards: _kept, ...message }): Appended => ({
          ...message,
          token: makeCopyToken(now, this.engine.ids.random(8)),
          furtherCopy: false,
        }),
      ),
    )
    const account = accountOf(mailbox)
    const delivered = batch
      .flatMap(({ messages }) => messages)
      .map(({ content, forwards }, index) =>
        this.deliveries.deliver(account, content, [{ mailbox, token: appended[index]!.token }], forwards),
      )
    const also = batch.some(({ ifThere }) => ifThere) ? [...delivered, isThere(mailbox)] : delivered
    try {
      const record = await this.journal.commit(mailbox, () => ({
        changes: [{ kind: 'append', messages: appended }],
        also,
      }))
      let uid = record.totals.uidNext - appended.length
      for (const { messages, resolve } of batch) resolve({ uids: messages.map(() => uid++ as Uid), record })
      return []
    } catch (error) {
      if (!(error instanceof AlsoFailedError)) throw error
      const before = new Set(error.failed.map((index) => appended[index]?.content))
      const isGone = error.failed.includes(appended.length)
      return batch.filter(({ messages, ifThere, resolve, reject }) => {
        if (messages.some(({ content }) => before.has(content))) resolve('delivered-before')
        else if (ifThere && isGone) reject(new MailError('no-such-mailbox', `${mailbox} is deleted`, { cause: error }))
        else return true
        return false
      })
    }
  }
}

function isThere(mailbox: MailboxId): Operation {
  return { check: mailboxKey(mailbox), if: { present: true, unset: ['removed'] } }
}

function takeBatch(waiting: Waiting[]): Waiting[] {
  let messages = 0
  const contents = new Set<ContentId>()
  let count = 0
  for (const one of waiting) {
    messages += one.messages.length
    // A repeat of what is in the batch already would be a second operation on the same delivery.
    if (messages > MOST_APPENDED_TOGETHER || one.messages.some(({ content }) => contents.has(content))) break
    for (const { content } of one.messages) contents.add(content)
    count += 1
  }
  return waiting.splice(0, count)
}
