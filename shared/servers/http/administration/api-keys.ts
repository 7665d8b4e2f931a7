import { createRoute, z } from '@hono/zod-openapi'
import { requireDomain } from '../../../flows/tenants/administer-domains.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import { type ApiKey, PERMISSIONS } from '../../../store/api-keys.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, deleted, deletedSchema, idParam, jsonBody, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const MAX_NAME = 50

const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    permission: z.enum(PERMISSIONS),
    domain_id: z.string().nullable(),
    created_at: z.string(),
    last_used_at: z.string().nullable(),
  })
  .openapi('ApiKey')

const newKeySchema = z
  .object({
    name: z.string().min(1).max(MAX_NAME),
    permission: z.enum(PERMISSIONS).default('full_access'),
    domain_id: z.string().optional().openapi({ description: 'For `sending_access`: from this domain alone.' }),
  })
  .openapi('NewApiKey')

const keyChangeSchema = z
  .object({ name: z.string().min(1).max(MAX_NAME).optional(), permission: z.enum(PERMISSIONS).optional() })
  .openapi('ApiKeyChange')

const common = { tags: ['API keys'], security: BEARER }

/** What programs of a tenant call with. */
export function apiKeys(api: Api, services: HttpServices, guards: Guards): void {
  const middleware = guards.tenant
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/api-keys',
      summary: 'Creates an API key',
      description: 'The token is shown here and never again.',
      request: { body: jsonBody(newKeySchema) },
      responses: answers(201, z.object({ id: z.string(), token: z.string() }), 'The key'),
    }),
    async (c) => {
      const { name, permission, domain_id: domainId } = c.req.valid('json')
      if (domainId !== undefined) {
        if (permission !== 'sending_access') {
          throw new Refusal('invalid', 'The `domain_id` field goes with `sending_access` alone.')
        }
        await requireDomain(services.store, tenantOfCaller(c), domainId)
      }
      const options = { name, permission, ...(domainId !== undefined && { domainId }) }
      const { key, token } = await ownStore(c, services).apiKeys.create(options)
      return c.json({ id: key.id, token }, 201)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/api-keys',
      summary: 'Lists API keys, the newest first',
      request: { query: pageQuery },
      responses: answers(200, listOf(keySchema), 'A page of keys'),
    }),
    async (c) => c.json(toList(await ownStore(c, services).apiKeys.page(c.req.valid('query')), show), 200),
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'patch',
      path: '/api-keys/{id}',
      summary: 'Changes the name or the permission of an API key',
      request: { params: idParam, body: jsonBody(keyChangeSchema) },
      responses: answers(200, z.object({ object: z.literal('api_key'), id: z.string() }), 'It is changed'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const { name, permission } = c.req.valid('json')
      const { apiKeys } = ownStore(c, services)
      const known = await apiKeys.get(id)
      if (known === undefined) throw new Refusal('not-found', 'API key not found')
      if (known.domainId !== undefined && permission === 'full_access') {
        throw new Refusal('invalid', 'A key of one domain has `sending_access` alone.')
      }
      await apiKeys.update(id, { ...(name !== undefined && { name }), ...(permission !== undefined && { permission }) })
      return c.json({ object: 'api_key' as const, id }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'delete',
      path: '/api-keys/{id}',
      summary: 'Removes an API key',
      request: { params: idParam },
      responses: answers(200, deletedSchema('api_key'), 'It opens nothing any more'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      if (!(await ownStore(c, services).apiKeys.remove(id))) throw new Refusal('not-found', 'API key not found')
      return c.json(deleted('api_key', id), 200)
    },
  )
}

function show({ id, name, permission, domainId, createdAt, lastUsedAt }: ApiKey) {
  return {
    id,
    name,
    permission,
    domain_id: domainId ?? null,
    created_at: timeText(createdAt),
    last_used_at: lastUsedAt === undefined ? null : timeText(lastUsedAt),
  }
}
