import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { MailError } from '../../mailbox/errors.ts'
import { tenantOf } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { Account } from '../../store/accounts.ts'
import { jmapAccountId } from '../jmap/session-object.ts'
import type { Api, ApiEnv } from './api.ts'
import { ApiError } from './api-error.ts'
import { bodyLimit } from './body-limit.ts'
import { answers, deleted, deletedSchema, idParam, jsonBody, timeText } from './schemas.ts'
import type { HttpServices } from './services.ts'
import { byPassword, isSecure, refuseForeignPage, SESSION_COOKIE, whoIsSignedIn } from './signed-in.ts'

/** Enough for any address and password. */
const BODY_OCTETS = 16 * 1024

const personSchema = z
  .object({ email: z.string(), accountId: z.string(), administrator: z.boolean() })
  .openapi('SignedIn')
const sessionSchema = z
  .object({
    object: z.literal('session'),
    id: z.string(),
    created_at: z.string(),
    last_used_at: z.string(),
    expires_at: z.string(),
    user_agent: z.string(),
    remote_address: z.string(),
    current: z.boolean(),
  })
  .openapi('Session')
const credentialsSchema = z.object({ email: z.string().min(1).max(1000), password: z.string().min(1).max(1000) })

const common = { tags: ['Sign-in'] }

/** Sign-in of people with a browser: the session's token is a cookie that no script can read. */
export function signIn(api: Api, services: HttpServices): void {
  const { store, limits } = services
  const limit = bodyLimit({ httpBodyOctets: BODY_OCTETS, httpBodiesOctets: limits.httpBodiesOctets })
  api.openapi(
    createRoute({
      ...common,
      middleware: [limit],
      method: 'post',
      path: '/auth/sign-in',
      summary: 'Signs in with an email address and a password',
      description: 'Sets the cookie of the session. JMAP takes it from there.',
      request: { body: jsonBody(credentialsSchema) },
      responses: answers(200, personSchema, 'Who it is'),
    }),
    async (c) => {
      refuseForeignPage(c)
      const { email, password } = c.req.valid('json')
      const account = await byPassword(c, services, email, password)
      // It would outlive the app password, and open settings and administration.
      if (account.byAppPassword) throw new ApiError(401, 'unauthorized', 'App passwords are for programs.')
      const client = { userAgent: c.req.header('user-agent') ?? '', remoteAddress: c.env.remoteAddress }
      const { session, token } = await store.tenant(tenantOf(account.id)).sessions.create(account, client, limits)
      const maxAge = Math.floor((session.endsAt - session.createdAt) / 1000)
      setCookie(c, SESSION_COOKIE, token, { ...cookieOptions(c), maxAge })
      return c.json(personOf(account), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'post',
      path: '/auth/sign-out',
      summary: 'Ends the session',
      responses: answers(200, z.object({ object: z.literal('session'), deleted: z.literal(true) }), 'It is over'),
    }),
    async (c) => {
      const { account, session } = await whoIsSignedIn(c, services)
      if (session !== undefined) await store.tenant(tenantOf(account.id)).sessions.remove(account.id, session.id)
      deleteCookie(c, SESSION_COOKIE, cookieOptions(c))
      return c.json({ object: 'session' as const, deleted: true as const }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/auth/session',
      summary: 'Who is signed in',
      responses: answers(200, personSchema, 'Who it is'),
    }),
    async (c) => c.json(personOf((await whoIsSignedIn(c, services)).account), 200),
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'get',
      path: '/auth/sessions',
      summary: 'Lists the sessions of the account, the one used last first',
      responses: answers(200, z.object({ object: z.literal('list'), data: z.array(sessionSchema) }), 'All of them'),
    }),
    async (c) => {
      const { account, session } = await whoIsSignedIn(c, services)
      const all = await store.tenant(tenantOf(account.id)).sessions.list(account.id, limits)
      const data = all.map((one) => ({
        object: 'session' as const,
        id: one.id,
        created_at: timeText(one.createdAt),
        last_used_at: timeText(one.lastUsedAt),
        expires_at: timeText(Math.min(one.endsAt, one.lastUsedAt + limits.sessionIdleMs)),
        user_agent: one.userAgent,
        remote_address: one.remoteAddress,
        current: one.id === session?.id,
      }))
      return c.json({ object: 'list' as const, data }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      method: 'delete',
      path: '/auth/sessions/{id}',
      summary: 'Ends a session',
      request: { params: idParam },
      responses: answers(200, deletedSchema('session'), 'It opens nothing any more'),
    }),
    async (c) => {
      const { account } = await whoIsSignedIn(c, services)
      if (account.byAppPassword) throw new MailError('not-allowed', 'an app password')
      const { id } = c.req.valid('param')
      if (!(await store.tenant(tenantOf(account.id)).sessions.remove(account.id, id))) {
        throw new Refusal('not-found', 'Session not found')
      }
      return c.json(deleted('session', id), 200)
    },
  )
}

function personOf({ id, address, administrator }: Account) {
  return { email: address, accountId: jmapAccountId(id), administrator }
}

function cookieOptions(c: Context<ApiEnv>) {
  return { httpOnly: true, sameSite: 'Strict', path: '/', secure: isSecure(c) } as const
}
