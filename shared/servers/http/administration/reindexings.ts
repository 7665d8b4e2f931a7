import { createRoute, z } from '@hono/zod-openapi'
import { requestReindex } from '../../../flows/upkeep/reindex-tenant.ts'
import { isTenantId, type TenantId } from '../../../mailbox/ids.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import type { Reindexing } from '../../../store/reindexings.ts'
import type { Api } from '../api.ts'
import type { Guards } from '../guards.ts'
import { answers, BEARER, idParam, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const reindexingSchema = z
  .object({
    object: z.literal('reindex'),
    tenant: z.string(),
    status: z.enum(['waiting', 'running', 'completed', 'failed']).openapi({
      description: '`waiting`: for its turn, or for a reclaim to end. `failed`: it is tried again by itself.',
    }),
    requested_at: z.string(),
    updated_at: z.string(),
    completed_at: z.string().nullable(),
    views: z.number().int(),
    mailboxes: z.number().int(),
    messages_restored: z.number().int(),
    messages_found: z.number().int(),
  })
  .openapi('Reindex')

const common = { tags: ['Tenants'], security: BEARER }

/** The index made anew out of the bucket: the operator's remedy for a lost table. */
export function reindexings(api: Api, { store }: HttpServices, guards: Guards): void {
  const middleware = guards.operator
  async function existing(id: string): Promise<TenantId> {
    const tenant = isTenantId(id) ? await store.tenants.get(id) : undefined
    if (tenant === undefined || tenant.deleting) throw new Refusal('not-found', 'Tenant not found')
    return tenant.id
  }
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/tenants/{id}/reindex',
      summary: 'Makes the index of a tenant anew out of the bucket',
      description: 'What is there stays as it is. It is done in the background; one that is under way is shown.',
      request: { params: idParam },
      responses: answers(202, reindexingSchema, 'It is asked for'),
    }),
    async (c) => {
      const tenant = await existing(c.req.valid('param').id)
      return c.json(show(tenant, await requestReindex(store, tenant)), 202)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/tenants/{id}/reindex',
      summary: 'Shows how far a reindex has come',
      request: { params: idParam },
      responses: answers(200, reindexingSchema, 'The last one'),
    }),
    async (c) => {
      const tenant = await existing(c.req.valid('param').id)
      const standing = await store.reindexings.get(tenant)
      if (standing === undefined) throw new Refusal('not-found', 'Reindex not found')
      return c.json(show(tenant, standing), 200)
    },
  )
}

function show(tenant: TenantId, { status, requestedAt, updatedAt, finishedAt, ...counts }: Reindexing) {
  return {
    object: 'reindex' as const,
    tenant,
    status,
    requested_at: timeText(requestedAt),
    updated_at: timeText(updatedAt),
    completed_at: finishedAt === undefined ? null : timeText(finishedAt),
    views: counts.views,
    mailboxes: counts.mailboxes,
    messages_restored: counts.restored,
    messages_found: counts.found,
  }
}
