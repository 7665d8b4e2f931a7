import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { log } from '../log.ts'
import type { ServeWebSocket, WebSocketConnection } from '../servers/web-socket-connection.ts'

/** RFC 6455 §7.4.1 */
const GOING_AWAY = 1001
const UNSUPPORTED_DATA = 1003
const INTERNAL_ERROR = 1011
/** Load balancers let an idle connection go after 60 s; a client that does not answer is gone. */
const PING_MS = 30_000

export interface WebSockets {
  /** Answers the handshake and hands the connection to `serve`; an upgrade that is none is refused. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, subprotocol: string, serve: ServeWebSocket): void
  /** Lets what is under way be answered, then says that we go away; ends what is left after `graceMs`. */
  drain(graceMs: number): Promise<void>
}

/** WebSocket by `ws`: messages of at most so many octets, without compression, which would cost each connection hundreds of KiB. */
export function makeWebSockets({ messageOctets }: { messageOctets: number }): WebSockets {
  const open = new Set<SocketConnection>()
  return {
    accept(request, socket, head, subprotocol, serve) {
      const server = new WebSocketServer({
        noServer: true,
        maxPayload: messageOctets,
        perMessageDeflate: false,
        clientTracking: false,
        handleProtocols: () => subprotocol,
      })
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = new SocketConnection(webSocket)
        open.add(connection)
        webSocket.once('close', () => open.delete(connection))
        serve(connection).catch((error: Error) => {
          log.error('web-socket-failed', { error })
          connection.close(INTERNAL_ERROR, '')
        })
      })
    },

    async drain(graceMs) {
      const all = [...open]
      const closed = Promise.all(all.map((connection) => connection.goAway()))
      const over = setTimeout(() => {
        for (const connection of all) connection.terminate()
      }, graceMs)
      await closed
      clearTimeout(over)
    },
  }
}

class SocketConnection implements WebSocketConnection {
  readonly #socket: WebSocket
  readonly #waiting: string[] = []
  readonly #closed: Promise<void>
  #wake: () => void = () => {}
  #ended = false
  #leaving = false
  #answersPing = true

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.pause()
    socket.on('message', (data, isBinary) => this.#take(data, isBinary))
    socket.on('pong', () => {
      this.#answersPing = true
    })
    // Malformed frames and messages that are too large: ws closes with the code for it.
    socket.on('error', (error) => log.debug('web-socket-error', { error }))
    const pings = setInterval(() => this.#ping(), PING_MS)
    pings.unref()
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        clearInterval(pings)
        this.#ended = true
        this.#wake()
        resolve()
      })
    })
  }

  async *messages(): AsyncGenerator<string> {
    for (;;) {
      const message = this.#waiting.shift()
      if (message !== undefined) yield message
      else if (this.#ended || this.#leaving) return
      else {
        // Read only now that somebody waits: a client that sends faster than it is answered fills its own buffers.
        const more = new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        this.#socket.resume()
        await more
      }
    }
  }

  async send(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    // Called when the system has taken it, or the connection is lost; either way there is no more to do.
    await new Promise<void>((resolve) => this.#socket.send(text, () => resolve()))
  }

  close(code: number, reason: string): void {
    this.#ended = true
    this.#socket.resume() // or the client's own close frame would never be read
    this.#socket.close(this.#leaving ? GOING_AWAY : code, reason)
    this.#wake()
  }

  async goAway(): Promise<void> {
    this.#leaving = true
    this.#wake()
    await this.#closed
  }

  terminate(): void {
    this.#socket.terminate()
  }

  #take(data: RawData, isBinary: boolean): void {
    this.#socket.pause()
    if (isBinary)
      this.close(UNSUPPORTED_DATA, 'Text alone is spoken here') // RFC 8887 §4.2
    else if (!this.#ended) this.#waiting.push(data.toString())
    this.#wake()
  }

  /** Pongs are read while messages are waited for; a connection whose request is worked on is not asked. */
  #ping(): void {
    if (this.#socket.isPaused) return
    if (this.#answersPing) this.#socket.ping()
    else this.terminate()
    this.#answersPing = false
  }
}
