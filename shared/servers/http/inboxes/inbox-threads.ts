import { createRoute, z } from '@hono/zod-openapi'
import { listThreads, requireThread } from '../../../flows/inboxes/list-threads.ts'
import { searchThreads } from '../../../flows/inboxes/search-threads.ts'
import { showLabel, showThread } from '../../../flows/inboxes/shown-inboxes.ts'
import { labelThread, markThread, moveThread } from '../../../flows/inboxes/update-thread.ts'
import type { FlagChange } from '../../../mailbox/flags.ts'
import type { Api } from '../api.ts'
import { ApiError } from '../api-error.ts'
import { type Guards, ownStore } from '../guards.ts'
import { listOf, toList } from '../lists.ts'
import { answers, BEARER, idText, jsonBody } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import { inboxOf } from './inboxes.ts'
import {
  foundThreadSchema,
  inboxParam,
  listedThreadSchema,
  showListedThread,
  threadChangeSchema,
  threadLabelListSchema,
  threadLabelsSchema,
  threadParam,
  threadSchema,
  threadSearchQuery,
  threadsQuery,
} from './inboxes-schemas.ts'

const PATH = '/inboxes/{id}/threads'
const ONE = `${PATH}/{thread_id}`
const DAY_MS = 86_400_000

/** The conversations of an inbox. */
export function inboxThreads(api: Api, services: HttpServices, guards: Guards): void {
  const common = { tags: ['Inboxes'], security: BEARER, middleware: guards.tenant }
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: PATH,
      summary: 'Lists conversations, the one that was active last first',
      description: 'Those of the folder `inbox`, unless `folders` names others.',
      request: { params: inboxParam, query: threadsQuery },
      responses: answers(200, listOf(listedThreadSchema), 'A page of conversations'),
    }),
    async (c) => {
      const { account } = await inboxOf(c, services, c.req.valid('param'))
      const { folders = ['inbox'], labels, read, ...page } = c.req.valid('query')
      const threads = await listThreads(ownStore(c, services), account, { folders, labels, read }, page)
      return c.json(toList(threads, showListedThread), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: `${PATH}/search`,
      summary: 'Finds conversations by what a message of theirs holds',
      description: 'In every folder, unless `folders` names some. A date without a time means the whole day, in UTC.',
      request: { params: inboxParam, query: threadSearchQuery },
      responses: answers(200, listOf(foundThreadSchema), 'A page of conversations'),
    }),
    async (c) => {
      const { account } = await inboxOf(c, services, c.req.valid('param'))
      const { has_attachment, start_date, end_date, limit, after, before, ...filter } = c.req.valid('query')
      const wish = {
        ...filter,
        query: filter.query === '' ? undefined : filter.query,
        hasAttachment: has_attachment,
        since: start_date === undefined ? undefined : Date.parse(start_date),
        until: end_date === undefined ? undefined : endOf(end_date),
      }
      const found = await searchThreads(ownStore(c, services), account, wish, { limit, after, before })
      const shown = toList(found, (thread) => ({
        ...showListedThread(thread),
        matched_email_id: thread.matchedEmail ?? null,
      }))
      return c.json(shown, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: ONE,
      summary: 'Shows a conversation',
      request: { params: threadParam },
      responses: answers(200, threadSchema, 'The conversation'),
    }),
    async (c) => {
      const { thread_id, ...param } = c.req.valid('param')
      const { account } = await inboxOf(c, services, param)
      return c.json(showThread(await requireThread(ownStore(c, services), account, thread_id)), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'patch',
      path: ONE,
      summary: 'Marks a conversation as read or unread, moves it to a folder',
      request: { params: threadParam, body: jsonBody(threadChangeSchema) },
      responses: answers(200, threadSchema, 'The conversation'),
    }),
    async (c) => {
      const { thread_id, ...param } = c.req.valid('param')
      const { read, folder } = c.req.valid('json')
      if (typeof read !== 'boolean' && typeof folder !== 'string') {
        throw new ApiError(422, 'missing_required_field', 'Missing `read` or `folder` field.')
      }
      const own = ownStore(c, services)
      const { account } = await inboxOf(c, services, param)
      if (typeof read === 'boolean') await markThread(own, account, thread_id, read)
      if (typeof folder === 'string') await moveThread(own, account, thread_id, folder)
      return c.json(showThread(await requireThread(own, account, thread_id)), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'delete',
      path: ONE,
      summary: 'Moves a conversation to the trash',
      description: '`deleted` is false where it was there already.',
      request: { params: threadParam },
      responses: answers(
        200,
        z.object({ object: z.literal('inbox_thread'), id: z.string(), deleted: z.boolean() }),
        'It is in the trash',
      ),
    }),
    async (c) => {
      const { thread_id: id, ...param } = c.req.valid('param')
      const { account } = await inboxOf(c, services, param)
      const moved = await moveThread(ownStore(c, services), account, id, 'trash')
      return c.json({ object: 'inbox_thread' as const, id, deleted: moved }, 200)
    },
  )
  for (const [method, change, summary] of [
    ['post', 'add', 'Gives a conversation labels'],
    ['put', 'set', 'Gives a conversation these labels and no other'],
  ] as const) {
    api.openapi(
      createRoute({
        ...common,
        method,
        path: `${ONE}/labels`,
        summary,
        request: { params: threadParam, body: jsonBody(threadLabelsSchema) },
        responses: answers(200, threadLabelListSchema, 'Its labels'),
      }),
      async (c) => c.json(await labelled(c, c.req.valid('param'), change, c.req.valid('json').labels), 200),
    )
  }
  api.openapi(
    createRoute({
      ...common,
      method: 'delete',
      path: `${ONE}/labels/{label_id}`,
      summary: 'Takes a label off a conversation',
      request: { params: threadParam.extend({ label_id: idText }) },
      responses: answers(200, threadLabelListSchema, 'Its labels'),
    }),
    async (c) => {
      const { label_id, ...param } = c.req.valid('param')
      return c.json(await labelled(c, param, 'remove', [label_id]), 200)
    },
  )

  async function labelled(
    c: Parameters<typeof ownStore>[0],
    { id, thread_id }: { id: string; thread_id: string },
    change: FlagChange,
    labels: readonly string[],
  ) {
    if (change === 'add' && labels.length === 0) {
      throw new ApiError(422, 'missing_required_field', 'Missing `labels` field.')
    }
    const own = ownStore(c, services)
    const { account } = await inboxOf(c, services, { id })
    await labelThread(own, account, thread_id, change, labels)
    const thread = await requireThread(own, account, thread_id)
    return { object: 'list' as const, data: thread.labels.map(showLabel) }
  }
}

/** Of a date without a time the end of that day, else the moment after. */
function endOf(date: string): number {
  return Date.parse(date) + (/^\d{4}-\d{2}-\d{2}$/.test(date) ? DAY_MS : 1)
}
