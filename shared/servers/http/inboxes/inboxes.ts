import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import {
  changeInbox,
  createInbox,
  deleteInbox,
  describeInbox,
  type Inbox,
  inboxesOf,
  requireInbox,
  stateOfInbox,
} from '../../../flows/inboxes/administer-inboxes.ts'
import { showInbox } from '../../../flows/inboxes/shown-inboxes.ts'
import { localOf } from '../../../flows/tenants/administer-accounts.ts'
import { pageOfArray } from '../../../store/pages.ts'
import type { Api, ApiEnv } from '../api.ts'
import { ApiError } from '../api-error.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, deleted, deletedSchema, jsonBody } from '../schemas.ts'
import { emailSettings, type HttpServices } from '../services.ts'
import {
  inboxChangeSchema,
  inboxIdSchema,
  inboxParam,
  inboxSchema,
  listedInboxSchema,
  newInboxSchema,
} from './inboxes-schemas.ts'

/** The inbox that a path names. Throws Refusal 'not-found'. */
export function inboxOf(c: Context<ApiEnv>, { store }: HttpServices, { id }: { id: string }): Promise<Inbox> {
  return requireInbox(store, tenantOfCaller(c), id)
}

/** What sending and saving in an inbox is given. */
export function inboxSettings(services: HttpServices) {
  const { mimeLevels, mimeParts } = services.limits
  return { ...emailSettings(services), mimeLevels, mimeParts }
}

/** Accounts as Resend's inboxes: what IMAP, POP3 and the webmail show is the same. `{id}` also takes the address. */
export function inboxes(api: Api, services: HttpServices, guards: Guards): void {
  const { store } = services
  const common = { tags: ['Inboxes'], security: BEARER, middleware: guards.tenant }
  api.openapi(
    createRoute({
      ...common,
      method: 'post',
      path: '/inboxes',
      summary: 'Creates an inbox: an account, which signs in once it is given a password',
      request: { body: jsonBody(newInboxSchema) },
      responses: answers(201, inboxIdSchema, 'Its id'),
    }),
    async (c) => {
      const { email_address, name, forwarding, from_name } = c.req.valid('json')
      const { account } = await createInbox(store, tenantOfCaller(c), email_address, {
        ...(typeof name === 'string' && { name }),
        ...(typeof from_name === 'string' && { fromName: from_name }),
        ...(forwarding === true && { forwarding }),
      })
      return c.json({ object: 'inbox' as const, id: localOf(account) }, 201)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/inboxes',
      summary: 'Lists inboxes by their ids',
      request: { query: pageQuery },
      responses: answers(200, listOf(listedInboxSchema), 'A page of inboxes'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const all = await Array.fromAsync(own.accounts.list())
      const { items, hasMore } = pageOfArray(all, ({ id }) => localOf(id), c.req.valid('query'))
      const shown = []
      for (const inbox of await inboxesOf(store, own.tenant, items)) {
        shown.push(showInbox(inbox, localOf(inbox.account), await stateOfInbox(own, inbox)))
      }
      return c.json(
        toList({ items: shown, hasMore }, (inbox) => inbox),
        200,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/inboxes/{id}',
      summary: 'Shows an inbox',
      request: { params: inboxParam },
      responses: answers(200, inboxSchema, 'The inbox'),
    }),
    async (c) => {
      const inbox = await inboxOf(c, services, c.req.valid('param'))
      return c.json(await describeInbox(store, ownStore(c, services), inbox), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'patch',
      path: '/inboxes/{id}',
      summary: 'Changes the names of an inbox',
      request: { params: inboxParam, body: jsonBody(inboxChangeSchema) },
      responses: answers(200, inboxIdSchema, 'Its id'),
    }),
    async (c) => {
      const inbox = await inboxOf(c, services, c.req.valid('param'))
      const { name, from_name } = c.req.valid('json')
      await changeInbox(store, tenantOfCaller(c), inbox, {
        ...(typeof name === 'string' && { name }),
        ...(typeof from_name === 'string' && { fromName: from_name }),
      })
      return c.json({ object: 'inbox' as const, id: localOf(inbox.account) }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'delete',
      path: '/inboxes/{id}',
      summary: 'Deletes an inbox: its account with all that it holds',
      request: { params: inboxParam },
      responses: answers(200, deletedSchema('inbox'), 'It is gone'),
    }),
    async (c) => {
      const inbox = await inboxOf(c, services, c.req.valid('param'))
      await deleteInbox(store, tenantOfCaller(c), inbox)
      return c.json(deleted('inbox', localOf(inbox.account)), 200)
    },
  )
  for (const method of ['get', 'patch'] as const) {
    api.openapi(
      createRoute({
        ...common,
        method,
        path: '/inboxes/{id}/agent',
        summary: 'No inbox has an agent here',
        request: { params: inboxParam },
        responses: answers(200, inboxIdSchema, 'Never'),
      }),
      async (c) => {
        await inboxOf(c, services, c.req.valid('param'))
        throw new ApiError(404, 'not_found', 'This inbox has no agent')
      },
    )
  }
}
