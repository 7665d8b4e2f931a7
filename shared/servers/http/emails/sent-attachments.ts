import { createRoute } from '@hono/zod-openapi'
import { requireEmail } from '../../../flows/emails/change-email.ts'
import { linkAttachment } from '../../../flows/emails/link-attachment.ts'
import { type AttachmentPart, attachmentParts } from '../../../flows/mailboxes/message-bodies.ts'
import { openSentContent, type SentContent } from '../../../flows/outgoing/sent-content.ts'
import type { ContentId } from '../../../mailbox/ids.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import { pageOfArray } from '../../../store/pages.ts'
import type { TenantStore } from '../../../store/store.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, idParam } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import { attachmentParam, sentAttachmentSchema, showAttachment, showLink } from './received-schemas.ts'

const PATH = '/emails/{id}/attachments'

/** What was attached to emails that were sent or wait. */
export function sentAttachments(api: Api, services: HttpServices, guards: Guards): void {
  const common = { tags: ['Emails'], security: BEARER, middleware: guards.tenant }
  async function opened(own: TenantStore, id: string) {
    const email = await requireEmail(services.store, own.tenant, id)
    const content = await openSentContent(own, email.id, services.limits)
    if (content === undefined) throw new Refusal('not-found', 'Email not found')
    return { id: email.id, content, attachments: attachmentParts(content.structure) }
  }
  async function linked(own: TenantStore, id: ContentId, { read }: SentContent, attachment: AttachmentPart) {
    const { spool } = services.store.engine
    const { spoolMemoryOctets } = services.limits
    const link = await linkAttachment(own, { content: id, read }, attachment, { spool, spoolMemoryOctets })
    const { content_id, ...shown } = showAttachment({ ...attachment, sizeOctets: link.sizeOctets })
    return {
      object: 'attachment' as const,
      ...shown,
      ...(content_id !== null && { content_id }),
      ...showLink(link),
    }
  }
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: PATH,
      summary: 'Lists the attachments of an email that was sent or waits, with links',
      request: { params: idParam, query: pageQuery },
      responses: answers(200, listOf(sentAttachmentSchema), 'A page of attachments'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const { id, content, attachments } = await opened(own, c.req.valid('param').id)
      const { items, hasMore } = pageOfArray(attachments, (attachment) => attachment.id, c.req.valid('query'))
      const shown = []
      for (const attachment of items) shown.push(await linked(own, id, content, attachment))
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
      path: `${PATH}/{attachment_id}`,
      summary: 'Shows an attachment of an email that was sent or waits, with a link',
      request: { params: attachmentParam },
      responses: answers(200, sentAttachmentSchema, 'The attachment'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const param = c.req.valid('param')
      const { id, content, attachments } = await opened(own, param.id)
      const attachment = attachments.find((one) => one.id === param.attachment_id)
      if (attachment === undefined) throw new Refusal('not-found', 'Attachment not found')
      return c.json(await linked(own, id, content, attachment), 200)
    },
  )
}
