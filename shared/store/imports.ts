import { createHash } from 'node:crypto'
import { MailError } from '../mailbox/errors.ts'
import type { AccountId, ContentId, MailboxId, Uid } from '../mailbox/ids.ts'
import { accountOf } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import type { Item, Operation } from '../ports/table.ts'
import type { NewMessage } from './appends.ts'
import { makeCopyToken } from './copy-token.ts'
import type { Deliveries } from './deliveries.ts'
import { AlsoFailedError, type Journal } from './journal.ts'
import type { JournalRecord } from './journal-record.ts'
import { importedKey, mailboxKey } from './keys.ts'

/** A message whose content and view are in place, and what its source calls it. */
export interface NewImport extends NewMessage {
  key?: string
}

/** The UID that each message got, in their order; undefined where the account has had it before. */
export interface ImportOutcome {
  uids: (Uid | undefined)[]
  /** The commit; undefined where there was nothing to do. */
  record?: JournalRecord
}

/** One write takes 100 operations: records, and two for each message. */
export const MOST_IMPORTED_TOGETHER = 45
/** How long a migration may be repeated and still find what it brought before. */
const REMEMBERED_SECONDS = 90 * 24 * 60 * 60

/** Messages from elsewhere, each of which an account gets once: its marker is written by the commit that shows it. */
export class Imports {
  private readonly engine: TenantEngine
  private readonly journal: Journal
  private readonly deliveries: Deliveries

  constructor(engine: TenantEngine, journal: Journal, deliveries: Deliveries) {
    this.engine = engine
    this.journal = journal
    this.deliveries = deliveries
  }

  /** Of each key, in order, whether the account has had its message. */
  async known(account: AccountId, keys: readonly string[]): Promise<boolean[]> {
    const items = await this.engine.table.getMany(keys.map((key) => importedKey(account, hashOf(key))))
    return items.map((item) => item !== undefined)
  }

  /** At most `MOST_IMPORTED_TOGETHER` messages with different keys, in one commit. Repeatable for those with keys. Throws as `Journal.commit`. */
  async append(mailbox: MailboxId, messages: readonly NewImport[]): Promise<ImportOutcome> {
    if (messages.length > MOST_IMPORTED_TOGETHER) throw new RangeError(`${messages.length} messages at once`)
    const account = accountOf(mailbox)
    const uids: (Uid | undefined)[] = messages.map(() => undefined)
    let waiting = messages.map((message, place) => ({ message, place }))
    while (waiting.length > 0) {
      const now = this.engine.clock.now()
      const appended = waiting.map(({ message: { key: _key, ...message } }) => ({
        ...message,
        token: makeCopyToken(now, this.engine.ids.random(8)),
        furtherCopy: false,
      }))
      const keyed = waiting.flatMap(({ message: { key, content } }, at) =>
        key === undefined ? [] : [{ at, key, content }],
      )
      const also: Operation[] = [
        ...keyed.map(({ key, content }) => marker(account, key, content, now)),
        ...appended.map(({ content, token }) => this.deliveries.deliver(account, content, [{ mailbox, token }])),
        { check: mailboxKey(mailbox), if: { present: true, unset: ['removed'] } },
      ]
      try {
        const record = await this.journal.commit(mailbox, () => ({
          changes: [{ kind: 'append', messages: appended }],
          also,
        }))
        const first = record.totals.uidNext - appended.length
        for (const [at, { place }] of waiting.entries()) uids[place] = (first + at) as Uid
        return { uids, record }
      } catch (error) {
        if (!(error instanceof AlsoFailedError)) throw error
        if (error.failed.includes(also.length - 1)) {
          throw new MailError('no-such-mailbox', `${mailbox} is deleted`, { cause: error })
        }
        // Another import of the same was first with these.
        const before = new Set(error.failed.flatMap((index) => keyed[index]?.at ?? []))
        if (before.size === 0) throw error
        waiting = waiting.filter((_, at) => !before.has(at))
      }
    }
    return { uids }
  }
}

function marker(account: AccountId, key: string, content: ContentId, now: number): Operation {
  const expires = Math.ceil(now / 1000) + REMEMBERED_SECONDS
  const put: Item = { ...importedKey(account, hashOf(key)), content, expires }
  return { put, if: { absent: true } }
}

/** Keys are as long as a source likes. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 40)
}
