import { Refusal } from '../../mailbox/refusal.ts'
import { isWebhookUrl } from '../../mailbox/webhook-endpoint.ts'
import type { WebhookEvent } from '../../mailbox/webhook-events.ts'
import type { TenantStore } from '../../store/store.ts'
import type { Webhook, WebhookChange } from '../../store/webhooks.ts'
import { formatJob } from '../upkeep/jobs.ts'
import { requestDelivery } from './announce-events.ts'

export interface WebhookRules {
  /** Webhooks may lead to this machine, without TLS. */
  loopback: boolean
  /** Of a tenant. */
  most: number
}

/** Throws Refusal 'invalid'. */
export async function createWebhook(
  own: TenantStore,
  endpoint: string,
  events: readonly WebhookEvent[],
  { loopback, most }: WebhookRules,
): Promise<Webhook> {
  requireEndpoint(endpoint, loopback)
  const { length } = await own.webhooks.all()
  if (length >= most) throw new Refusal('invalid', `A tenant has ${most} webhooks at most.`)
  return own.webhooks.create(endpoint, [...new Set(events)])
}

/** Throws Refusal 'not-found'. */
export async function requireWebhook(own: TenantStore, id: string): Promise<Webhook> {
  const webhook = await own.webhooks.get(id)
  if (webhook === undefined) throw new Refusal('not-found', 'Webhook not found')
  return webhook
}

/** Throws Refusal 'not-found', 'invalid'. */
export async function changeWebhook(
  own: TenantStore,
  id: string,
  { events, ...change }: WebhookChange,
  { loopback }: WebhookRules,
): Promise<void> {
  if (change.endpoint !== undefined) requireEndpoint(change.endpoint, loopback)
  const found = await own.webhooks.change(id, { ...change, ...(events && { events: [...new Set(events)] }) })
  if (!found) throw new Refusal('not-found', 'Webhook not found')
}

/** From here on it is told nothing; what it was told goes by a job. Throws Refusal 'not-found'. */
export async function removeWebhook(own: TenantStore, id: string): Promise<void> {
  await requireWebhook(own, id)
  await own.webhooks.remove(id)
  await own.engine.queues.jobs.send(formatJob({ kind: 'remove-webhook', tenant: own.tenant, webhook: id }))
}

/** Throws Refusal 'not-found'. */
export async function replayEvent(own: TenantStore, id: string, event: string): Promise<void> {
  await requireWebhook(own, id)
  if (!(await own.webhookDeliveries.replay(id, event))) throw new Refusal('not-found', 'Webhook event not found')
  await requestDelivery(own, id, event, own.engine.clock.now())
}

/** What a webhook would be told, whether it asked for it or not. Throws Refusal 'not-found'. Returns the event's id. */
export async function testWebhook(own: TenantStore, id: string, type: WebhookEvent): Promise<string> {
  await requireWebhook(own, id)
  const { ids, clock } = own.engine
  const event = ids.content() as string
  const at = clock.now()
  const created_at = new Date(at).toISOString()
  const data = {
    email_id: event,
    created_at,
    message_id: `<${event}@test.invalid>`,
    from: 'Tubepost <test@test.invalid>',
    to: ['recipient@test.invalid'],
    subject: 'A test of this webhook',
    test: true,
  }
  await own.webhookDeliveries.add(id, event, type, at, JSON.stringify({ type, created_at, data }))
  await requestDelivery(own, id, event, at)
  return event
}

function requireEndpoint(endpoint: string, loopback: boolean): void {
  if (!isWebhookUrl(endpoint, loopback)) {
    throw new Refusal('invalid', 'The `endpoint` field is invalid: it takes an https URL.')
  }
}
