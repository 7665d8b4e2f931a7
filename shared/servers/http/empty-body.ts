import type { MiddlewareHandler } from 'hono'
import type { ApiEnv } from './api.ts'

/** For routes whose every field may be left out: the SDK then sends a content type and no body. */
export const emptyBodyAsObject: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if ((await c.req.text()) === '') c.req.bodyCache.text = Promise.resolve('{}') as never
  return next()
}
