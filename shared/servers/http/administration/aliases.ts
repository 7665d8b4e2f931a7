import { createRoute, z } from '@hono/zod-openapi'
import { putAlias, readAddress } from '../../../flows/tenants/administer-accounts.ts'
import type { TenantId } from '../../../mailbox/ids.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import type { Alias } from '../../../store/aliases.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, deleted, deletedSchema, idText, jsonBody } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const MAX_TARGETS = 100

const aliasSchema = z
  .object({
    object: z.literal('alias'),
    id: z.string().openapi({ description: 'The address.' }),
    address: z.string(),
    targets: z.array(z.string()).openapi({ description: 'Addresses of accounts.' }),
    forward_to: z.array(z.string()).openapi({ description: 'Addresses elsewhere that get it too.' }),
    moved_to: z.string().nullable(),
  })
  .openapi('Alias')

const address = z.string().min(3).max(320)
const targetFields = {
  targets: z.array(address).max(MAX_TARGETS).default([]),
  forward_to: z.array(address).max(MAX_TARGETS).default([]),
  moved_to: address.nullable().optional().openapi({
    description:
      'Senders are told to write there: with targets mail still comes in (251), without any it does not (551).',
  }),
}
const newAliasSchema = z
  .object({
    address: address.openapi({ description: '`*@example.com` takes what no other address does.' }),
    ...targetFields,
  })
  .openapi('NewAlias')
const aliasChangeSchema = z.object(targetFields).openapi('AliasChange')
const addressParam = z.object({ address: idText })

const common = { tags: ['Aliases'], security: BEARER }

/** Addresses that lead to accounts, catch-alls among them. */
export function aliases(api: Api, services: HttpServices, guards: Guards): void {
  const { store } = services
  const middleware = guards.tenant
  async function show(tenant: TenantId, { address, accounts, forwards, movedTo }: Alias) {
    const found = await Promise.all(accounts.map((account) => store.tenant(tenant).accounts.get(account)))
    const targets = found.flatMap((account) => (account === undefined ? [] : [account.address]))
    const moved_to = movedTo ?? null
    return { object: 'alias' as const, id: address, address, targets, forward_to: [...forwards], moved_to }
  }
  async function find(tenant: TenantId, text: string): Promise<Alias> {
    const alias = await store.aliases.get(tenant, readAddress(text, 'address'))
    if (alias === undefined) throw new Refusal('not-found', 'Alias not found')
    return alias
  }
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/aliases',
      summary: 'Creates an alias',
      request: { body: jsonBody(newAliasSchema) },
      responses: answers(201, aliasSchema, 'The alias'),
    }),
    async (c) => {
      const { address, targets, forward_to: forwards, moved_to: movedTo } = c.req.valid('json')
      const tenant = tenantOfCaller(c)
      await putAlias(store, tenant, address, { targets, forwards, ...(movedTo && { movedTo }) }, 'add')
      return c.json(await show(tenant, await find(tenant, address)), 201)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/aliases',
      summary: 'Lists aliases by their addresses',
      request: { query: pageQuery },
      responses: answers(200, listOf(aliasSchema), 'A page of aliases'),
    }),
    async (c) => {
      const { tenant } = ownStore(c, services)
      const { items, hasMore } = await store.aliases.page(tenant, c.req.valid('query'))
      const shown = await Promise.all(items.map((alias) => show(tenant, alias)))
      return c.json(
        toList({ items: shown, hasMore }, (alias) => alias),
        200,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/aliases/{address}',
      summary: 'Shows an alias',
      request: { params: addressParam },
      responses: answers(200, aliasSchema, 'The alias'),
    }),
    async (c) => {
      const tenant = tenantOfCaller(c)
      return c.json(await show(tenant, await find(tenant, c.req.valid('param').address)), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'put',
      path: '/aliases/{address}',
      summary: 'Says anew where an alias leads',
      request: { params: addressParam, body: jsonBody(aliasChangeSchema) },
      responses: answers(200, aliasSchema, 'The alias'),
    }),
    async (c) => {
      const { address } = c.req.valid('param')
      const { targets, forward_to: forwards, moved_to: movedTo } = c.req.valid('json')
      const tenant = tenantOfCaller(c)
      await find(tenant, address)
      await putAlias(store, tenant, address, { targets, forwards, ...(movedTo && { movedTo }) }, 'change')
      return c.json(await show(tenant, await find(tenant, address)), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'delete',
      path: '/aliases/{address}',
      summary: 'Removes an alias',
      request: { params: addressParam },
      responses: answers(200, deletedSchema('alias'), 'It is removed'),
    }),
    async (c) => {
      const tenant = tenantOfCaller(c)
      const { address } = await find(tenant, c.req.valid('param').address)
      await store.aliases.remove(tenant, readAddress(address, 'address'))
      return c.json(deleted('alias', address), 200)
    },
  )
}
