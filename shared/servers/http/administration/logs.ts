import { createRoute, z } from '@hono/zod-openapi'
import { callRecorder } from '../../../flows/usage/record-calls.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import type { LoggedCall } from '../../../store/api-calls.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, idParam, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const fields = {
  id: z.string(),
  created_at: z.string(),
  endpoint: z.string(),
  method: z.string(),
  response_status: z.number().int(),
  user_agent: z.string().nullable(),
}
const listedLogSchema = z.object(fields).openapi('ListedLog')
const logSchema = z
  .object({
    object: z.literal('log'),
    ...fields,
    request_body: z.null().openapi({ description: 'Bodies are not kept: they hold mail.' }),
    response_body: z.null(),
  })
  .openapi('Log')

const common = { tags: ['Logs'], security: BEARER }

/** The last calls of a tenant, for thirty days. */
export function logs(api: Api, services: HttpServices, guards: Guards): void {
  const middleware = guards.tenant
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/logs',
      summary: 'Lists calls of this API, the newest first',
      request: { query: pageQuery },
      responses: answers(200, listOf(listedLogSchema), 'A page of calls'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      await callRecorder(services.store).flush(own.tenant)
      return c.json(toList(await own.apiCalls.page(c.req.valid('query')), show), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/logs/{id}',
      summary: 'Shows a call',
      request: { params: idParam },
      responses: answers(200, logSchema, 'The call'),
    }),
    async (c) => {
      const call = await ownStore(c, services).apiCalls.get(c.req.valid('param').id)
      if (call === undefined) throw new Refusal('not-found', 'Log not found')
      return c.json({ object: 'log' as const, ...show(call), request_body: null, response_body: null }, 200)
    },
  )
}

function show({ id, at, method, path, status, userAgent }: LoggedCall) {
  return { id, created_at: timeText(at), endpoint: path, method, response_status: status, user_agent: userAgent }
}
