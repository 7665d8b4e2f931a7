import type { WebhookEvent } from '../mailbox/webhook-events.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Item, type Operation, queryAll } from '../ports/table.ts'
import { webhookDeliveriesPk, webhookDeliveryKey } from './keys.ts'
import { type PageOf, type PageRequest, pageOf } from './pages.ts'
import { runOf, stillClaimed } from './still-claimed.ts'
import { writeIf } from './write-if.ts'

/** One POST and what came of it. */
export interface WebhookAttempt {
  /** Milliseconds since 1970. */
  at: number
  durationMs: number
  /** 0: nothing answered. */
  status: number
  /** The beginning of what was answered, or why nothing was. */
  response: string
}

/** An event on its way to one webhook. */
export interface WebhookDelivery {
  webhook: string
  /** Of the event: the same for all webhooks, however often it is sent. */
  event: string
  type: WebhookEvent
  /** When it happened: milliseconds since 1970. */
  createdAt: number
  /** The body as it is sent: JSON. */
  payload: string
  status: 'pending' | 'success' | 'failed'
  /** Attempts since it was first asked for, or replayed. */
  tries: number
  /** Not to be tried before: milliseconds since 1970. */
  dueAt: number
  /** The last of them. */
  attempts: readonly WebhookAttempt[]
  version: number
}

/** gone: there is no such delivery. over: it has got through, or was given up. notBefore: it is not due, or somebody is at it. */
export type ClaimedDelivery = WebhookDelivery | 'gone' | 'over' | { notBefore: number }

/** Events are known for so long, and can be replayed. */
export const DELIVERIES_KEPT_MS = 30 * 24 * 60 * 60 * 1000
const ATTEMPTS_KEPT = 20
const DELETES_AT_ONCE = 100

/** What webhooks are told, or were, or could not be. */
export class WebhookDeliveries {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** Repeatable: an event that is known stays as it is. True where nobody has tried to deliver it yet. */
  async add(webhook: string, event: string, type: WebhookEvent, createdAt: number, payload: string): Promise<boolean> {
    const now = this.engine.clock.now()
    const expires = Math.ceil((now + DELIVERIES_KEPT_MS) / 1000)
    const first = { type, createdAt, payload, status: 'pending', tries: 0, dueAt: now, version: 0, expires }
    const put: Item = { ...this.key(webhook, event), ...first }
    if (await this.write([{ put, if: { absent: true } }])) return true
    const known = await this.get(webhook, event)
    return known?.status === 'pending' && known.tries === 0
  }

  async get(webhook: string, event: string): Promise<WebhookDelivery | undefined> {
    const item = await this.engine.table.get(this.key(webhook, event))
    return item && deliveryFrom(item)
  }

  /** By event id, the newest first. */
  async page(webhook: string, request: PageRequest): Promise<PageOf<WebhookDelivery>> {
    const { table, tenant } = this.engine
    const { items, hasMore } = await pageOf(table, webhookDeliveriesPk(tenant), `${webhook}/`, request, 'descending')
    return { items: items.map(deliveryFrom), hasMore }
  }

  /** For one attempt, which ends within `claimMs`. */
  async claim(webhook: string, event: string, claimMs: number): Promise<ClaimedDelivery> {
    const key = this.key(webhook, event)
    const item = await this.engine.table.get(key)
    if (item === undefined) return 'gone'
    const now = this.engine.clock.now()
    const delivery = deliveryFrom(item)
    const { status, dueAt, version } = delivery
    if (status !== 'pending') return 'over'
    const claimedUntil = stillClaimed(item, 'claimedUntil', this.engine) ? (item['claimedUntil'] as number) : 0
    if (Math.max(dueAt, claimedUntil) > now) return { notBefore: Math.max(dueAt, claimedUntil) }
    const claimed = await this.write([
      {
        update: key,
        set: { claimedUntil: now + claimMs, ...runOf(this.engine) },
        add: { version: 1 },
        if: { equals: { version } },
      },
    ])
    return claimed ? { ...delivery, version: version + 1 } : { notBefore: now + claimMs }
  }

  /** Ends the claim with what the attempt came to; nothing where somebody has taken it over, or replayed it. */
  async record(
    { webhook, event, attempts, tries, version }: WebhookDelivery,
    attempt: WebhookAttempt,
    next: { status: WebhookDelivery['status']; dueAt: number },
  ): Promise<void> {
    const kept = JSON.stringify([...attempts, attempt].slice(-ATTEMPTS_KEPT))
    await this.write([
      {
        update: this.key(webhook, event),
        set: { ...next, attempts: kept, tries: tries + 1 },
        add: { version: 1 },
        remove: ['claimedUntil'],
        if: { equals: { version } },
      },
    ])
  }

  /** It will not be tried any more. */
  async giveUp(webhook: string, event: string): Promise<void> {
    await this.write([
      { update: this.key(webhook, event), set: { status: 'failed' }, add: { version: 1 }, if: { present: true } },
    ])
  }

  /** From the beginning, under the same id. False where there is no such event. */
  async replay(webhook: string, event: string): Promise<boolean> {
    const set = { status: 'pending', tries: 0, dueAt: this.engine.clock.now() }
    const update = this.key(webhook, event)
    return this.write([{ update, set, add: { version: 1 }, remove: ['claimedUntil'], if: { present: true } }])
  }

  /** All of a webhook that is gone. Repeatable. */
  async forget(webhook: string): Promise<void> {
    const { table, tenant } = this.engine
    const keys: Operation[] = []
    for await (const { pk, sk } of queryAll(table, webhookDeliveriesPk(tenant), { prefix: `${webhook}/` })) {
      keys.push({ delete: { pk, sk } })
    }
    for (let at = 0; at < keys.length; at += DELETES_AT_ONCE) await table.write(keys.slice(at, at + DELETES_AT_ONCE))
  }

  private key(webhook: string, event: string) {
    return webhookDeliveryKey(this.engine.tenant, webhook, event)
  }

  private async write(operations: readonly Operation[]): Promise<boolean> {
    return writeIf(this.engine.table, operations)
  }
}

function deliveryFrom(item: Item): WebhookDelivery {
  const [webhook, event] = item.sk.split('/') as [string, string]
  const attempts = item['attempts'] as string | undefined
  return {
    webhook,
    event,
    type: item['type'] as WebhookEvent,
    createdAt: item['createdAt'] as number,
    payload: item['payload'] as string,
    status: item['status'] as WebhookDelivery['status'],
    tries: item['tries'] as number,
    dueAt: item['dueAt'] as number,
    attempts: attempts === undefined ? [] : JSON.parse(attempts),
    version: item['version'] as number,
  }
}
