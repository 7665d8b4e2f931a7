import { createRoute, z } from '@hono/zod-openapi'
import {
  describeDraft,
  pageOfDrafts,
  readDraftTexts,
  requireDraft,
  withDrafts,
} from '../../../flows/inboxes/read-drafts.ts'
import { requireThreadEmail } from '../../../flows/inboxes/read-thread.ts'
import { createDraft, deleteDraft, updateDraft } from '../../../flows/inboxes/save-draft.ts'
import { sendDraft } from '../../../flows/inboxes/send-draft.ts'
import type { Api } from '../api.ts'
import { ApiError } from '../api-error.ts'
import {
  addressesSchema,
  listOf as addressList,
  attachmentSchema,
  attachmentsOf,
  sentSchema,
} from '../emails/emails-schemas.ts'
import { emptyBodyAsObject } from '../empty-body.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { idempotent } from '../idempotent.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, deleted, deletedSchema, idText, jsonBody } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import { inboxOf, inboxSettings } from './inboxes.ts'
import { draftIdSchema, draftSchema, inboxParam, listedDraftSchema } from './inboxes-schemas.ts'

const PATH = '/inboxes/{id}/drafts'
const ONE = `${PATH}/{draft_id}`
const draftParam = inboxParam.extend({ draft_id: idText })

const contentFields = {
  to: addressesSchema.nullish(),
  cc: addressesSchema.nullish(),
  bcc: addressesSchema.nullish(),
  subject: z.string().max(2000).nullish(),
  html: z.string().nullish(),
  text: z.string().nullish(),
  attachments: z.array(attachmentSchema).nullish(),
}
const newDraftSchema = z
  .object({
    ...contentFields,
    thread_id: z.string().max(64).nullish(),
    reply_to_email_id: z.string().max(64).nullish(),
  })
  .openapi('NewInboxDraft')
const draftChangeSchema = z.object(contentFields).openapi('InboxDraftChange')
const sendDraftSchema = z.object({ headers: z.record(z.string(), z.string()).nullish() }).openapi('InboxDraftSending')

/** The drafts of an inbox: what lies in Drafts, whoever saved it. */
export function inboxDrafts(api: Api, services: HttpServices, guards: Guards): void {
  const { store } = services
  const common = { tags: ['Inboxes'], security: BEARER, middleware: guards.tenant }
  api.openapi(
    createRoute({
      ...common,
      method: 'post',
      path: PATH,
      summary: 'Saves a draft, of an answer where `thread_id` and `reply_to_email_id` name a message',
      request: { params: inboxParam, body: jsonBody(newDraftSchema) },
      responses: answers(201, draftIdSchema, 'Its id'),
    }),
    async (c) => {
      const { thread_id, reply_to_email_id, ...body } = c.req.valid('json')
      const wish = wishOf(body)
      if (Object.values(wish).every((value) => value === undefined)) {
        throw new ApiError(422, 'missing_required_field', 'Missing `text` field.')
      }
      if (((thread_id ?? undefined) === undefined) !== ((reply_to_email_id ?? undefined) === undefined)) {
        const missing = thread_id ? 'reply_to_email_id' : 'thread_id'
        throw new ApiError(422, 'missing_required_field', `Missing \`${missing}\` field.`)
      }
      const own = ownStore(c, services)
      const inbox = await inboxOf(c, services, c.req.valid('param'))
      const answered =
        thread_id && reply_to_email_id ? await requireThreadEmail(own, inbox, thread_id, reply_to_email_id) : undefined
      const answer = await idempotent(c, own, async (id) => {
        await createDraft(store, own, inbox, wish, answered, id, inboxSettings(services))
        return { object: 'inbox_draft' as const, id: id as string }
      })
      return c.json(answer, 201)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: PATH,
      summary: 'Lists drafts, the one that was saved last first',
      request: { params: inboxParam, query: pageQuery },
      responses: answers(200, listOf(listedDraftSchema), 'A page of drafts'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const { account } = await inboxOf(c, services, c.req.valid('param'))
      const { items, hasMore } = await pageOfDrafts(own, account, c.req.valid('query'))
      const shown = await Promise.all(
        items.map(async (draft) => {
          const {
            object: _same,
            email_id: _none,
            created_at: _known,
            ...shown
          } = await describeDraft(own, account, draft)
          return { ...shown, snippet: draft.view.preview || null }
        }),
      )
      return c.json(
        toList({ items: shown, hasMore }, (draft) => draft),
        200,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: ONE,
      summary: 'Shows a draft',
      request: { params: draftParam },
      responses: answers(200, draftSchema, 'The draft'),
    }),
    async (c) => {
      const { draft_id, ...param } = c.req.valid('param')
      const own = ownStore(c, services)
      const { account } = await inboxOf(c, services, param)
      const draft = await withDrafts(own, account, (replica) => requireDraft(own, replica, draft_id))
      const [shown, texts] = await Promise.all([describeDraft(own, account, draft), readDraftTexts(own, draft)])
      return c.json({ ...shown, ...texts }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'patch',
      path: ONE,
      summary: 'Saves a draft anew; what is not named stays as it is',
      request: { params: draftParam, body: jsonBody(draftChangeSchema) },
      responses: answers(200, draftIdSchema, 'Its id, which is the same'),
    }),
    async (c) => {
      const { draft_id: id, ...param } = c.req.valid('param')
      const inbox = await inboxOf(c, services, param)
      const wish = wishOf(c.req.valid('json'))
      await updateDraft(store, ownStore(c, services), inbox, id, wish, inboxSettings(services))
      return c.json({ object: 'inbox_draft' as const, id }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'delete',
      path: ONE,
      summary: 'Deletes a draft',
      request: { params: draftParam },
      responses: answers(200, deletedSchema('inbox_draft'), 'It is gone'),
    }),
    async (c) => {
      const { draft_id: id, ...param } = c.req.valid('param')
      const own = ownStore(c, services)
      const { account } = await inboxOf(c, services, param)
      await deleteDraft(own, account, id)
      return c.json(deleted('inbox_draft', id), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware: [...guards.tenant, emptyBodyAsObject],
      method: 'post',
      path: `${ONE}/send`,
      summary: 'Sends a draft: it goes from Drafts to Sent',
      request: { params: draftParam, body: { ...jsonBody(sendDraftSchema), required: false } },
      responses: answers(200, sentSchema, 'It is taken over'),
    }),
    async (c) => {
      const { draft_id: draftId, ...param } = c.req.valid('param')
      const inbox = await inboxOf(c, services, param)
      const headers = c.req.valid('json').headers ?? {}
      const caller = c.get('caller')
      const answer = await idempotent(c, ownStore(c, services), async () => {
        const settings = inboxSettings(services)
        return { id: await sendDraft(store, tenantOfCaller(c), caller, inbox, { draftId, headers }, settings) }
      })
      return c.json({ id: answer.id as string }, 200)
    },
  )
}

function wishOf({ to, cc, bcc, subject, html, text, attachments }: z.infer<typeof draftChangeSchema>) {
  const list = (value: typeof to) => (typeof value === 'string' || Array.isArray(value) ? addressList(value) : value)
  return {
    to: list(to),
    cc: list(cc),
    bcc: list(bcc),
    subject,
    html,
    text,
    attachments: attachments && attachmentsOf(attachments),
  }
}
