import { type AddressInfo, createServer, type Socket } from 'node:net'
import { log } from '../log.ts'
import { counter, gauge } from '../metrics.ts'
import { type Connection, DisconnectedError, DrainError, IdleTimeoutError } from '../servers/connection.ts'
import type { Certificates } from './certificates.ts'
import { type ConnectionCount, countConnections, plainAddress, type Refusal } from './connection-limits.ts'
import { readProxyHeader } from './proxy-protocol.ts'
import { SocketConnection } from './socket-connection.ts'

const OPEN = gauge('tubepost_sessions_open', 'Connections open now.', ['door'])
const SESSIONS = counter('tubepost_sessions_total', 'Connections taken.', ['door'])
const REFUSED = counter('tubepost_connections_refused_total', 'Connections for which there was no place.', [
  'door',
  'reason',
])
const OCTETS = counter('tubepost_octets_total', 'Octets of the connections that are over, as they were on the wire.', [
  'door',
  'direction',
])

export interface ListenOptions {
  /** As its metrics name it. */
  name?: string
  host: string
  /** 0: any free port. */
  port: number
  /** implicit: the handshake comes first; starttls: a command asks for it, where there are certificates. */
  tls?: 'implicit' | 'starttls' | 'none'
  certificates?: Certificates
  limits: { connections: number; connectionsPerIp: number }
  /** Each connection begins with a PROXY header of version 2: only where nobody but the proxy reaches this port. */
  proxyProtocol?: boolean
  /** Shared by the listeners whose connections count together; otherwise this listener counts alone. */
  count?: ConnectionCount
  handshakeTimeoutMs?: number
  stalledMs?: number
  lingerMs?: number
  /** How long a session may go on after it was cut off, before it counts as one that never ends. */
  stuckMs?: number
  /** One session. The connection is closed when it resolves. */
  serve: (connection: Connection) => Promise<void>
  /** What a client is told that there is no place for, in the protocol's words; under implicit TLS it is just closed. */
  refuse?: (refusal: Refusal) => string
}

export interface Listener {
  readonly host: string
  readonly port: number
  /** Connections open now. */
  readonly open: number
  /**
   * Accepts no more, tells the sessions to say goodbye (idle ones at once, or spread over `spreadMs`), waits for them and cuts off what
   * is left after `graceMs`, with a last word where the protocol has room for one. A session that does not end even then is in the log, and
   * not waited for: the process could never stop.
   */
  drain(options?: { graceMs?: number; spreadMs?: number }): Promise<void>
}

const BACKLOG = 4096

/** Listens, and makes a `Connection` of each client. Throws the system's error where the address cannot be had. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { name = 'unnamed', certificates, tls = 'none', handshakeTimeoutMs = 20_000 } = options
  if (tls === 'implicit' && certificates === undefined) throw new RangeError('implicit TLS needs certificates')
  const count = options.count ?? countConnections(options.limits)
  const sessions = new Map<SocketConnection, Promise<void>>()
  let draining = false

  const server = createServer({
    allowHalfOpen: true, // a client may close its side and still wait for our answers
    noDelay: true, // sessions gather their replies themselves
    keepAlive: true, // notices clients that went away without a word, so that they do not hold a place for half an hour
    keepAliveInitialDelay: 120_000,
  })

  function accept(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    const own = plainAddress(socket.remoteAddress ?? '')
    if (options.proxyProtocol !== true) {
      admit(socket, own)
      return
    }
    readProxyHeader(socket, handshakeTimeoutMs).then(
      ({ clientAddress }) => admit(socket, plainAddress(clientAddress ?? own)),
      () => socket.destroy(),
    )
  }

  function admit(socket: Socket, remoteAddress: string): void {
    const refusal = draining ? 'too-many-connections' : count.enter(remoteAddress)
    if (refusal !== undefined) {
      REFUSED.add(1, name, draining ? 'draining' : refusal)
      const words = tls === 'implicit' ? undefined : options.refuse?.(refusal)
      // A plain close after the words: a client that does not read them must not cost a place in the queue of those that do.
      if (words === undefined) socket.destroy()
      else socket.end(words, 'latin1', () => socket.destroy())
      return
    }
    const connection = new SocketConnection(socket, {
      remoteAddress,
      certificates: tls === 'none' ? undefined : certificates,
      handshakeTimeoutMs,
      stalledMs: options.stalledMs ?? 300_000,
      lingerMs: options.lingerMs ?? 2_000,
    })
    SESSIONS.add(1, name)
    OPEN.add(1, name)
    const session = serve(connection).finally(() => {
      OPEN.add(-1, name)
      // The socket counts them itself, so that counting costs nothing while octets go by.
      OCTETS.add(socket.bytesRead, name, 'in')
      OCTETS.add(socket.bytesWritten, name, 'out')
      count.leave(remoteAddress)
      sessions.delete(connection)
    })
    sessions.set(connection, session)
  }

  async function serve(connection: SocketConnection): Promise<void> {
    try {
      if (tls === 'implicit') await connection.secureFirst(certificates!)
      await options.serve(connection)
      await connection.end()
    } catch (error) {
      connection.destroy()
      // Clients come and go; only what a session did not expect is news.
      const ordinary = [DisconnectedError, IdleTimeoutError, DrainError]
      if (ordinary.some((kind) => error instanceof kind)) return
      log.error('session-failed', { remoteAddress: connection.remoteAddress, error: error as Error })
    }
  }

  server.on('connection', accept)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: options.host, port: options.port, backlog: BACKLOG }, () => {
      server.off('error', reject)
      server.on('error', (error) => log.error('listener-failed', { error }))
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo

  return {
    host: options.host,
    port,
    get open() {
      return sessions.size
    },
    async drain({ graceMs = 30_000, spreadMs = 0 } = {}) {
      draining = true
      server.close()
      const told = [...sessions.keys()]
      const step = told.length === 0 ? 0 : spreadMs / told.length
      const timers = told.map((connection, index) => setTimeout(() => connection.drain(), index * step))
      const cut: Promise<void>[] = []
      let over: NodeJS.Timeout | undefined
      const stuck = new Promise<void>((resolve) => {
        over = setTimeout(() => {
          for (const connection of sessions.keys()) cut.push(connection.cutOff())
          over = setTimeout(resolve, options.stuckMs ?? 10_000)
        }, graceMs)
      })
      await Promise.race([Promise.all(sessions.values()), stuck])
      if (sessions.size > 0) log.error('sessions-stuck', { door: name, sessions: sessions.size })
      await Promise.all(cut)
      clearTimeout(over)
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
