import { OpenAPIHono } from '@hono/zod-openapi'
import type { Api, ApiEnv } from './api.ts'
import { answerError } from './api-error.ts'
import { openApiDocument } from './documents.ts'
import { type Guards, makeGuards } from './guards.ts'
import { answerNoRoute } from './no-route.ts'
import { ownAnswers } from './own-answers.ts'
import { rateLimit } from './rate-limit.ts'
import { recordCall } from './record-call.ts'
import { refuseInvalid } from './refuse-invalid.ts'
import type { HttpServices } from './services.ts'
import { webmail } from './webmail.ts'

export type Resource = (api: Api, services: HttpServices, guards: Guards) => void

/** An HTTP server without its socket, of these resources: `api.fetch(request, origin)` answers, whatever comes. */
export function serveResources(services: HttpServices, resources: readonly Resource[]): Api {
  const api: Api = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid })
  const { clock } = services.store.engine
  // Before all that counts and records calls: a page and its files are no calls.
  if (services.webmail) webmail(api, services.webmail)
  api.use(ownAnswers)
  api.use(rateLimit(services.limits.httpRequestsPerSecond, () => clock.now()))
  api.use(recordCall(services))
  const guards = makeGuards(services)
  for (const resource of resources) resource(api, services, guards)
  api.notFound(answerNoRoute(Object.entries(openApiDocument(api).paths ?? {})))
  api.onError(answerError)
  return api
}
