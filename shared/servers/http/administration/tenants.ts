import { createRoute, z } from '@hono/zod-openapi'
import { createTenant } from '../../../flows/tenants/create-tenant.ts'
import { deleteTenant } from '../../../flows/tenants/delete-tenant.ts'
import { isTenantId, type TenantId } from '../../../mailbox/ids.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import type { TenantLimit, TenantLimits } from '../../../mailbox/tenant-limits.ts'
import type { Store } from '../../../store/store.ts'
import type { Tenant } from '../../../store/tenants.ts'
import type { Api } from '../api.ts'
import type { Guards } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, deleted, deletedSchema, idParam, jsonBody, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const limit = z.number().int().positive().max(Number.MAX_SAFE_INTEGER).nullable()
const limitFields = {
  storage_octets: limit.openapi({ description: 'Of all accounts together; `null`: no limit, as with the others.' }),
  messages_in_per_day: limit,
  messages_in_per_month: limit,
  messages_out_per_day: limit,
  messages_out_per_month: limit,
}

const tenantSchema = z
  .object({
    object: z.literal('tenant'),
    id: z.string(),
    name: z.string(),
    status: z.enum(['active', 'suspended', 'deleting']),
    created_at: z.string(),
    limits: z.object(limitFields),
  })
  .openapi('Tenant')

const tenantChangeSchema = z
  .object({ name: z.string().trim().min(1).max(200).optional(), limits: z.object(limitFields).partial().optional() })
  .openapi('TenantChange')

const newTenantSchema = z
  .object({
    id: z.string().openapi({ description: '1 to 40 lower-case letters, digits and hyphens; it never changes.' }),
    name: z.string().trim().min(1).max(200).optional(),
  })
  .openapi('NewTenant')

const createdTenantSchema = tenantSchema
  .extend({ api_key: z.object({ id: z.string(), token: z.string() }) })
  .openapi('CreatedTenant')

const common = { tags: ['Tenants'], security: BEARER }

/** Who has mail here: the operator's affair. */
export function tenants(api: Api, { store }: HttpServices, guards: Guards): void {
  const middleware = guards.operator
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/tenants',
      summary: 'Creates a tenant with a first API key',
      description: 'The token is shown here and never again.',
      request: { body: jsonBody(newTenantSchema) },
      responses: answers(201, createdTenantSchema, 'The tenant'),
    }),
    async (c) => {
      const { id, name = id } = c.req.valid('json')
      if (!isTenantId(id)) {
        throw new Refusal(
          'invalid',
          'The `id` field is invalid: it takes 1 to 40 lower-case letters, digits and hyphens.',
        )
      }
      const { tenant, keyId, token } = await createTenant(store, id, name)
      return c.json({ ...show(tenant), api_key: { id: keyId, token } }, 201)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/tenants',
      summary: 'Lists tenants by their ids',
      request: { query: pageQuery },
      responses: answers(200, listOf(tenantSchema), 'A page of tenants'),
    }),
    async (c) => c.json(toList(await store.tenants.page(c.req.valid('query')), show), 200),
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/tenants/{id}',
      summary: 'Shows a tenant',
      request: { params: idParam },
      responses: answers(200, tenantSchema, 'The tenant'),
    }),
    async (c) => c.json(show(await find(store, c.req.valid('param').id)), 200),
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'patch',
      path: '/tenants/{id}',
      summary: 'Changes the name or the limits of a tenant',
      description: 'Days and months are those of UTC. At eight tenths of a limit the tenant’s postmaster is told.',
      request: { params: idParam, body: jsonBody(tenantChangeSchema) },
      responses: answers(200, tenantSchema, 'The tenant'),
    }),
    async (c) => {
      const { name, limits = {} } = c.req.valid('json')
      const tenant = await find(store, c.req.valid('param').id)
      const change = { ...(name !== undefined && { name }), limits: changedLimits(tenant.limits, limits) }
      if (!(await store.tenants.change(tenant.id, change))) throw new Refusal('not-found', 'Tenant not found')
      return c.json(show(await find(store, tenant.id)), 200)
    },
  )
  for (const [verb, suspended] of [
    ['suspend', true],
    ['resume', false],
  ] as const) {
    api.openapi(
      createRoute({
        ...common,
        middleware,
        method: 'post',
        path: `/tenants/{id}/${verb}`,
        summary: suspended
          ? 'Suspends a tenant: nobody signs in, nothing comes in or goes out'
          : 'Ends the suspension of a tenant',
        request: { params: idParam },
        responses: answers(200, tenantSchema, 'The tenant'),
      }),
      async (c) => {
        const { id } = await find(store, c.req.valid('param').id)
        if (!(await store.tenants.setSuspended(id, suspended))) throw new Refusal('not-found', 'Tenant not found')
        return c.json(show(await find(store, id)), 200)
      },
    )
  }
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'delete',
      path: '/tenants/{id}',
      summary: 'Deletes a tenant with everything it owns',
      description: 'It is suspended at once; what it owns goes soon after. There is no way back.',
      request: { params: idParam },
      responses: answers(200, deletedSchema('tenant'), 'It is being deleted'),
    }),
    async (c) => {
      const { id } = await find(store, c.req.valid('param').id)
      await deleteTenant(store, id)
      return c.json(deleted('tenant', id), 200)
    },
  )
}

async function find(store: Store, id: string): Promise<Tenant> {
  const tenant = isTenantId(id) ? await store.tenants.get(id as TenantId) : undefined
  if (tenant === undefined) throw new Refusal('not-found', 'Tenant not found')
  return tenant
}

const LIMIT_OF = {
  storage_octets: 'storageOctets',
  messages_in_per_day: 'messagesInPerDay',
  messages_in_per_month: 'messagesInPerMonth',
  messages_out_per_day: 'messagesOutPerDay',
  messages_out_per_month: 'messagesOutPerMonth',
} as const satisfies Record<keyof typeof limitFields, TenantLimit>

function changedLimits(
  known: TenantLimits,
  wanted: Readonly<Partial<Record<keyof typeof LIMIT_OF, number | null | undefined>>>,
): TenantLimits {
  const limits = { ...known }
  for (const [field, name] of Object.entries(LIMIT_OF) as [keyof typeof LIMIT_OF, TenantLimit][]) {
    const limit = wanted[field]
    if (limit === null) delete limits[name]
    else if (limit !== undefined) limits[name] = limit
  }
  return limits
}

function showLimits(limits: TenantLimits) {
  const shown = Object.entries(LIMIT_OF).map(([field, name]) => [field, limits[name] ?? null])
  return Object.fromEntries(shown) as Record<keyof typeof LIMIT_OF, number | null>
}

function show({ id, name, createdAt, suspended, deleting, limits }: Tenant) {
  const status = deleting ? 'deleting' : suspended ? 'suspended' : 'active'
  const shown = { id, name, status, created_at: timeText(createdAt), limits: showLimits(limits) } as const
  return { object: 'tenant' as const, ...shown }
}
