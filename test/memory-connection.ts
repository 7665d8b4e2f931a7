import { type Connection, DisconnectedError, DrainError, IdleTimeoutError } from '../shared/servers/connection.ts'

export interface MemoryClient {
  send(octets: string | Uint8Array): void
  /** No more comes from the client. */
  end(): void
  /** Everything the server wrote and was not taken yet, as latin1; waits where there is nothing. undefined when the server has closed. */
  receive(): Promise<string | undefined>
  readonly closed: boolean
}

/** A `Connection` without a socket: the octets of each side wait for the other in memory. */
export function memoryConnection({ remoteAddress = '192.0.2.1', secure = false, canStartTls = true } = {}) {
  let incoming: Uint8Array[] = []
  let taken = 0 // taking from the front of a long array is slow
  let ended = false
  let wakeServer = () => {}
  let outgoing = ''
  let closed = false
  let wakeClient = () => {}
  const abort = new AbortController()

  const server: Connection = {
    remoteAddress,
    get secure() {
      return secure
    },
    get canStartTls() {
      return canStartTls && !secure
    },
    async read(idleMs, { evenWhenDraining = false } = {}) {
      for (;;) {
        const chunk = incoming[taken++]
        if (chunk !== undefined) return chunk
        incoming = []
        taken = 0
        if (ended) return undefined
        if (abort.signal.aborted && !(evenWhenDraining && abort.signal.reason instanceof DrainError)) {
          throw abort.signal.reason
        }
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => reject(new IdleTimeoutError('too long')), idleMs)
          wakeServer = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    },
    async write(octets) {
      if (closed) throw new DisconnectedError('closed')
      outgoing += typeof octets === 'string' ? octets : Buffer.from(octets).toString('latin1')
      wakeClient()
    },
    writeFleeting: (octets) => server.write(octets),
    unsentOctets: 0,
    async startTls(reply) {
      incoming = []
      taken = 0
      secure = true
      await server.write(reply)
    },
    async end() {
      server.destroy()
    },
    destroy() {
      closed = true
      if (!abort.signal.aborted) abort.abort(new DisconnectedError('closed'))
      wakeServer()
      wakeClient()
    },
    signal: abort.signal,
  }
  const client: MemoryClient = {
    send(octets) {
      if (octets.length > 0) incoming.push(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
      wakeServer()
    },
    end() {
      ended = true
      wakeServer()
    },
    async receive() {
      while (outgoing === '' && !closed) {
        await new Promise<void>((resolve) => {
          wakeClient = resolve
        })
      }
      const text = outgoing
      outgoing = ''
      return text === '' ? undefined : text
    },
    get closed() {
      return closed
    },
  }
  function drain(): void {
    if (!abort.signal.aborted) abort.abort(new DrainError('stopping'))
    wakeServer()
  }
  return { server, client, drain }
}
