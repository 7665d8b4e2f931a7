import type { Flags } from '../mailbox/flags.ts'
import type { ContentId, MailboxId, ThreadId, Uid } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { makeCopyToken } from './copy-token.ts'
import type { Deliveries } from './deliveries.ts'
import { AlsoFailedError, type Journal } from './journal.ts'
import type { Appended, JournalRecord } from './journal-record.ts'

/** A message whose content and view are in place. */
export interface NewMessage {
  content: ContentId
  thread: ThreadId
  flags: Flags
  internalDate: number
  sizeOctets: number
}

/** What became of messages that were appended together: their UIDs in order, or that they had been delivered before. */
export type AppendOutcome = { uids: Uid[]; record: JournalRecord } | 'delivered-before'

interface Waiting {
  messages: readonly NewMessage[]
  resolve(outcome: AppendOutcome): void
  reject(error: unknown): void
}

/** One write takes 100 operations: a record, and a delivery for each message. */
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
   * them. Repeatable: contents delivered to the account before are not delivered again. Throws as `Journal.commit`.
   */
  append(mailbox: MailboxId, messages: readonly NewMessage[]): Promise<AppendOutcome> {
    if (messages.length > MOST_APPENDED_TOGETHER) throw new RangeError(`${messages.length} messages at once`)
    return new Promise((resolve, reject) => {
      const waiting = this.waiting.get(mailbox)
      if (waiting !== undefined) {
        waiting.push({ messages, resolve, reject })
        return
      }
      this.waiting.set(mailbox, [{ messages, resolve, reject }])
      void this.drain(mailbox)
    })
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
        (message): Appended => ({
          ...message,
          token: makeCopyToken(now, this.engine.ids.random(8)),
          furtherCopy: false,
        }),
      ),
    )
    const also = appended.map(({ content, token }) => this.deliveries.deliver(mailbox, content, token))
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
      const before = new Set(error.failed.map((index) => appended[index]!.content))
      const delivered = ({ messages }: Waiting) => messages.some(({ content }) => before.has(content))
      for (const one of batch) if (delivered(one)) one.resolve('delivered-before')
      return batch.filter((one) => !delivered(one))
    }
  }
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
