import { OpenAPIHono } from '@hono/zod-openapi'
import type { Caller } from '../../flows/authenticate-caller.ts'
import { accounts } from './accounts.ts'
import { aliases } from './aliases.ts'
import { answerError } from './api-error.ts'
import { apiKeys } from './api-keys.ts'
import { appPasswords } from './app-passwords.ts'
import { autoconfiguration } from './autoconfiguration.ts'
import { captured } from './captured.ts'
import { deletions } from './deletions.ts'
import { documents, openApiDocument } from './documents.ts'
import { domainClaims } from './domain-claims.ts'
import { domains } from './domains.ts'
import { downloads } from './downloads.ts'
import { emailBatches } from './email-batches.ts'
import { emailEvents } from './email-events.ts'
import { emailMetrics } from './email-metrics.ts'
import { emails } from './emails.ts'
import { type Guards, makeGuards } from './guards.ts'
import { health } from './health.ts'
import { imports } from './imports.ts'
import { inboxDrafts } from './inbox-drafts.ts'
import { inboxLabels } from './inbox-labels.ts'
import { inboxThreadEmails } from './inbox-thread-emails.ts'
import { inboxThreads } from './inbox-threads.ts'
import { inboxes } from './inboxes.ts'
import { jmap } from './jmap.ts'
import { jmapWebSocket } from './jmap-web-socket.ts'
import { logs } from './logs.ts'
import { mailboxes } from './mailboxes.ts'
import { answerNoRoute } from './no-route.ts'
import { pop3Settings } from './pop3-settings.ts'
import { rateLimit } from './rate-limit.ts'
import { receivedEmails } from './received-emails.ts'
import { recordCall } from './record-call.ts'
import { refuseInvalid } from './refuse-invalid.ts'
import { reindexings } from './reindexings.ts'
import { sentAttachments } from './sent-attachments.ts'
import type { HttpServices, Origin } from './services.ts'
import { sharedEmails } from './shared-emails.ts'
import { signIn } from './sign-in.ts'
import { suppressions } from './suppressions.ts'
import { tenants } from './tenants.ts'
import { uploads } from './uploads.ts'
import { usage } from './usage.ts'
import { webhookEvents } from './webhook-events.ts'
import { webhooks } from './webhooks.ts'
import { webmail } from './webmail.ts'

export interface ApiEnv {
  Bindings: Origin
  Variables: { caller: Caller }
}
export type Api = OpenAPIHono<ApiEnv>

/** Everything by its resource, each in its file. */
const RESOURCES: readonly ((api: Api, services: HttpServices, guards: Guards) => void)[] = [
  health,
  autoconfiguration,
  signIn,
  jmap,
  jmapWebSocket,
  tenants,
  deletions,
  reindexings,
  domains,
  domainClaims,
  apiKeys,
  accounts,
  mailboxes,
  imports,
  appPasswords,
  pop3Settings,
  aliases,
  receivedEmails, // before `/emails/{id}`, as the next
  emailBatches,
  emailMetrics,
  emails,
  emailEvents,
  sentAttachments,
  sharedEmails,
  uploads,
  inboxes,
  inboxLabels,
  inboxThreads,
  inboxThreadEmails,
  inboxDrafts,
  webhooks,
  webhookEvents,
  suppressions,
  usage,
  captured,
  logs,
  downloads,
]

/** The HTTP API without its socket: `api.fetch(request, origin)` answers, whatever comes. */
export function createApi(services: HttpServices): Api {
  const api: Api = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid })
  const { clock } = services.store.engine
  // Before all that counts and records calls: a page and its files are no calls.
  if (services.webmail) webmail(api, services.webmail)
  api.use(rateLimit(services.limits.httpRequestsPerSecond, () => clock.now()))
  api.use(recordCall(services))
  const guards = makeGuards(services)
  for (const resource of RESOURCES) resource(api, services, guards)
  documents(api)
  api.notFound(answerNoRoute(Object.entries(openApiDocument(api).paths ?? {})))
  api.onError(answerError)
  return api
}
