import { createRoute, z } from '@hono/zod-openapi'
import {
  changeWebhook,
  createWebhook,
  removeWebhook,
  requireWebhook,
} from '../../../flows/webhooks/administer-webhooks.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import { WEBHOOK_EVENTS } from '../../../mailbox/webhook-events.ts'
import type { Webhook } from '../../../store/webhooks.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, deleted, deletedSchema, idParam, jsonBody, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const MAX_URL = 2048

const endpoint = z
  .string()
  .max(MAX_URL)
  .openapi({ description: 'An https URL, of a host that the whole world can reach.' })
const events = z.array(z.enum(WEBHOOK_EVENTS)).min(1).max(WEBHOOK_EVENTS.length)
const status = z.enum(['enabled', 'disabled'])

const fields = {
  id: z.string(),
  endpoint: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)).nullable(),
  status,
  created_at: z.string(),
  failing_since: z.string().nullable().openapi({ description: 'Nothing has got through since then.' }),
  disabled_at: z
    .string()
    .nullable()
    .openapi({ description: 'It was disabled here, as nothing got through for five days.' }),
}
const listedWebhookSchema = z.object(fields).openapi('ListedWebhook')
const webhookSchema = z
  .object({ object: z.literal('webhook'), ...fields, signing_secret: z.string() })
  .openapi('Webhook')
const newWebhookSchema = z.object({ endpoint, events }).openapi('NewWebhook')
const webhookChangeSchema = z
  .object({ endpoint: endpoint.optional(), events: events.optional(), status: status.optional() })
  .openapi('WebhookChange')
const secretSchema = z.object({ object: z.literal('webhook'), id: z.string(), signing_secret: z.string() })
const changedSchema = z.object({ object: z.literal('webhook'), id: z.string() })

const common = { tags: ['Webhooks'], security: BEARER }

/** Where a tenant's programs want to be told what happens, as Resend has it. Bodies are signed as Standard Webhooks. */
export function webhooks(api: Api, services: HttpServices, guards: Guards): void {
  const middleware = guards.tenant
  const rules = { loopback: services.webhooksToLoopback === true, most: services.limits.webhooksPerTenant }
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/webhooks',
      summary: 'Creates a webhook',
      request: { body: jsonBody(newWebhookSchema) },
      responses: answers(201, secretSchema, 'The webhook with the secret that its bodies are signed with'),
    }),
    async (c) => {
      const { endpoint, events } = c.req.valid('json')
      const { id, secret } = await createWebhook(ownStore(c, services), endpoint, events, rules)
      return c.json({ object: 'webhook' as const, id, signing_secret: secret }, 201)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/webhooks',
      summary: 'Lists webhooks, the newest first',
      request: { query: pageQuery },
      responses: answers(200, listOf(listedWebhookSchema), 'A page of webhooks'),
    }),
    async (c) => c.json(toList(await ownStore(c, services).webhooks.page(c.req.valid('query')), show), 200),
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/webhooks/{id}',
      summary: 'Shows a webhook with its secret',
      request: { params: idParam },
      responses: answers(200, webhookSchema, 'The webhook'),
    }),
    async (c) => {
      const webhook = await requireWebhook(ownStore(c, services), c.req.valid('param').id)
      return c.json({ object: 'webhook' as const, ...show(webhook), signing_secret: webhook.secret }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'patch',
      path: '/webhooks/{id}',
      summary: 'Changes where a webhook leads and what it is told, disables or enables it',
      request: { params: idParam, body: jsonBody(webhookChangeSchema) },
      responses: answers(200, changedSchema, 'It is changed'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const { endpoint, events, status } = c.req.valid('json')
      const change = {
        ...(endpoint !== undefined && { endpoint }),
        ...(events !== undefined && { events }),
        ...(status !== undefined && { enabled: status === 'enabled' }),
      }
      await changeWebhook(ownStore(c, services), id, change, rules)
      return c.json({ object: 'webhook' as const, id }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/webhooks/{id}/signing-secret/rotate',
      summary: 'Gives a webhook a new secret; the old one signs nothing any more',
      request: { params: idParam },
      responses: answers(200, secretSchema, 'The new secret'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const secret = await ownStore(c, services).webhooks.rotateSecret(id)
      if (secret === undefined) throw new Refusal('not-found', 'Webhook not found')
      return c.json({ object: 'webhook' as const, id, signing_secret: secret }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'delete',
      path: '/webhooks/{id}',
      summary: 'Removes a webhook with what it was told',
      request: { params: idParam },
      responses: answers(200, deletedSchema('webhook'), 'It is told nothing any more'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      await removeWebhook(ownStore(c, services), id)
      return c.json(deleted('webhook', id), 200)
    },
  )
}

function show({ id, endpoint, events, enabled, createdAt, failingSince, disabledAt }: Webhook) {
  return {
    id,
    endpoint,
    events: events && [...events],
    status: enabled ? ('enabled' as const) : ('disabled' as const),
    created_at: timeText(createdAt),
    failing_since: failingSince === undefined ? null : timeText(failingSince),
    disabled_at: disabledAt === undefined ? null : timeText(disabledAt),
  }
}
