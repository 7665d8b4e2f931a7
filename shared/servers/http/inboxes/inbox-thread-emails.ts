import { createRoute, z } from '@hono/zod-openapi'
import { forwardRequest, replyRequest } from '../../../flows/inboxes/answer-email.ts'
import { pageOfThread, readEmailTexts, requireThreadEmail } from '../../../flows/inboxes/read-thread.ts'
import { noteAnswer, sendFromInbox } from '../../../flows/inboxes/send-from-inbox.ts'
import type { ThreadId } from '../../../mailbox/ids.ts'
import type { Api } from '../api.ts'
import { ApiError } from '../api-error.ts'
import {
  addressesSchema,
  listOf as addressList,
  attachmentSchema,
  attachmentsOf,
  sentSchema,
} from '../emails/emails-schemas.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { idempotent } from '../idempotent.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, jsonBody } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import { inboxOf, inboxSettings } from './inboxes.ts'
import { showThreadEmail, threadEmailParam, threadEmailSchema, threadParam } from './inboxes-schemas.ts'

const PATH = '/inboxes/{id}/threads/{thread_id}/emails'
const ONE = `${PATH}/{email_id}`

const answerFields = {
  cc: addressesSchema.nullish(),
  bcc: addressesSchema.nullish(),
  html: z.string().nullish(),
  text: z.string().nullish(),
  subject: z.string().max(2000).nullish(),
  attachments: z.array(attachmentSchema).nullish(),
  headers: z.record(z.string(), z.string()).nullish(),
}
const replySchema = z.object({ ...answerFields, reply_all: z.boolean().nullish() }).openapi('InboxReply')
const forwardSchema = z.object({ to: addressesSchema, ...answerFields }).openapi('InboxForward')

/** The messages of a conversation, and answers to them. */
export function inboxThreadEmails(api: Api, services: HttpServices, guards: Guards): void {
  const { store } = services
  const common = { tags: ['Inboxes'], security: BEARER, middleware: guards.tenant }
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: PATH,
      summary: 'Lists the emails of a conversation with their texts, the oldest first',
      description: 'A page of long emails ends before its `limit`.',
      request: { params: threadParam, query: pageQuery },
      responses: answers(200, listOf(threadEmailSchema), 'A page of emails'),
    }),
    async (c) => {
      const { thread_id, ...param } = c.req.valid('param')
      const inbox = await inboxOf(c, services, param)
      const page = await pageOfThread(ownStore(c, services), inbox, thread_id, c.req.valid('query'))
      return c.json(toList(page, showThreadEmail), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: ONE,
      summary: 'Shows an email of a conversation',
      request: { params: threadEmailParam },
      responses: answers(200, threadEmailSchema, 'The email'),
    }),
    async (c) => {
      const { thread_id, email_id, ...param } = c.req.valid('param')
      const own = ownStore(c, services)
      const email = await requireThreadEmail(own, await inboxOf(c, services, param), thread_id, email_id)
      return c.json(showThreadEmail({ ...email, ...(await readEmailTexts(own, email)) }), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'post',
      path: `${ONE}/reply`,
      summary: 'Answers an email, with `reply_all` to all who got it',
      request: { params: threadEmailParam, body: jsonBody(replySchema) },
      responses: answers(200, sentSchema, 'It is taken over, and in Sent'),
    }),
    async (c) => {
      const { thread_id, email_id, ...param } = c.req.valid('param')
      const { reply_all, ...body } = c.req.valid('json')
      if (typeof body.html !== 'string' && typeof body.text !== 'string') {
        throw new ApiError(422, 'missing_required_field', 'Missing `html` or `text` field.')
      }
      const own = ownStore(c, services)
      const inbox = await inboxOf(c, services, param)
      const email = await requireThreadEmail(own, inbox, thread_id, email_id)
      const request = replyRequest(inbox, email, { ...wishOf(body), all: reply_all ?? false })
      const answer = await idempotent(c, own, async (id) => {
        await sendFromInbox(store, tenantOfCaller(c), c.get('caller'), inbox, request, id, inboxSettings(services))
        await noteAnswer(own, inbox.account, { thread: thread_id as ThreadId, email: email.content }, 'reply')
        return { id: id as string }
      })
      return c.json(answer, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'post',
      path: `${ONE}/forward`,
      summary: 'Sends an email on, with what is attached to it',
      request: { params: threadEmailParam, body: jsonBody(forwardSchema) },
      responses: answers(200, sentSchema, 'It is taken over, and in Sent'),
    }),
    async (c) => {
      const { thread_id, email_id, ...param } = c.req.valid('param')
      const body = c.req.valid('json')
      const own = ownStore(c, services)
      const inbox = await inboxOf(c, services, param)
      const email = await requireThreadEmail(own, inbox, thread_id, email_id)
      const request = await forwardRequest(own, inbox, email, { ...wishOf(body), to: addressList(body.to) })
      const answer = await idempotent(c, own, async (id) => {
        await sendFromInbox(store, tenantOfCaller(c), c.get('caller'), inbox, request, id, inboxSettings(services))
        await noteAnswer(own, inbox.account, { thread: thread_id as ThreadId, email: email.content }, 'forward')
        return { id: id as string }
      })
      return c.json(answer, 200)
    },
  )
}

type AnswerBody = Omit<z.infer<typeof replySchema>, 'reply_all'>

function wishOf({ cc, bcc, html, text, subject, attachments, headers }: AnswerBody) {
  return {
    cc: addressList(cc),
    bcc: addressList(bcc),
    html: html ?? undefined,
    text: text ?? undefined,
    subject: subject ?? undefined,
    attachments: attachmentsOf(attachments),
    headers: headers ?? {},
  }
}
