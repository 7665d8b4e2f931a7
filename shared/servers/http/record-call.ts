import type { MiddlewareHandler } from 'hono'
import type { Caller } from '../../flows/tenants/authenticate-caller.ts'
import { callRecorder } from '../../flows/usage/record-calls.ts'
import type { ApiEnv } from './api.ts'
import type { HttpServices } from './services.ts'

const MAX_PATH = 300
const MAX_AGENT = 200

/** Counts and logs what tenants call; who is nobody's is not counted. */
export function recordCall({ store }: HttpServices): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const at = store.engine.clock.now()
    await next()
    const caller = c.get('caller') as Caller | undefined
    if (caller?.tenant === undefined) return
    // A page that an administrator looks at makes many of them: what it changes is worth a line, and none of it a price.
    if (caller.account !== undefined && c.req.method === 'GET') return
    await callRecorder(store).add(caller.tenant, {
      at,
      method: c.req.method,
      path: c.req.path.slice(0, MAX_PATH),
      status: c.res.status,
      userAgent: c.req.header('user-agent')?.slice(0, MAX_AGENT) ?? null,
    })
  }
}
