import { createRoute, z } from '@hono/zod-openapi'
import { parseAddress } from '../../../codec/smtp/address.ts'
import { usageOf } from '../../../flows/mailboxes/quota.ts'
import {
  changeAccount,
  createAccount,
  endAccount,
  localOf,
  requireAccount,
} from '../../../flows/tenants/administer-accounts.ts'
import { tenantOf } from '../../../mailbox/ids.ts'
import type { Account } from '../../../store/accounts.ts'
import { pageOfArray } from '../../../store/pages.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, deleted, deletedSchema, idParam, jsonBody } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const MIN_PASSWORD = 8
const MAX_PASSWORD = 1024
const MAX_FORWARDS = 50
const MAX_HIDDEN = 50

const listedAccountSchema = z
  .object({ object: z.literal('account'), id: z.string(), address: z.string() })
  .openapi('ListedAccount')

const accountSchema = listedAccountSchema
  .extend({
    suspended: z.boolean(),
    administrator: z.boolean(),
    quota_octets: z.number().int().nullable(),
    used_octets: z.number().int(),
    messages: z.number().int(),
    forward_to: z.array(z.string()),
    moved_to: z.string().nullable(),
    imap_without: z.array(z.string()),
  })
  .openapi('Account')

const password = z.string().min(MIN_PASSWORD).max(MAX_PASSWORD)
const quota = z.number().int().positive().max(Number.MAX_SAFE_INTEGER)

const administrator = z
  .boolean()
  .optional()
  .openapi({ description: 'Signed in with a browser it has the say over its tenant, as an API key with full access.' })

const newAccountSchema = z
  .object({ address: z.string().max(320), password, quota_octets: quota.optional(), administrator })
  .openapi('NewAccount')

const accountChangeSchema = z
  .object({
    password: password.optional(),
    quota_octets: quota.nullable().optional().openapi({ description: '`null`: no quota.' }),
    suspended: z.boolean().optional().openapi({ description: 'Nobody signs in; mail still comes in and waits.' }),
    administrator,
    forward_to: z.array(z.string().max(320)).max(MAX_FORWARDS).optional(),
    moved_to: z
      .string()
      .max(320)
      .nullable()
      .optional()
      .openapi({ description: 'Senders are told to write there from now on (251); mail still comes in.' }),
    imap_without: z
      .array(z.string().regex(/^[A-Za-z0-9=+._-]{1,50}$/, 'it takes names of capabilities'))
      .max(MAX_HIDDEN)
      .optional()
      .openapi({ description: 'IMAP capabilities that its clients are not shown, for one that breaks on them.' }),
  })
  .openapi('AccountChange')

const common = { tags: ['Accounts'], security: BEARER }

/** The people and programs of a tenant who have mailboxes. `{id}` also takes the address. */
export function accounts(api: Api, services: HttpServices, guards: Guards): void {
  const { store } = services
  const middleware = guards.tenant
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/accounts',
      summary: 'Creates an account with its first mailboxes',
      request: { body: jsonBody(newAccountSchema) },
      responses: answers(201, accountSchema, 'The account'),
    }),
    async (c) => {
      const { address, password, quota_octets: quotaOctets, administrator } = c.req.valid('json')
      const options = {
        ...(quotaOctets !== undefined && { quotaOctets }),
        ...(administrator !== undefined && { administrator }),
      }
      return c.json(
        await show(services, await createAccount(store, tenantOfCaller(c), address, password, options)),
        201,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/accounts',
      summary: 'Lists accounts by their ids',
      request: { query: pageQuery },
      responses: answers(200, listOf(listedAccountSchema), 'A page of accounts'),
    }),
    async (c) => {
      const all = await Array.fromAsync(ownStore(c, services).accounts.list())
      const page = pageOfArray(all, ({ id }) => localOf(id), c.req.valid('query'))
      return c.json(
        toList(page, ({ id, address }) => ({ object: 'account' as const, id: localOf(id), address })),
        200,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/accounts/{id}',
      summary: 'Shows an account',
      request: { params: idParam },
      responses: answers(200, accountSchema, 'The account'),
    }),
    async (c) => {
      const account = await requireAccount(store, tenantOfCaller(c), c.req.valid('param').id)
      return c.json(await show(services, account), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'patch',
      path: '/accounts/{id}',
      summary:
        'Changes the password, the quota or the forwards of an account, suspends or resumes it, makes it administrator',
      request: { params: idParam, body: jsonBody(accountChangeSchema) },
      responses: answers(200, accountSchema, 'The account'),
    }),
    async (c) => {
      const { password, quota_octets: quotaOctets, suspended, ...rest } = c.req.valid('json')
      const { forward_to: forwards, moved_to: movedTo, imap_without: imapWithout, administrator } = rest
      const account = await changeAccount(store, tenantOfCaller(c), c.req.valid('param').id, {
        ...(password !== undefined && { password }),
        ...(quotaOctets !== undefined && { quotaOctets }),
        ...(suspended !== undefined && { suspended }),
        ...(administrator !== undefined && { administrator }),
        ...(forwards !== undefined && { forwards }),
        ...(movedTo !== undefined && { movedTo }),
        ...(imapWithout !== undefined && { imapWithout }),
      })
      return c.json(await show(services, account), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'delete',
      path: '/accounts/{id}',
      summary: 'Deletes an account with its mailboxes',
      request: { params: idParam },
      responses: answers(200, deletedSchema('account'), 'It is closed; what it held goes soon after'),
    }),
    async (c) => {
      const id = await endAccount(store, tenantOfCaller(c), c.req.valid('param').id)
      return c.json(deleted('account', localOf(id)), 200)
    },
  )
}

async function show({ store }: HttpServices, account: Account) {
  const { id, address, suspendedItself, administrator, quotaOctets, imapWithout } = account
  const { sizeOctets, messages } = await usageOf(store.tenant(tenantOf(id)), id)
  return {
    object: 'account' as const,
    id: localOf(id),
    address,
    suspended: suspendedItself,
    administrator,
    quota_octets: quotaOctets ?? null,
    used_octets: sizeOctets,
    messages,
    forward_to: [...(await store.directory.forwardsOf(parseAddress(address), id))],
    moved_to: (await store.directory.movedTo(parseAddress(address), id)) ?? null,
    imap_without: [...imapWithout],
  }
}
