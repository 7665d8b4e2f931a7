import { serveWebSocket } from '../../jmap/push/web-socket-session.ts'
import type { Api } from '../api.ts'
import { ApiError } from '../api-error.ts'
import { atOnce } from '../at-once.ts'
import type { HttpServices } from '../services.ts'
import { whoIsSignedIn } from '../signed-in.ts'
import { jmapServices } from './jmap.ts'

const SUBPROTOCOL = 'jmap'
/** Of the registry of RFC 6455 §11.7. */
const TRY_AGAIN_LATER = 1013

/** The handshake of JMAP over WebSocket (RFC 8887 §4.1), with the sign-in of any other request. */
export function jmapWebSocket(api: Api, http: HttpServices): void {
  const services = jmapServices(http)
  const connections = atOnce(http.limits.jmapPushConnections)

  api.get('/jmap/ws', async (c) => {
    const { acceptWebSocket } = c.env
    const offered = (c.req.header('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim())
    if (acceptWebSocket === undefined) {
      throw new ApiError(400, 'validation_error', 'This is for WebSocket, which this way to us does not carry.')
    }
    if (!offered.includes(SUBPROTOCOL)) {
      throw new ApiError(400, 'validation_error', 'The subprotocol `jmap` has to be offered.')
    }
    const { account } = await whoIsSignedIn(c, http)
    // The same request says again who it is: its session may have been ended, its password changed.
    const whoIs = async () => {
      try {
        return (await whoIsSignedIn(c, http)).account
      } catch (error) {
        if (error instanceof ApiError) return undefined
        throw error
      }
    }
    acceptWebSocket(SUBPROTOCOL, async (connection) => {
      const leave = connections.enter(account.id)
      if (leave === undefined) return connection.close(TRY_AGAIN_LATER, 'Too many connections of this account')
      try {
        await serveWebSocket(services, connection, account, whoIs)
      } finally {
        leave()
      }
    })
    return c.body(null, 204) // nobody reads it: the connection is a WebSocket now
  })
}
