import { createServer, type IncomingMessage, type Server, type ServerOptions, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'
import { log } from '../log.ts'
import type { Origin } from '../servers/http/services.ts'
import type { Certificates } from './certificates.ts'
import { type ConnectionCount, countConnections, plainAddress } from './connection-limits.ts'
import { isLoopback } from './loopback.ts'
import { makeWebSockets, type WebSockets } from './web-socket.ts'

/** What answers requests: any server of `servers/http/`. */
export type Serve = (request: Request, origin: Origin) => Response | Promise<Response>

export interface HttpListenOptions {
  host: string
  /** 0: any free port. */
  port: number
  /** With them all is TLS. */
  certificates?: Certificates
  limits: { connections: number; connectionsPerIp: number }
  /** Shared by the listeners whose connections count together. */
  count?: ConnectionCount
  /** For a whole request with its body. */
  requestTimeoutMs?: number
  /** Octets of a WebSocket's message at most; absent: there are none. */
  webSocketMessageOctets?: number
  serve: Serve
}

export interface HttpListener {
  readonly host: string
  readonly port: number
  /** Accepts no more, lets requests under way finish, and closes what is left after `graceMs`. */
  drain(options?: { graceMs?: number }): Promise<void>
}

const HEADERS_TIMEOUT_MS = 20_000
/** Longer than the 60 s after which load balancers let an idle connection go, so that they are first. */
const KEEP_ALIVE_MS = 65_000
const MAX_HEADER_OCTETS = 16 * 1024
const STALLED_MS = 120_000
/** What a Request cannot be made of (RFC 9110 §9.1). */
const NOT_SERVED = new Set(['CONNECT', 'TRACE', 'TRACK'])
/** How long a client that is answered early may go on sending, so that it reads the answer. */
const LINGER_MS = 2_000

/** HTTP/1.1 by Node's server; handlers see the Fetch standard's Request and Response alone. Throws the system's error where the address cannot be had. */
export async function listenHttp(options: HttpListenOptions): Promise<HttpListener> {
  const { certificates, requestTimeoutMs = 300_000 } = options
  const count = options.count ?? countConnections(options.limits)
  const settings = {
    maxHeaderSize: MAX_HEADER_OCTETS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    shouldUpgradeCallback: asksForWebSocket, // any other upgrade, as to HTTP/2, is left alone (RFC 9110 §7.8)
  }
  const answer = (request: IncomingMessage, response: ServerResponse) => void respond(options, request, response)
  const server: Server =
    certificates === undefined ? createServer(settings, answer) : createSecured(certificates, settings, answer)
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.on('connection', (socket: Socket) => admit(socket, count))
  server.on('clientError', refuseMalformed)
  const webSockets = openWebSockets(server, options)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject)
      server.on('error', (error) => log.error('listener-failed', { error }))
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo
  return {
    host: options.host,
    port,
    async drain({ graceMs = 30_000 } = {}) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const over = setTimeout(() => server.closeAllConnections(), graceMs)
      await Promise.all([closed, webSockets?.drain(graceMs)])
      clearTimeout(over)
    },
  }
}

/** By the name a client asks for, else by the first certificate: a client that goes by the address says no name (RFC 6066 §3). */
function createSecured(
  certificates: Certificates,
  settings: ServerOptions,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  let first = certificates.firstOptions()
  const SNICallback: TlsOptions['SNICallback'] = (name, done) => done(null, certificates.contextFor(name))
  const server = createTlsServer({ ...settings, ...first, SNICallback }, answer)
  server.prependListener('connection', () => {
    if (certificates.firstOptions() === first) return
    first = certificates.firstOptions() // replaced since
    server.setSecureContext(first)
  })
  return server
}

/** Undefined where there are none: then a request for one is a request like any other. */
function openWebSockets(server: Server, options: HttpListenOptions): WebSockets | undefined {
  if (options.webSocketMessageOctets === undefined) return undefined
  const webSockets = makeWebSockets({ messageOctets: options.webSocketMessageOctets })
  server.on('upgrade', (incoming, socket, head) => void upgrade(options, webSockets, incoming, socket as Socket, head))
  return webSockets
}

/** The request is answered as any other, unless whoever answers it takes the connection over. */
async function upgrade(
  options: HttpListenOptions,
  webSockets: WebSockets,
  incoming: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  socket.on('error', (error) => log.debug('http-upgrade-failed', { error }))
  let accept: (() => void) | undefined
  const acceptWebSocket: Origin['acceptWebSocket'] = (subprotocol, serve) => {
    accept = () => webSockets.accept(incoming, socket, head, subprotocol, serve)
  }
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  try {
    const response = await answerTo(options, incoming, gone.signal, { acceptWebSocket })
    if (accept !== undefined) return accept()
    const outgoing = new ServerResponse(incoming)
    outgoing.shouldKeepAlive = false
    outgoing.assignSocket(socket)
    await send(response, outgoing, false)
    socket.end()
  } catch (error) {
    if (!gone.signal.aborted) log.error('http-failed', { path: incoming.url ?? '', error: error as Error })
    socket.destroy()
  }
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

function admit(socket: Socket, count: ConnectionCount): void {
  const remoteAddress = plainAddress(socket.remoteAddress ?? '')
  if (count.enter(remoteAddress) !== undefined) {
    socket.destroy()
    return
  }
  socket.once('close', () => count.leave(remoteAddress))
}

/** What is no HTTP gets the shape that all errors have, and the end of the connection. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, words] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ([431, 'Request Header Fields Too Large'] as const)
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ([408, 'Request Timeout'] as const)
        : ([400, 'Bad Request'] as const)
  const body = JSON.stringify({ statusCode: status, message: `${words}.`, name: 'validation_error' })
  socket.end(
    `HTTP/1.1 ${status} ${words}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

async function respond(options: HttpListenOptions, incoming: IncomingMessage, outgoing: ServerResponse) {
  const gone = new AbortController()
  outgoing.on('close', () => gone.abort())
  try {
    const response = await answerTo(options, incoming, gone.signal)
    // What is left of a body that nobody wanted has no end that is worth waiting for.
    if (!incoming.complete) outgoing.setHeader('connection', 'close')
    await send(response, outgoing, incoming.method === 'HEAD')
    if (!incoming.complete) letGo(incoming)
  } catch (error) {
    if (!gone.signal.aborted) log.error('http-failed', { path: incoming.url ?? '', error: error as Error })
    outgoing.destroy()
  }
}

function answerTo(
  { serve, certificates }: HttpListenOptions,
  incoming: IncomingMessage,
  signal: AbortSignal,
  more: Pick<Origin, 'acceptWebSocket'> = {},
): Response | Promise<Response> {
  if (NOT_SERVED.has(incoming.method ?? '')) return refusal(501, 'Not Implemented')
  const remoteAddress = plainAddress(incoming.socket.remoteAddress ?? '')
  const request = requestOf(incoming, certificates === undefined ? 'http' : 'https', signal)
  if (request === undefined) return refusal(400, 'Bad Request')
  return serve(request, { remoteAddress, loopback: isLoopback(remoteAddress), ...more })
}

/** Undefined where the target or the Host field make no URL (RFC 9112 §3.2, §3.3), or one with a password in it. */
function requestOf(incoming: IncomingMessage, scheme: string, signal: AbortSignal): Request | undefined {
  const { url = '', method = 'GET', rawHeaders } = incoming
  const target = url.startsWith('/') ? `${scheme}://${incoming.headers.host ?? 'localhost'}${url}` : url
  // Two Host fields are two opinions of whom it is for (RFC 9112 §3.2), even where they agree.
  if ((incoming.headersDistinct['host']?.length ?? 0) > 1) return undefined
  const parsed = URL.canParse(target) ? new URL(target) : undefined
  if (parsed === undefined || parsed.username !== '' || parsed.password !== '') return undefined
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!)
  const hasBody =
    incoming.headers['content-length'] !== undefined || incoming.headers['transfer-encoding'] !== undefined
  if (!hasBody || method === 'GET' || method === 'HEAD') return new Request(target, { method, headers, signal })
  return new Request(target, { method, headers, signal, body: bodyOf(incoming), duplex: 'half' } as RequestInit)
}

function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value as Uint8Array)
      },
      async cancel() {
        await chunks.return?.(undefined)
      },
    },
    { highWaterMark: 0 }, // nothing is read before somebody asks
  )
}

function refusal(statusCode: number, words: string): Response {
  return Response.json({ statusCode, message: `${words}.`, name: 'validation_error' }, { status: statusCode })
}

async function send(response: Response, outgoing: ServerResponse, headOnly: boolean): Promise<void> {
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies)
  if (response.body !== null && headOnly) await response.body.cancel()
  else if (response.body !== null) {
    for await (const chunk of response.body) {
      if (outgoing.destroyed) return
      if (!outgoing.write(chunk)) await drained(outgoing)
    }
  }
  await new Promise<void>((resolve) => outgoing.end(resolve))
}

/** Until the client has read enough, or is gone; one that reads nothing for long is let go, with what is open for it. */
function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const stalled = setTimeout(() => outgoing.destroy(), STALLED_MS)
    const done = () => {
      clearTimeout(stalled)
      outgoing.off('drain', done)
      outgoing.off('close', done)
      resolve()
    }
    outgoing.on('drain', done)
    outgoing.on('close', done)
  })
}

/** A connection that is closed under a client that still sends is reset, and the client may never read why. */
function letGo(incoming: IncomingMessage): void {
  incoming.resume()
  setTimeout(() => incoming.destroy(), LINGER_MS).unref()
}
