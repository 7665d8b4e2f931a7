import { createHash } from 'node:crypto'
import type { AccountId, ContentId } from '../mailbox/ids.ts'
import { LruMap } from '../mailbox/lru-map.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Condition, ConflictError, type Operation } from '../ports/table.ts'
import { answerCountKey, answeredKey, inboxNameKey, vacationKey } from './keys.ts'
import { writeIf } from './write-if.ts'

/** What people who write meanwhile are told (RFC 8621 §8). */
export interface VacationResponse {
  isEnabled: boolean
  /** Milliseconds since 1970, of messages that come in; null: without that end. */
  fromDate: number | null
  toDate: number | null
  /** null: one is made of the message's. */
  subject: string | null
  textBody: string | null
  htmlBody: string | null
}

export interface KeptResponse {
  response: VacationResponse
  /** Grows with every change; 0 where there never was one. */
  version: number
}

/** Which message of a sender was answered last. */
export interface Answered {
  content: ContentId
  /** Milliseconds since 1970: when that was decided. */
  at: number
}

export const NO_RESPONSE: VacationResponse = {
  isEnabled: false,
  fromDate: null,
  toDate: null,
  subject: null,
  textBody: null,
  htmlBody: null,
}

const CACHED_ACCOUNTS = 10_000
/** How long a sender waits for another answer, at least (RFC 5230 §4.2). */
export const ANSWERED_FOR_MS = 7 * 24 * 60 * 60 * 1000
const DAY_SECONDS = 24 * 60 * 60
const HOUR_MS = 60 * 60 * 1000
/** Senders are easily made up: an account is not to be what sends mail to thousands of them. */
const MOST_ANSWERS_AN_HOUR = 100

/** Vacation responses, each account's as one item; as with rules, INBOX's name says whether there is one. And who was answered. */
export class Vacations {
  private readonly engine: TenantEngine
  private readonly seen = new LruMap<AccountId, KeptResponse>(CACHED_ACCOUNTS)

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  async get(account: AccountId): Promise<KeptResponse> {
    const item = await this.engine.table.get(vacationKey(account))
    if (item === undefined) return { response: NO_RESPONSE, version: 0 }
    const response = JSON.parse(item['response'] as string) as VacationResponse
    const kept = { response, version: item['version'] as number }
    this.seen.set(account, kept)
    return kept
  }

  /** For a delivery, which knows the version from INBOX's name. */
  async atVersion(account: AccountId, version: number): Promise<VacationResponse> {
    const seen = this.seen.get(account)
    return (seen?.version === version ? seen : await this.get(account)).response
  }

  /** False where it is not of `version` any more, or the account is gone. */
  async put(account: AccountId, response: VacationResponse, version: number): Promise<boolean> {
    const put = { ...vacationKey(account), response: JSON.stringify(response), version: version + 1 }
    const marked = response.isEnabled ? { set: { vacation: version + 1 } } : { remove: ['vacation'] }
    return writeIf(this.engine.table, [
      { put, if: version === 0 ? { absent: true } : { equals: { version } } },
      { update: inboxNameKey(account), ...marked, if: { present: true } },
    ])
  }

  async answered(account: AccountId, sender: string): Promise<Answered | undefined> {
    const item = await this.engine.table.get(answeredKey(account, hashOf(sender)))
    return item && { content: item['content'] as ContentId, at: item['at'] as number }
  }

  /**
   * From here on this message is the one that is answered; false where another came first, or so many were answered in this hour that they are
   * nobody's letters. `before` is what `answered` said. Repeatable.
   */
  async remember(account: AccountId, sender: string, now: Answered, before: Answered | undefined): Promise<boolean> {
    const { table } = this.engine
    const expires = Math.ceil((now.at + ANSWERED_FOR_MS) / 1000) + DAY_SECONDS
    const hour = Math.floor(now.at / HOUR_MS)
    const count = answerCountKey(account, hour)
    if ((((await table.get(count))?.['answers'] as number | undefined) ?? 0) >= MOST_ANSWERS_AN_HOUR) return false
    const counted: Operation = {
      update: count,
      add: { answers: 1 },
      set: { expires: Math.ceil(((hour + 2) * HOUR_MS) / 1000) },
    }
    const put = { ...answeredKey(account, hashOf(sender)), ...now, expires }
    const unchanged: Condition = before === undefined ? { absent: true } : { equals: { content: before.content } }
    try {
      await table.write([{ put, if: unchanged }, counted])
      return true
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      return (await this.answered(account, sender))?.content === now.content
    }
  }
}

function hashOf(sender: string): string {
  return createHash('sha256').update(sender).digest('hex').slice(0, 32)
}
