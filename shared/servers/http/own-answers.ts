import type { MiddlewareHandler } from 'hono'
import type { ApiEnv } from './api.ts'

/**
 * What is answered is its caller's alone, unless the route says more: a cookie is no reason for caches to keep it to themselves (RFC 9111 §3.5 speaks of
 * Authorization alone), and a browser is to guess at no type.
 */
export const ownAnswers: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next()
  const { headers } = c.res
  if (!headers.has('cache-control')) headers.set('cache-control', 'private, no-store')
  if (!headers.has('x-content-type-options')) headers.set('x-content-type-options', 'nosniff')
}
