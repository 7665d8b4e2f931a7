/** API Gateway's HTTP API, payload format 2.0, as the Fetch standard's Request and Response. */
import type { Origin } from '../servers/http/services.ts'
import type { Serve } from './http.ts'

/** As much of it as is used. */
export interface HttpApiEvent {
  version: string
  rawPath: string
  rawQueryString: string
  cookies?: readonly string[]
  headers: Readonly<Record<string, string | undefined>>
  requestContext: { domainName?: string; http: { method: string; sourceIp: string } }
  body?: string
  isBase64Encoded: boolean
}

export interface HttpApiResponse {
  statusCode: number
  headers: Record<string, string>
  cookies: string[]
  body: string
  isBase64Encoded: boolean
}

/** What can go out as it is; anything else goes in base64. */
const TEXT = /^(application\/([a-z0-9.+-]*\+)?json|text\/)/i

export async function handleHttpApi(event: HttpApiEvent, serve: Serve): Promise<HttpApiResponse> {
  const { sourceIp, method } = event.requestContext.http
  // Nobody is on this machine but us, whatever address is claimed.
  const origin: Origin = { remoteAddress: sourceIp, loopback: false, buffered: true }
  const response = await serve(requestOf(event, method), origin)
  const octets = Buffer.from(await response.arrayBuffer())
  const asText = TEXT.test(response.headers.get('content-type') ?? '') && !response.headers.has('content-encoding')
  return {
    statusCode: response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie')),
    cookies: response.headers.getSetCookie(),
    body: octets.toString(asText ? 'utf8' : 'base64'),
    isBase64Encoded: !asText,
  }
}

function requestOf(
  { rawPath, rawQueryString, cookies, headers, requestContext, body, isBase64Encoded }: HttpApiEvent,
  method: string,
) {
  const host = requestContext.domainName ?? headers['host'] ?? 'localhost'
  const url = `https://${host}${rawPath}${rawQueryString === '' ? '' : `?${rawQueryString}`}`
  const fields = new Headers()
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) fields.set(name, value)
  if (cookies !== undefined && cookies.length > 0) fields.set('cookie', cookies.join('; '))
  const octets = body === undefined ? undefined : Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  const hasBody = octets !== undefined && octets.length > 0 && method !== 'GET' && method !== 'HEAD'
  return new Request(url, { method, headers: fields, ...(hasBody && { body: octets }) })
}
