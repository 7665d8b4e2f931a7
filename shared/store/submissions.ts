import type { DsnEvent, DsnReturn } from '../codec/smtp/dsn.ts'
import { MailError } from '../mailbox/errors.ts'
import type { AccountId, ContentId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { ConflictError, type Item, type Operation, queryAll } from '../ports/table.ts'
import { SUBMISSION_PREFIX, submissionKey, submissionsStateKey } from './keys.ts'

/** An address with the parameters of MAIL or RCPT, as the client gave them (RFC 8621 §7). */
export interface SubmissionAddress {
  email: string
  parameters: Readonly<Record<string, string | null>> | null
}

/** How the message goes to the outbox when its time has come. */
export interface HeldMessage {
  reversePath: string
  recipients: readonly { address: string; notify?: readonly DsnEvent[]; originalRecipient?: string }[]
  leavesTheHouse: boolean
  body: '7BIT' | '8BITMIME'
  smtputf8: boolean
  ret?: DsnReturn
  envid?: string
  /** How the house called itself when it took it. */
  hostName: string
}

/** An EmailSubmission (RFC 8621 §7). Its id is that of the message in the outbox. */
export interface Submission {
  id: ContentId
  identityId: string
  emailId: string
  threadId: string
  envelope: { mailFrom: SubmissionAddress; rcptTo: readonly SubmissionAddress[] }
  /** Milliseconds since 1970. */
  sendAt: number
  /** held: it waits for its time; released: it is in the outbox, or about to be. */
  state: 'held' | 'released' | 'canceled'
}

/** What changed since a version, by id. */
export interface SubmissionChanges {
  created: ContentId[]
  updated: ContentId[]
  destroyed: ContentId[]
}

/** What is over is remembered so long. */
const KEPT_SECONDS = 30 * 24 * 60 * 60
/** A message that is destroyed while it is held is remembered until it has gone out. */
const LONGEST_HOLD_MS = KEPT_SECONDS * 1000
const ATTEMPTS = 10
/** Of an account's that one process reads. */
const MOST_READ = 5000

/** EmailSubmissions of accounts. Each change takes the account's next version, which it leaves on the item, so that "changes since" needs no log. */
export class Submissions {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  async version(account: AccountId): Promise<number> {
    return ((await this.engine.table.get(submissionsStateKey(account)))?.['version'] as number | undefined) ?? 0
  }

  async get(account: AccountId, id: ContentId): Promise<Submission | undefined> {
    const item = await this.engine.table.get(submissionKey(account, id))
    return item === undefined || item['destroyed'] === true ? undefined : submissionFrom(item)
  }

  /** One that is or was held, and how it is to be submitted; also one that is destroyed, which unsends nothing (RFC 8621 §7.5). */
  async held(account: AccountId, id: ContentId): Promise<{ submission: Submission; message: HeldMessage } | undefined> {
    const item = await this.engine.table.get(submissionKey(account, id))
    if (item?.['held'] === undefined) return undefined
    return { submission: submissionFrom(item), message: JSON.parse(item['held'] as string) as HeldMessage }
  }

  /** The newest first. */
  async list(account: AccountId): Promise<Submission[]> {
    return (await this.items(account)).filter(({ destroyed }) => destroyed !== true).map(submissionFrom)
  }

  /** Repeatable: the first one stays. */
  async create(account: AccountId, submission: Submission, held?: HeldMessage): Promise<void> {
    const { id, envelope, ...rest } = submission
    const put = (version: number): Operation => ({
      put: {
        ...submissionKey(account, id),
        ...rest,
        envelope: JSON.stringify(envelope),
        created: version,
        changed: version,
        expires: expiryOf(submission.sendAt),
        ...(held && { held: JSON.stringify(held) }),
      },
      if: { absent: true },
    })
    await this.write(account, put)
  }

  /** From here on it goes out; false where it is not held for that time any more. */
  release(account: AccountId, id: ContentId, sendAt: number): Promise<boolean> {
    return this.changeHeld(account, id, 'released', { sendAt })
  }

  /** False where it is not held any more. */
  cancel(account: AccountId, id: ContentId): Promise<boolean> {
    return this.changeHeld(account, id, 'canceled')
  }

  /** Forgets it; a message that is held stays so. False where there is none. */
  destroy(account: AccountId, id: ContentId): Promise<boolean> {
    return this.write(account, (version) => ({
      update: submissionKey(account, id),
      set: { destroyed: true, changed: version, expires: expiryOf(this.engine.clock.now() + LONGEST_HOLD_MS) },
      if: { present: true, unset: ['destroyed'] },
    }))
  }

  /** Undefined where that is not known any more. */
  async changesSince(
    account: AccountId,
    since: number,
  ): Promise<{ changes: SubmissionChanges; version: number } | undefined> {
    const state = await this.engine.table.get(submissionsStateKey(account))
    const version = (state?.['version'] as number | undefined) ?? 0
    const changedAt = (state?.['at'] as number | undefined) ?? 0
    const changes: SubmissionChanges = { created: [], updated: [], destroyed: [] }
    if (since === version) return { changes, version }
    // Items that are over are forgotten after a while, and with them that they went.
    const isOld = this.engine.clock.now() - changedAt > (KEPT_SECONDS / 2) * 1000
    if (since > version || isOld) return undefined
    for (const item of await this.items(account)) {
      const [created, changed] = [item['created'] as number, item['changed'] as number]
      if (changed <= since || changed > version) continue
      const id = idOf(item)
      if (item['destroyed'] === true) {
        if (created <= since) changes.destroyed.push(id)
      } else changes[created > since ? 'created' : 'updated'].push(id)
    }
    return { changes, version }
  }

  private changeHeld(
    account: AccountId,
    id: ContentId,
    state: Submission['state'],
    equals: Record<string, number> = {},
  ): Promise<boolean> {
    return this.write(account, (version) => ({
      update: submissionKey(account, id),
      set: { state, changed: version },
      if: { equals: { state: 'held', ...equals } },
    }))
  }

  private async items(account: AccountId): Promise<Item[]> {
    const items: Item[] = []
    const { pk } = submissionsStateKey(account)
    for await (const item of queryAll(this.engine.table, pk, {
      from: SUBMISSION_PREFIX,
      to: `${SUBMISSION_PREFIX}~`,
      reverse: true,
    })) {
      items.push(item)
      if (items.length >= MOST_READ) break
    }
    return items
  }

  /** False where the condition of `operation` does not hold. Throws MailError 'try-again'. */
  private async write(account: AccountId, operation: (version: number) => Operation): Promise<boolean> {
    const key = submissionsStateKey(account)
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = (await this.engine.table.get(key))?.['version'] as number | undefined
      const version = (before ?? 0) + 1
      const put = { ...key, version, at: this.engine.clock.now() }
      try {
        await this.engine.table.write([
          operation(version),
          { put, if: before === undefined ? { absent: true } : { equals: { version: before } } },
        ])
        return true
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error
        if (error.failed.includes(0)) return false
      }
      await this.engine.clock.sleep(5 + this.engine.ids.fraction() * 20)
    }
    throw new MailError('try-again', `the submissions of ${account} stayed contended`)
  }
}

function expiryOf(sendAt: number): number {
  return Math.ceil(sendAt / 1000) + KEPT_SECONDS
}

function idOf({ sk }: Item): ContentId {
  return sk.slice(SUBMISSION_PREFIX.length) as ContentId
}

function submissionFrom(item: Item): Submission {
  return {
    id: idOf(item),
    identityId: item['identityId'] as string,
    emailId: item['emailId'] as string,
    threadId: item['threadId'] as string,
    envelope: JSON.parse(item['envelope'] as string) as Submission['envelope'],
    sendAt: item['sendAt'] as number,
    state: item['state'] as Submission['state'],
  }
}
