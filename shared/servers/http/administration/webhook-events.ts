import { createRoute, z } from '@hono/zod-openapi'
import { replayEvent, requireWebhook, testWebhook } from '../../../flows/webhooks/administer-webhooks.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import { WEBHOOK_EVENTS } from '../../../mailbox/webhook-events.ts'
import { pageOfArray } from '../../../store/pages.ts'
import type { WebhookDelivery } from '../../../store/webhook-deliveries.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, idParam, idText, jsonBody, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const fields = {
  id: z.string(),
  type: z.enum(WEBHOOK_EVENTS),
  created_at: z.string(),
  status: z.enum(['success', 'pending', 'failed', 'attempting']),
}
const listedEventSchema = z.object(fields).openapi('ListedWebhookEvent')
const eventSchema = z
  .object({
    object: z.literal('webhook_event'),
    ...fields,
    next_attempt_at: z.string().nullable(),
    payload: z.record(z.string(), z.unknown()),
  })
  .openapi('WebhookEvent')
const attemptSchema = z
  .object({
    id: z.string(),
    http_status_code: z.number().int().openapi({ description: '0: nothing answered; `response` says why.' }),
    response: z.string(),
    sent_at: z.string(),
    duration_ms: z.number().int(),
  })
  .openapi('WebhookAttempt')
const deliverySchema = z
  .object({ ...fields, next_attempt_at: z.string().nullable(), attempts: z.array(attemptSchema) })
  .openapi('WebhookDelivery')
const namedSchema = z.object({ object: z.literal('webhook_event'), id: z.string() })
const testSchema = z.object({ type: z.enum(WEBHOOK_EVENTS).default('email.delivered') }).openapi('WebhookTest')

const eventParam = z.object({ id: idText, event_id: idText })
const common = { tags: ['Webhooks'], security: BEARER }

/** What a webhook was told, is to be told, or could not be; for thirty days. */
export function webhookEvents(api: Api, services: HttpServices, guards: Guards): void {
  const middleware = guards.tenant
  async function find(own: ReturnType<typeof ownStore>, webhook: string, event: string): Promise<WebhookDelivery> {
    await requireWebhook(own, webhook)
    const delivery = await own.webhookDeliveries.get(webhook, event)
    if (delivery === undefined) throw new Refusal('not-found', 'Webhook event not found')
    return delivery
  }
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/webhooks/{id}/events',
      summary: 'Lists events of a webhook, the newest first',
      request: { params: idParam, query: pageQuery },
      responses: answers(200, listOf(listedEventSchema), 'A page of events'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const { id } = await requireWebhook(own, c.req.valid('param').id)
      return c.json(toList(await own.webhookDeliveries.page(id, c.req.valid('query')), showListed), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/webhooks/{id}/deliveries',
      summary: 'Lists events of a webhook with each attempt, the newest first',
      request: { params: idParam, query: pageQuery },
      responses: answers(200, listOf(deliverySchema), 'A page of events'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const { id } = await requireWebhook(own, c.req.valid('param').id)
      const page = await own.webhookDeliveries.page(id, c.req.valid('query'))
      const shown = (delivery: WebhookDelivery) => ({
        ...showListed(delivery),
        next_attempt_at: nextAttempt(delivery),
        attempts: attemptsOf(delivery),
      })
      return c.json(toList(page, shown), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/webhooks/{id}/events/{event_id}',
      summary: 'Shows an event with its body',
      request: { params: eventParam },
      responses: answers(200, eventSchema, 'The event'),
    }),
    async (c) => {
      const { id, event_id: eventId } = c.req.valid('param')
      const delivery = await find(ownStore(c, services), id, eventId)
      const payload = JSON.parse(delivery.payload) as Record<string, unknown>
      const shown = { ...showListed(delivery), next_attempt_at: nextAttempt(delivery), payload }
      return c.json({ object: 'webhook_event' as const, ...shown }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/webhooks/{id}/events/{event_id}/attempts',
      summary: 'Lists the last attempts to deliver an event, the newest first',
      request: { params: eventParam, query: pageQuery },
      responses: answers(200, listOf(attemptSchema), 'A page of attempts'),
    }),
    async (c) => {
      const { id, event_id: eventId } = c.req.valid('param')
      const attempts = attemptsOf(await find(ownStore(c, services), id, eventId))
      const page = pageOfArray(attempts, (attempt) => attempt.id, c.req.valid('query'))
      return c.json(
        toList(page, (attempt) => attempt),
        200,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/webhooks/{id}/events/{event_id}/replay',
      summary: 'Sends an event again, under its id',
      request: { params: eventParam },
      responses: answers(200, namedSchema, 'It is sent soon'),
    }),
    async (c) => {
      const { id, event_id: eventId } = c.req.valid('param')
      await replayEvent(ownStore(c, services), id, eventId)
      return c.json({ object: 'webhook_event' as const, id: eventId }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/webhooks/{id}/test',
      summary: 'Sends an event that did not happen, to try a webhook out',
      request: { params: idParam, body: jsonBody(testSchema) },
      responses: answers(200, namedSchema, 'It is sent soon'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const event = await testWebhook(ownStore(c, services), id, c.req.valid('json').type)
      return c.json({ object: 'webhook_event' as const, id: event }, 200)
    },
  )
}

function showListed({ event, type, createdAt, status }: WebhookDelivery) {
  return { id: event, type, created_at: timeText(createdAt), status }
}

function nextAttempt({ status, dueAt }: WebhookDelivery): string | null {
  return status === 'pending' ? timeText(dueAt) : null
}

function attemptsOf({ event, attempts }: WebhookDelivery) {
  return attempts
    .map(({ at, durationMs, status, response }) => ({
      id: `${event}.${at}`,
      http_status_code: status,
      response,
      sent_at: timeText(at),
      duration_ms: durationMs,
    }))
    .reverse()
}
