import { createRoute } from '@hono/zod-openapi'
import { changeLabel, createLabel, removeLabel } from '../../../flows/inboxes/administer-labels.ts'
import { showLabel } from '../../../flows/inboxes/shown-inboxes.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore } from '../guards.ts'
import { answers, BEARER, deleted, deletedSchema, idText, jsonBody, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import { inboxOf } from './inboxes.ts'
import { inboxParam, labelChangeSchema, labelIdSchema, labelListSchema, newLabelSchema } from './inboxes-schemas.ts'

const PATH = '/inboxes/{id}/labels'
const labelParam = inboxParam.extend({ label_id: idText })

/** The labels of an inbox: keywords to IMAP clients (RFC 9051 §2.3.2). */
export function inboxLabels(api: Api, services: HttpServices, guards: Guards): void {
  const common = { tags: ['Inboxes'], security: BEARER, middleware: guards.tenant }
  api.openapi(
    createRoute({
      ...common,
      method: 'post',
      path: PATH,
      summary: 'Creates a label',
      request: { params: inboxParam, body: jsonBody(newLabelSchema) },
      responses: answers(201, labelIdSchema, 'Its id'),
    }),
    async (c) => {
      const { account } = await inboxOf(c, services, c.req.valid('param'))
      const { name, color } = c.req.valid('json')
      const { id } = await createLabel(ownStore(c, services), account, { name, color: color ?? undefined })
      return c.json({ object: 'inbox_label' as const, id }, 201)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: PATH,
      summary: 'Lists labels, the oldest first',
      request: { params: inboxParam },
      responses: answers(200, labelListSchema, 'All labels'),
    }),
    async (c) => {
      const { account } = await inboxOf(c, services, c.req.valid('param'))
      const labels = await ownStore(c, services).labels.list(account)
      const data = labels.map((label) => ({ ...showLabel(label), created_at: timeText(label.createdAt) }))
      return c.json({ object: 'list' as const, data }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'patch',
      path: `${PATH}/{label_id}`,
      summary: 'Changes the name or the color of a label',
      request: { params: labelParam, body: jsonBody(labelChangeSchema) },
      responses: answers(200, labelIdSchema, 'Its id'),
    }),
    async (c) => {
      const { label_id: id, ...param } = c.req.valid('param')
      const { account } = await inboxOf(c, services, param)
      const { name, color } = c.req.valid('json')
      await changeLabel(ownStore(c, services), account, id, { name: name ?? undefined, color: color ?? undefined })
      return c.json({ object: 'inbox_label' as const, id }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'delete',
      path: `${PATH}/{label_id}`,
      summary: 'Deletes a label, on every message',
      request: { params: labelParam },
      responses: answers(200, deletedSchema('inbox_label'), 'It is gone'),
    }),
    async (c) => {
      const { label_id: id, ...param } = c.req.valid('param')
      const { account } = await inboxOf(c, services, param)
      await removeLabel(ownStore(c, services), account, id)
      return c.json(deleted('inbox_label', id), 200)
    },
  )
}
