import { createRoute, z } from '@hono/zod-openapi'
import { cancelEmail, requireEmail, rescheduleEmail } from '../../../flows/emails/change-email.ts'
import { lastEventOf, readEmailBodies } from '../../../flows/emails/read-email.ts'
import { checkSending, sendEmail } from '../../../flows/emails/send-email.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { idempotent } from '../idempotent.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, idParam, jsonBody } from '../schemas.ts'
import { emailSettings, type HttpServices } from '../services.ts'
import { emailSchema, listedEmailSchema, newEmailSchema, requestOf, sentSchema, showListed } from './emails-schemas.ts'

const common = { tags: ['Emails'], security: BEARER }
const changedSchema = z.object({ object: z.literal('email'), id: z.string() })

/** Sending, as Resend has it. */
export function emails(api: Api, services: HttpServices, guards: Guards): void {
  const { store } = services
  api.openapi(
    createRoute({
      ...common,
      middleware: guards.sending,
      method: 'post',
      path: '/emails',
      summary: 'Sends an email, or schedules one',
      description: 'With an `Idempotency-Key` a repeat within a day reads the first answer.',
      request: { body: jsonBody(newEmailSchema) },
      responses: answers(200, sentSchema, 'It is taken over'),
    }),
    async (c) => {
      const tenant = tenantOfCaller(c)
      const answer = await idempotent(c, ownStore(c, services), async (id) => {
        const checked = await checkSending(store, tenant, c.get('caller'), requestOf(c.req.valid('json')))
        await sendEmail(store, tenant, checked, id, emailSettings(services, c.env))
        return { id: id as string }
      })
      return c.json(answer, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware: guards.tenant,
      method: 'get',
      path: '/emails',
      summary: 'Lists emails sent, the newest first',
      request: { query: pageQuery },
      responses: answers(200, listOf(listedEmailSchema), 'A page of emails'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const { items, hasMore } = await own.emails.page(c.req.valid('query'))
      const shown = await Promise.all(items.map(async (email) => showListed(email, await lastEventOf(own, email))))
      return c.json(
        toList({ items: shown, hasMore }, (email) => email),
        200,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware: guards.tenant,
      method: 'get',
      path: '/emails/{id}',
      summary: 'Shows an email that was sent or waits',
      request: { params: idParam },
      responses: answers(200, emailSchema, 'The email'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const email = await requireEmail(store, own.tenant, c.req.valid('param').id)
      const [lastEvent, bodies] = await Promise.all([lastEventOf(own, email), readEmailBodies(own, email)])
      const shown = { object: 'email' as const, ...showListed(email, lastEvent), ...bodies, tags: [...email.tags] }
      return c.json(shown, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware: guards.tenant,
      method: 'patch',
      path: '/emails/{id}',
      summary: 'Schedules an email that waits anew',
      request: { params: idParam, body: jsonBody(z.object({ scheduled_at: z.string().max(100) })) },
      responses: answers(200, changedSchema, 'It has its new time'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      await rescheduleEmail(store, tenantOfCaller(c), id, c.req.valid('json').scheduled_at)
      return c.json({ object: 'email' as const, id }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware: guards.tenant,
      method: 'post',
      path: '/emails/{id}/cancel',
      summary: 'Cancels an email that waits',
      request: { params: idParam },
      responses: answers(200, changedSchema, 'It will not be sent'),
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      await cancelEmail(store, tenantOfCaller(c), id)
      return c.json({ object: 'email' as const, id }, 200)
    },
  )
}
