import type { Context } from 'hono'
import type { JmapServices } from '../../jmap/method.ts'
import { answerRequest, type JmapResponse, RequestError, readRequestJson } from '../../jmap/request.ts'
import { sessionObject } from '../../jmap/session-object.ts'
import type { Api } from '../api.ts'
import { ApiError } from '../api-error.ts'
import { atOnce } from '../at-once.ts'
import { bodyLimit } from '../body-limit.ts'
import type { HttpServices } from '../services.ts'
import { ownOrigin, whoIsSignedIn } from '../signed-in.ts'
import { jmapBlobs } from './jmap-blobs.ts'
import { jmapEvents } from './jmap-events.ts'

export function jmapServices({ store, limits, mailHost, webSockets, pushOrigin }: HttpServices): JmapServices {
  const { hostName } = mailHost
  return { store, limits, hostName, ...(webSockets && { webSockets }), ...(pushOrigin !== undefined && { pushOrigin }) }
}

/** JMAP over HTTP (RFC 8620 §2, §3). */
export function jmap(api: Api, http: HttpServices): void {
  const services = jmapServices(http)
  const { limits } = http
  const requests = atOnce(limits.jmapConcurrentRequests)
  // What is no sound JSON is told in JMAP's words.
  const limit = bodyLimit(
    { httpBodyOctets: limits.jmapRequestOctets, httpBodiesOctets: limits.httpBodiesOctets },
    () => undefined,
  )

  jmapBlobs(api, http, services)
  jmapEvents(api, http, services)
  api.get('/.well-known/jmap', (c) => c.redirect(`${ownOrigin(c)}/jmap/session`, 307))
  api.get('/jmap/session', async (c) => {
    const { account } = await whoIsSignedIn(c, http)
    c.header('cache-control', 'no-cache, no-store, must-revalidate')
    return c.json(sessionObject(services, account, ownOrigin(c)))
  })
  api.post('/jmap/api', async (c) => {
    const { account } = await whoIsSignedIn(c, http)
    const leave = requests.enter(account.id)
    try {
      if (leave === undefined) throw new RequestError('limit', 'Too many requests at once.', 'maxConcurrentRequests')
      let answer: JmapResponse | undefined
      await limit(c, async () => {
        answer = await answerRequest(services, account, await readJson(c))
      })
      return c.json(answer)
    } catch (error) {
      const told = requestErrorOf(error)
      if (told === undefined) throw error
      return problem(told)
    } finally {
      leave?.()
    }
  })
}

async function readJson(c: Context): Promise<unknown> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  if (type !== 'application/json') throw new RequestError('notJSON', 'The body has to be JSON, and to say so.')
  return readRequestJson(new Uint8Array(await c.req.arrayBuffer()))
}

/** A body that is too large, or of too many values, is JMAP's own error (RFC 8620 §3.6.1). */
function requestErrorOf(error: unknown): RequestError | undefined {
  if (error instanceof RequestError) return error
  if (!(error instanceof ApiError)) return undefined
  if (error.statusCode === 413) return new RequestError('limit', error.message, 'maxSizeRequest')
  return error.statusCode === 400 ? new RequestError('notRequest', error.message) : undefined
}

function problem(error: RequestError): Response {
  return new Response(JSON.stringify(error.toProblem()), {
    status: 400,
    headers: { 'content-type': 'application/problem+json' },
  })
}
