import type { WebhookEvent } from '../mailbox/webhook-events.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { ConflictError, type Item, type Operation, queryAll } from '../ports/table.ts'
import { tenantKey } from '../ports/tenant-engine.ts'
import { WEBHOOK_PREFIX, webhookKey } from './keys.ts'
import { type PageOf, type PageRequest, pageOf } from './pages.ts'

export interface Webhook {
  id: string
  endpoint: string
  /** null: all of them. */
  events: readonly WebhookEvent[] | null
  enabled: boolean
  /** `whsec_` and 24 octets in base64, as Standard Webhooks has it. */
  secret: string
  /** Milliseconds since 1970. */
  createdAt: number
  /** Nothing has got through since then. */
  failingSince?: number
  /** It was disabled by us, as nothing got through for too long. */
  disabledAt?: number
}

export interface WebhookChange {
  endpoint?: string
  events?: readonly WebhookEvent[]
  enabled?: boolean
}

const SECRET_OCTETS = 24
/** How old what a process knows of a tenant's webhooks may be: a webhook made in another process hears of what happens after so long. */
const KNOWN_MS = 2000

/** Where a tenant wants to be told what happens. */
export class Webhooks {
  private readonly engine: TenantEngine
  private known: { at: number; webhooks: readonly Webhook[] } | undefined

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  async create(endpoint: string, events: readonly WebhookEvent[]): Promise<Webhook> {
    const { ids, clock, tenant } = this.engine
    const id = ids.content() as string
    const put: Item = { ...webhookKey(tenant, id), endpoint, events: [...events], enabled: true, secret: this.secret() }
    put['createdAt'] = clock.now()
    await this.write([{ put, if: { absent: true } }])
    return webhookFrom(put)
  }

  async get(id: string): Promise<Webhook | undefined> {
    const item = await this.engine.table.get(webhookKey(this.engine.tenant, id))
    return item && webhookFrom(item)
  }

  /** The newest first. */
  async page(request: PageRequest): Promise<PageOf<Webhook>> {
    const { table, tenant } = this.engine
    const { items, hasMore } = await pageOf(table, tenantKey(tenant), WEBHOOK_PREFIX, request, 'descending')
    return { items: items.map(webhookFrom), hasMore }
  }

  async all(): Promise<Webhook[]> {
    const { table, tenant } = this.engine
    return Array.fromAsync(queryAll(table, tenantKey(tenant), { prefix: WEBHOOK_PREFIX }), webhookFrom)
  }

  /** Those that are enabled; mostly from memory, so that a tenant without any pays nothing for that. */
  async listening(): Promise<readonly Webhook[]> {
    const now = this.engine.clock.now()
    if (this.known === undefined || now - this.known.at >= KNOWN_MS || now < this.known.at) {
      this.known = { at: now, webhooks: (await this.all()).filter(({ enabled }) => enabled) }
    }
    return this.known.webhooks
  }

  /** False where there is none. One that is enabled again has a clean slate. */
  async change(id: string, { endpoint, events, enabled }: WebhookChange): Promise<boolean> {
    const set = {
      ...(endpoint !== undefined && { endpoint }),
      ...(events !== undefined && { events: [...events] }),
      ...(enabled !== undefined && { enabled }),
    }
    const remove = enabled ? ['failingSince', 'disabledAt'] : []
    return this.update(id, { set, remove })
  }

  /** The new secret; undefined where there is no such webhook. */
  async rotateSecret(id: string): Promise<string | undefined> {
    const secret = this.secret()
    return (await this.update(id, { set: { secret } })) ? secret : undefined
  }

  /** False where there is none. */
  async remove(id: string): Promise<boolean> {
    return this.write([{ delete: webhookKey(this.engine.tenant, id), if: { present: true } }])
  }

  /** Something got through. */
  async succeeded({ id, failingSince }: Webhook): Promise<void> {
    if (failingSince !== undefined) await this.update(id, { remove: ['failingSince'] })
  }

  /** Something did not get through: since when nothing has. */
  async failed({ id, failingSince }: Webhook): Promise<number> {
    const now = this.engine.clock.now()
    if (failingSince !== undefined) return failingSince
    const update = webhookKey(this.engine.tenant, id)
    await this.write([{ update, set: { failingSince: now }, if: { present: true, unset: ['failingSince'] } }])
    return now
  }

  /** False where it was disabled already, or has got something through since. */
  async disable({ id }: Webhook, failingSince: number): Promise<boolean> {
    const update = webhookKey(this.engine.tenant, id)
    const set = { enabled: false, disabledAt: this.engine.clock.now() }
    return this.write([{ update, set, if: { present: true, equals: { enabled: true, failingSince } } }])
  }

  private async update(id: string, change: Omit<Extract<Operation, { update: unknown }>, 'update' | 'if'>) {
    return this.write([{ update: webhookKey(this.engine.tenant, id), ...change, if: { present: true } }])
  }

  private async write(operations: readonly Operation[]): Promise<boolean> {
    try {
      await this.engine.table.write(operations)
      this.known = undefined
      return true
    } catch (error) {
      if (error instanceof ConflictError) return false
      throw error
    }
  }

  private secret(): string {
    return `whsec_${Buffer.from(this.engine.ids.random(SECRET_OCTETS)).toString('base64')}`
  }
}

function webhookFrom(item: Item): Webhook {
  const failingSince = item['failingSince'] as number | undefined
  const disabledAt = item['disabledAt'] as number | undefined
  return {
    id: item.sk.slice(WEBHOOK_PREFIX.length),
    endpoint: item['endpoint'] as string,
    events: (item['events'] as WebhookEvent[] | undefined) ?? null,
    enabled: item['enabled'] === true,
    secret: item['secret'] as string,
    createdAt: item['createdAt'] as number,
    ...(failingSince !== undefined && { failingSince }),
    ...(disabledAt !== undefined && { disabledAt }),
  }
}
