import { createRoute, z } from '@hono/zod-openapi'
import type { Api } from './api.ts'
import { answers } from './schemas.ts'
import type { HttpServices } from './services.ts'

const statusSchema = z.object({ status: z.enum(['ok', 'ready', 'not_ready']) })

/** For load balancers and people: the process lives; it takes work. */
export function health(api: Api, { isReady }: HttpServices): void {
  api.openapi(
    createRoute({
      method: 'get',
      path: '/health',
      tags: ['Service'],
      summary: 'The process lives',
      responses: answers(200, statusSchema, 'It does'),
    }),
    (c) => c.json({ status: 'ok' as const }, 200),
  )
  api.openapi(
    createRoute({
      method: 'get',
      path: '/ready',
      tags: ['Service'],
      summary: 'The process takes work',
      responses: { ...answers(200, statusSchema, 'It does'), 503: { description: 'Not yet, or no more' } },
    }),
    (c) => (isReady() ? c.json({ status: 'ready' as const }, 200) : c.json({ status: 'not_ready' as const }, 503)),
  )
}
