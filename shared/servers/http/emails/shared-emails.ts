import { createRoute, z } from '@hono/zod-openapi'
import { requireEmail } from '../../../flows/emails/change-email.ts'
import { readSharedEmail, shareEmail } from '../../../flows/emails/share-email.ts'
import type { Api } from '../api.ts'
import { answerError } from '../api-error.ts'
import { emptyBodyAsObject } from '../empty-body.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { answers, BEARER, idParam, jsonBody } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import { sharedEmailPage } from './shared-email-page.ts'

const PATH = '/shared-emails'

/** Nothing runs, nothing is fetched, nothing is sent, nobody frames it; links open in a page of their own. */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ')

/** An email shown to whoever has the link, for two days at most. */
export function sharedEmails(api: Api, services: HttpServices, guards: Guards): void {
  api.openapi(
    createRoute({
      tags: ['Emails'],
      security: BEARER,
      middleware: [...guards.tenant, emptyBodyAsObject],
      method: 'post',
      path: '/emails/{id}/share',
      summary: 'Makes a link to a page that shows an email to whoever has it',
      request: {
        params: idParam,
        body: {
          ...jsonBody(
            z
              .object({
                expires_in: z
                  .string()
                  .max(20)
                  .nullish()
                  .openapi({ description: '`30m`, `48h`; the longest and default.' }),
              })
              .openapi('EmailShare'),
          ),
          required: false,
        },
      },
      responses: answers(200, z.object({ object: z.literal('email'), id: z.string(), url: z.string() }), 'The link'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const email = await requireEmail(services.store, tenantOfCaller(c), c.req.valid('param').id)
      const token = await shareEmail(own, email, c.req.valid('json').expires_in ?? undefined)
      const url = `${new URL(c.req.url).origin}${PATH}/${token}`
      return c.json({ object: 'email' as const, id: email.id as string, url }, 200)
    },
  )
  api.get(`${PATH}/:token`, async (c) => {
    c.header('content-security-policy', POLICY)
    c.header('cache-control', 'private, no-store')
    c.header('referrer-policy', 'no-referrer')
    c.header('x-content-type-options', 'nosniff')
    c.header('x-robots-tag', 'noindex')
    try {
      return c.html(sharedEmailPage(await readSharedEmail(services.store, c.req.param('token'), services.limits)))
    } catch (error) {
      return answerError(error, c)
    }
  })
}
