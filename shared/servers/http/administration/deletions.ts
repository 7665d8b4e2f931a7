import { createRoute, z } from '@hono/zod-openapi'
import { isTenantId } from '../../../mailbox/ids.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import type { Remain } from '../../../ports/engine.ts'
import type { Deletion } from '../../../store/deletions.ts'
import type { Api } from '../api.ts'
import type { Guards } from '../guards.ts'
import { answers, BEARER, idParam, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const DAY_MS = 24 * 60 * 60 * 1000

const deletionSchema = z
  .object({
    object: z.literal('deletion'),
    tenant: z.string(),
    name: z.string(),
    status: z.enum(['running', 'completed']),
    requested_at: z.string(),
    completed_at: z.string().nullable(),
    removed: z.object({
      accounts: z.number().int(),
      domains: z.number().int(),
      aliases: z.number().int(),
      object_versions: z.number().int(),
      object_octets: z.number().int(),
    }),
    remains: z
      .array(z.object({ what: z.string(), until: z.string().nullable() }))
      .openapi({ description: 'What ages out by itself, and when; `null`: see what it says.' }),
  })
  .openapi('Deletion')

/** The certificate of a deletion: what went, when, and what is gone only later. It outlives the tenant. */
export function deletions(api: Api, { store }: HttpServices, guards: Guards): void {
  api.openapi(
    createRoute({
      tags: ['Tenants'],
      security: BEARER,
      middleware: guards.operator,
      method: 'get',
      path: '/tenants/{id}/deletion',
      summary: 'Shows what became of a tenant that was deleted',
      request: { params: idParam },
      responses: answers(200, deletionSchema, 'The certificate'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const deletion = isTenantId(id) ? await store.deletions.newest(id) : undefined
      if (deletion === undefined) throw new Refusal('not-found', 'Deletion not found')
      return c.json(show(deletion, store.engine.remains ?? []), 200)
    },
  )
}

function show(deletion: Deletion, remains: readonly Remain[]) {
  const { tenant, name, requestedAt, finishedAt, accounts, domains, aliases, versions, octets } = deletion
  return {
    object: 'deletion' as const,
    tenant,
    name,
    status: finishedAt === undefined ? ('running' as const) : ('completed' as const),
    requested_at: timeText(requestedAt),
    completed_at: finishedAt === undefined ? null : timeText(finishedAt),
    removed: { accounts, domains, aliases, object_versions: versions, object_octets: octets },
    remains: remains.map(({ what, days }) => ({
      what,
      until: days === undefined || finishedAt === undefined ? null : timeText(finishedAt + days * DAY_MS),
    })),
  }
}
