import { createRoute, z } from '@hono/zod-openapi'
import { linkAttachment, linkRaw } from '../../../flows/emails/link-attachment.ts'
import { pageOfReceived } from '../../../flows/emails/list-received.ts'
import {
  type ReceivedEmail,
  readerOf,
  readHeaders,
  readReceivedBodies,
  requireAttachment,
  requireReceived,
} from '../../../flows/emails/read-received.ts'
import type { AttachmentPart } from '../../../flows/mailboxes/message-bodies.ts'
import { pageOfArray } from '../../../store/pages.ts'
import type { TenantStore } from '../../../store/store.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, idParam } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import {
  attachmentParam,
  linkedAttachmentSchema,
  listedReceivedSchema,
  receivedSchema,
  showAttachment,
  showLink,
  showListedReceived,
} from './received-schemas.ts'

const PATH = '/emails/receiving'

/** What came in for a tenant, as Resend has it. */
export function receivedEmails(api: Api, services: HttpServices, guards: Guards): void {
  const common = { tags: ['Received emails'], security: BEARER, middleware: guards.tenant }
  async function linked(own: TenantStore, email: ReceivedEmail, attachment: AttachmentPart) {
    const { engine } = services.store
    const { spoolMemoryOctets } = services.limits
    const content = { content: email.id, read: readerOf(own, email.id) }
    const link = await linkAttachment(own, content, attachment, { spool: engine.spool, spoolMemoryOctets })
    const { sizeOctets } = link
    return { object: 'attachment' as const, ...showAttachment({ ...attachment, sizeOctets }), ...showLink(link) }
  }
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: PATH,
      summary: 'Lists received emails, the newest first',
      request: { query: pageQuery },
      responses: answers(200, listOf(listedReceivedSchema), 'A page of emails'),
    }),
    async (c) =>
      c.json(toList(await pageOfReceived(ownStore(c, services), c.req.valid('query')), showListedReceived), 200),
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: `${PATH}/{id}`,
      summary: 'Shows a received email',
      description: '`raw` is a link to the message as it came; it needs no key, for five minutes.',
      request: { params: idParam, query: z.object({ html_format: z.enum(['data_uri', 'cid']).default('data_uri') }) },
      responses: answers(200, receivedSchema, 'The email'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const email = await requireReceived(own, c.req.valid('param').id)
      const inline = c.req.valid('query').html_format === 'data_uri'
      const [bodies, headers, raw] = await Promise.all([
        readReceivedBodies(own, email, { inline }),
        readHeaders(own, email),
        linkRaw(own, email),
      ])
      return c.json(
        { object: 'email' as const, ...showListedReceived(email), ...bodies, headers, raw: showLink(raw) },
        200,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: `${PATH}/{id}/attachments`,
      summary: 'Lists the attachments of a received email, with links',
      request: { params: idParam, query: pageQuery },
      responses: answers(200, listOf(linkedAttachmentSchema), 'A page of attachments'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const email = await requireReceived(own, c.req.valid('param').id)
      const { items, hasMore } = pageOfArray(email.attachments, ({ id }) => id, c.req.valid('query'))
      const shown = []
      for (const attachment of items) shown.push(await linked(own, email, attachment))
      return c.json(
        toList({ items: shown, hasMore }, (attachment) => attachment),
        200,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: `${PATH}/{id}/attachments/{attachment_id}`,
      summary: 'Shows an attachment of a received email, with a link',
      request: { params: attachmentParam },
      responses: answers(200, linkedAttachmentSchema, 'The attachment'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const { id, attachment_id } = c.req.valid('param')
      const email = await requireReceived(own, id)
      return c.json(await linked(own, email, requireAttachment(email, attachment_id)), 200)
    },
  )
}
