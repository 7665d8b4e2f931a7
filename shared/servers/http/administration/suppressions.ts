import { createRoute, z } from '@hono/zod-openapi'
import { addSuppressions, findSuppression, removeSuppressions } from '../../../flows/tenants/administer-suppressions.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import { pageOfArray } from '../../../store/pages.ts'
import { SUPPRESSION_REASONS, type Suppression } from '../../../store/suppressions.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, deletedSchema, idText, jsonBody, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const MAX_BATCH = 100

const fields = {
  id: z.string().openapi({ description: 'The address, as the list compares.' }),
  email: z.string(),
  origin: z.enum(SUPPRESSION_REASONS),
  source_id: z.string().nullable().openapi({ description: 'The email that it was about.' }),
  created_at: z.string(),
}
const listedSchema = z.object(fields).openapi('ListedSuppression')
const suppressionSchema = z.object({ object: z.literal('suppression'), ...fields }).openapi('Suppression')
const namedSchema = z.object({ object: z.literal('suppression'), id: z.string() })
const removedSchema = deletedSchema('suppression')
const email = z.string().min(3).max(320)
const emails = z.array(email).min(1).max(MAX_BATCH)
const listQuery = pageQuery.safeExtend({ origin: z.enum(SUPPRESSION_REASONS).optional() })
const addressParam = z.object({ id_or_email: idText })

const common = { tags: ['Suppressions'], security: BEARER }

/** Addresses that nothing is sent to any more, as Resend has them: those that bounced, complained, or were put here. */
export function suppressions(api: Api, services: HttpServices, guards: Guards): void {
  const middleware = guards.tenant
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/suppressions/batch/add',
      summary: 'Puts up to 100 addresses on the list',
      request: { body: jsonBody(z.object({ emails }).openapi('NewSuppressions')) },
      responses: answers(200, z.object({ data: z.array(namedSchema) }), 'They are on it'),
    }),
    async (c) => {
      const added = await addSuppressions(ownStore(c, services), c.req.valid('json').emails)
      return c.json({ data: added.map(({ address }) => ({ object: 'suppression' as const, id: address })) }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/suppressions/batch/remove',
      summary: 'Takes up to 100 addresses off the list',
      request: {
        body: jsonBody(z.object({ emails: emails.optional(), ids: emails.optional() }).openapi('RemovedSuppressions')),
      },
      responses: answers(
        200,
        z.object({ data: z.array(z.object({ ...namedSchema.shape, deleted: z.boolean() })) }),
        'Which of them were on it',
      ),
    }),
    async (c) => {
      const { emails, ids } = c.req.valid('json')
      const wanted = emails ?? ids
      if (wanted === undefined) throw new Refusal('missing', 'Missing `emails` field.')
      if (emails !== undefined && ids !== undefined) {
        throw new Refusal('invalid', 'The `ids` field does not go with `emails`.')
      }
      const removed = await removeSuppressions(ownStore(c, services), wanted)
      const data = removed.map(({ address, removed }) => ({
        object: 'suppression' as const,
        id: address,
        deleted: removed,
      }))
      return c.json({ data }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/suppressions',
      summary: 'Puts an address on the list',
      request: { body: jsonBody(z.object({ email }).openapi('NewSuppression')) },
      responses: answers(201, namedSchema, 'It is on it'),
    }),
    async (c) => {
      const [added] = await addSuppressions(ownStore(c, services), [c.req.valid('json').email])
      return c.json({ object: 'suppression' as const, id: added!.address }, 201)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/suppressions',
      summary: 'Lists suppressed addresses in their order',
      request: { query: listQuery },
      responses: answers(200, listOf(listedSchema), 'A page of them'),
    }),
    async (c) => {
      const { origin, ...page } = c.req.valid('query')
      const { suppressions } = ownStore(c, services)
      if (origin === undefined) return c.json(toList(await suppressions.page(page), show), 200)
      const all = await Array.fromAsync(suppressions.of(origin))
      return c.json(
        toList(
          pageOfArray(all, ({ address }) => address, page),
          show,
        ),
        200,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/suppressions/{id_or_email}',
      summary: 'Shows why an address is on the list',
      request: { params: addressParam },
      responses: answers(200, suppressionSchema, 'It is on it'),
    }),
    async (c) => {
      const found = await findSuppression(ownStore(c, services), c.req.valid('param').id_or_email)
      return c.json({ object: 'suppression' as const, ...show(found) }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'delete',
      path: '/suppressions/{id_or_email}',
      summary: 'Takes an address off the list',
      request: { params: addressParam },
      responses: answers(200, removedSchema, 'It is sent to again'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const { address } = await findSuppression(own, c.req.valid('param').id_or_email)
      await removeSuppressions(own, [address])
      return c.json({ object: 'suppression' as const, id: address, deleted: true as const }, 200)
    },
  )
}

function show({ address, reason, since, content }: Suppression) {
  return { id: address, email: address, origin: reason, source_id: content ?? null, created_at: timeText(since) }
}
