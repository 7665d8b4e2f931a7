import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Caller } from '../../flows/tenants/authenticate-caller.ts'
import { API_RESOURCES } from './api-resources.ts'
import { serveResources } from './serve-resources.ts'
import type { HttpServices, Origin } from './services.ts'
import { WEBMAIL_RESOURCES } from './webmail-resources.ts'

export interface ApiEnv {
  Bindings: Origin
  Variables: { caller: Caller }
}
export type Api = OpenAPIHono<ApiEnv>

/** All that is served by HTTP; behind Lambda each half is a function of its own (functions/api/, functions/webmail/). */
export function createApi(services: HttpServices): Api {
  return serveResources(services, [...WEBMAIL_RESOURCES, ...API_RESOURCES])
}
