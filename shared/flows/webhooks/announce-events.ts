import { log } from '../../log.ts'
import type { ContentId, TenantId } from '../../mailbox/ids.ts'
import type { WebhookEvent } from '../../mailbox/webhook-events.ts'
import type { TenantStore } from '../../store/store.ts'
import { DELIVERIES_KEPT_MS } from '../../store/webhook-deliveries.ts'
import { formatJob } from '../upkeep/jobs.ts'

/** Something that a webhook may want to be told of. */
export interface Happened {
  /** The same for the same event, however often it is announced (derived-content-id.ts). */
  id: ContentId
  type: WebhookEvent
  /** Milliseconds since 1970. */
  at: number
  data: object
}

/** As long as a queue can hold a message back. */
const LONGEST_DELAY_SECONDS = 900
const MOST_IN_A_LIST = 50
const LONGEST_TEXT = 500

/** Whether anybody wants to be told of one of these; mostly without a read, so that a tenant without webhooks pays nothing. */
export async function isWanted(own: TenantStore, types: readonly WebhookEvent[]): Promise<boolean> {
  const webhooks = await own.webhooks.listening()
  return webhooks.some(({ events }) => events === null || types.some((type) => events.includes(type)))
}

/**
 * Writes down for each webhook that wants it what it is to be told, and asks for its delivery. To be called after what caused it, by whoever repeats that
 * after a crash: a repeat finds what is written down and sends nothing twice under another id.
 */
export async function announceEvents(own: TenantStore, happened: readonly Happened[]): Promise<void> {
  const webhooks = await own.webhooks.listening()
  const now = own.engine.clock.now()
  for (const { id, type, at, data } of happened) {
    // What is older was told before, and what was told is forgotten by then.
    if (now - at > DELIVERIES_KEPT_MS) continue
    const payload = JSON.stringify({ type, created_at: new Date(at).toISOString(), data: bounded(data) })
    for (const webhook of webhooks) {
      if (webhook.events !== null && !webhook.events.includes(type)) continue
      if (at < webhook.createdAt) continue // a repeat of what happened before there was this webhook
      const isNew = await own.webhookDeliveries.add(webhook.id, id, type, at, payload)
      if (isNew) await requestDelivery(own, webhook.id, id, now)
    }
  }
}

/**
 * Of what an administrator or a program did: it stands whatever becomes of the announcement, which only a crash at this very moment can lose. `id` where it follows from
 * what was done, which then may be repeated.
 */
export async function announceDone(
  own: TenantStore,
  type: WebhookEvent,
  describe: () => object | Promise<object>,
  id?: ContentId,
): Promise<void> {
  try {
    if (!(await isWanted(own, [type]))) return
    const { ids, clock } = own.engine
    await announceEvents(own, [{ id: id ?? ids.content(), type, at: clock.now(), data: await describe() }])
  } catch (error) {
    log.error('event-not-announced', { tenant: own.tenant, type, error: error as Error })
  }
}

/** Sees to it that the delivery is looked at when it is due. */
export async function requestDelivery(
  { engine, tenant }: { engine: TenantStore['engine']; tenant: TenantId },
  webhook: string,
  event: string,
  dueAt: number,
): Promise<void> {
  const seconds = Math.ceil((dueAt - engine.clock.now()) / 1000)
  const delaySeconds = Math.min(LONGEST_DELAY_SECONDS, Math.max(0, seconds))
  await engine.queues.jobs.send(formatJob({ kind: 'deliver-webhook', tenant, webhook, event }), { delaySeconds })
}

/** A message may have any number of recipients and attachments with names of any length; what tells of it is an item. */
function bounded(value: unknown): unknown {
  if (typeof value === 'string')
    return value.length > LONGEST_TEXT ? value.slice(0, LONGEST_TEXT).toWellFormed() : value
  if (Array.isArray(value)) return value.slice(0, MOST_IN_A_LIST).map(bounded)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bounded(each)]))
}
