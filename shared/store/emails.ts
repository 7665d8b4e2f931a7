import type { ContentId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import type { Item, Operation } from '../ports/table.ts'
import { emailKey, emailsPk } from './keys.ts'
import { type PageOf, type PageRequest, pageOf } from './pages.ts'
import { writeIf } from './write-if.ts'

export interface Tag {
  name: string
  value: string
}

/** What a submission by API needs when its time has come. */
export interface ScheduledSubmission {
  reversePath: string
  recipients: readonly string[]
  leavesTheHouse: boolean
  body: '7BIT' | '8BITMIME'
  smtputf8: boolean
  /** How the house called itself when it took the email. */
  hostName: string
}

/** An email sent by API, as its sender asked for it. */
export interface Email {
  id: ContentId
  from: string
  to: readonly string[]
  cc: readonly string[]
  bcc: readonly string[]
  replyTo: readonly string[]
  subject: string
  messageId: string
  tags: readonly Tag[]
  /** Milliseconds since 1970. */
  createdAt: number
  scheduledAt?: number
  /** submitted: in the outbox; how it goes on from there is the outbound state's to say. */
  state: 'scheduled' | 'submitted' | 'canceled'
}

/** Emails sent by API. */
export class Emails {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** Repeatable: the first one stays. */
  async put({ id, tags, ...email }: Email, submission?: ScheduledSubmission): Promise<void> {
    const put: Item = {
      ...emailKey(this.engine.tenant, id),
      ...email,
      tags: JSON.stringify(tags),
      ...(submission && { submission: JSON.stringify(submission) }),
    }
    await this.write([{ put, if: { absent: true } }])
  }

  async get(id: ContentId): Promise<Email | undefined> {
    const item = await this.engine.table.get(emailKey(this.engine.tenant, id))
    return item && emailFrom(item)
  }

  /** The newest first. */
  async page(request: PageRequest): Promise<PageOf<Email>> {
    const { table, tenant } = this.engine
    const { items, hasMore } = await pageOf(table, emailsPk(tenant), '', request, 'descending')
    return { items: items.map(emailFrom), hasMore }
  }

  /** How it is to be submitted; undefined where it was not scheduled. */
  async submissionOf(id: ContentId): Promise<ScheduledSubmission | undefined> {
    const item = await this.engine.table.get(emailKey(this.engine.tenant, id))
    return item?.['submission'] === undefined ? undefined : JSON.parse(item['submission'] as string)
  }

  /** False where it is not waiting any more. */
  reschedule(id: ContentId, scheduledAt: number): Promise<boolean> {
    return this.changeScheduled(id, { scheduledAt })
  }

  /** False where it is not waiting any more. */
  cancel(id: ContentId): Promise<boolean> {
    return this.changeScheduled(id, { state: 'canceled' })
  }

  /** From here on nobody can hold it back. False where it is not waiting for that time any more. */
  release(id: ContentId, scheduledAt: number): Promise<boolean> {
    return this.changeScheduled(id, { state: 'submitted' }, { scheduledAt })
  }

  private changeScheduled(
    id: ContentId,
    set: Record<string, string | number>,
    equals: Record<string, number> = {},
  ): Promise<boolean> {
    const update = emailKey(this.engine.tenant, id)
    return this.write([{ update, set, if: { equals: { state: 'scheduled', ...equals } } }])
  }

  private async write(operations: readonly Operation[]): Promise<boolean> {
    return writeIf(this.engine.table, operations)
  }
}

function emailFrom(item: Item): Email {
  const { pk: _pk, sk, tags, submission: _submission, ...email } = item
  return { ...(email as unknown as Omit<Email, 'id' | 'tags'>), id: sk as ContentId, tags: JSON.parse(tags as string) }
}
