import { createRoute, z } from '@hono/zod-openapi'
import { requireAccount } from '../../../flows/tenants/administer-accounts.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import type { AppPassword } from '../../../store/app-passwords.ts'
import { pageOfArray } from '../../../store/pages.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, deleted, deletedSchema, idParam, idText, jsonBody, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const MAX_PASSWORDS = 100

const appPasswordSchema = z
  .object({ object: z.literal('app_password'), id: z.string(), name: z.string(), created_at: z.string() })
  .openapi('AppPassword')

const common = { tags: ['Accounts'], security: BEARER }
const PATH = '/accounts/{id}/app-passwords'

/** One for each program of a user, to be taken back alone. They sign in by PLAIN and LOGIN. */
export function appPasswords(api: Api, services: HttpServices, guards: Guards): void {
  const { store } = services
  const middleware = guards.tenant
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: PATH,
      summary: 'Creates an app password',
      description: 'It is shown here and never again.',
      request: { params: idParam, body: jsonBody(z.object({ name: z.string().min(1).max(100) })) },
      responses: answers(201, appPasswordSchema.extend({ password: z.string() }), 'The password'),
    }),
    async (c) => {
      const { id } = await requireAccount(store, tenantOfCaller(c), c.req.valid('param').id)
      const { appPasswords } = ownStore(c, services)
      if ((await appPasswords.list(id)).length >= MAX_PASSWORDS) {
        throw new Refusal('invalid', `An account has at most ${MAX_PASSWORDS} app passwords.`)
      }
      const made = await appPasswords.create(id, c.req.valid('json').name)
      return c.json({ ...show(made), password: made.password }, 201)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: PATH,
      summary: 'Lists app passwords, the newest first',
      request: { params: idParam, query: pageQuery },
      responses: answers(200, listOf(appPasswordSchema), 'A page of them'),
    }),
    async (c) => {
      const { id } = await requireAccount(store, tenantOfCaller(c), c.req.valid('param').id)
      const all = await ownStore(c, services).appPasswords.list(id)
      return c.json(
        toList(
          pageOfArray(all, (one) => one.id, c.req.valid('query')),
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
      method: 'delete',
      path: `${PATH}/{password_id}`,
      summary: 'Takes an app password back',
      request: { params: idParam.extend({ password_id: idText }) },
      responses: answers(200, deletedSchema('app_password'), 'It opens nothing any more'),
    }),
    async (c) => {
      const { id: account, password_id: id } = c.req.valid('param')
      const { id: owner } = await requireAccount(store, tenantOfCaller(c), account)
      if (!(await ownStore(c, services).appPasswords.remove(owner, id))) {
        throw new Refusal('not-found', 'App password not found')
      }
      return c.json(deleted('app_password', id), 200)
    },
  )
}

function show({ id, name, createdAt }: AppPassword) {
  return { object: 'app_password' as const, id, name, created_at: timeText(createdAt) }
}
