import { createRoute, z } from '@hono/zod-openapi'
import { requireEmail } from '../../../flows/emails/change-email.ts'
import { eventsOfEmail } from '../../../flows/emails/read-email.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore } from '../guards.ts'
import { answers, BEARER, idParam, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import { lastEventSchema } from './emails-schemas.ts'

const eventSchema = z
  .object({
    type: lastEventSchema,
    created_at: z.string().nullable(),
    recipient: z.string().nullable().openapi({ description: '`null`: all of them.' }),
    reply: z.string().nullable().openapi({ description: 'What the relay said.' }),
  })
  .openapi('EmailEvent')

/** The way of an email that was sent: what became of it for each recipient. */
export function emailEvents(api: Api, services: HttpServices, guards: Guards): void {
  api.openapi(
    createRoute({
      tags: ['Emails'],
      security: BEARER,
      middleware: guards.tenant,
      method: 'get',
      path: '/emails/{id}/events',
      summary: 'Lists what has happened to an email, the oldest first',
      request: { params: idParam },
      responses: answers(200, z.object({ object: z.literal('list'), data: z.array(eventSchema) }), 'All of it'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const events = await eventsOfEmail(own, await requireEmail(services.store, own.tenant, c.req.valid('param').id))
      const data = events.map(({ type, at, recipient, reply }) => ({
        type,
        created_at: at === undefined ? null : timeText(at),
        recipient: recipient ?? null,
        reply: reply ?? null,
      }))
      return c.json({ object: 'list' as const, data }, 200)
    },
  )
}
