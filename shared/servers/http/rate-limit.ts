import { createHash } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { LruMap } from '../../mailbox/lru-map.ts'
import type { ApiEnv } from './api.ts'
import { ApiError, answerError } from './api-error.ts'

const WINDOW_MS = 1000
/** Callers that are counted at a time; who is forgotten begins anew. */
const CALLERS = 10_000

/**
 * Counts the calls of each key, or of each address without one, by the second. Every answer says how many are left (FACTS.md §4). Keys that turn out to
 * be none count for the address that sent them: made up anew for each call, they would never be many calls of one.
 */
export function rateLimit(perSecond: number, now: () => number): MiddlewareHandler<ApiEnv> {
  const windows = new LruMap<string, { from: number; calls: number }>(CALLERS)
  const windowOf = (caller: string) => {
    const at = now()
    const known = windows.get(caller)
    const window = known !== undefined && at - known.from < WINDOW_MS ? known : { from: at, calls: 0 }
    windows.set(caller, window)
    return window
  }
  return async (c, next) => {
    // JMAP is limited by account, and by what it does at once (RFC 8620 §2): a page that opens makes many calls.
    if (c.req.path.startsWith('/jmap/')) return next()
    const caller = callerOf(c.req.header('authorization'), c.env.remoteAddress)
    const window = windowOf(caller)
    window.calls += 1
    const stranger = `refused ${c.env.remoteAddress}`
    const exempt =
      c.env.loopback && c.req.header('x-forwarded-for') === undefined && c.req.header('forwarded') === undefined
    const refused = (window.calls > perSecond || windowOf(stranger).calls > perSecond) && !exempt
    if (refused)
      c.res = answerError(
        new ApiError(429, 'rate_limit_exceeded', 'Too many requests. You can only make so many a second.'),
        c,
      )
    else await next()
    if (c.get('caller') === undefined && (c.res.status === 401 || c.res.status === 403)) windowOf(stranger).calls += 1
    const headers = c.res.headers
    headers.set('ratelimit-limit', String(perSecond))
    headers.set('ratelimit-remaining', String(Math.max(0, perSecond - window.calls)))
    headers.set('ratelimit-reset', '1')
    headers.set('ratelimit-policy', `${perSecond};w=1`)
    if (refused) headers.set('retry-after', '1')
  }
}

function callerOf(authorization: string | undefined, remoteAddress: string): string {
  if (authorization === undefined) return remoteAddress
  return createHash('sha256').update(authorization).digest('base64')
}
