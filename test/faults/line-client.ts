import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** The connection has ended, or never came to be. */
export class GoneError extends Error {
  override readonly name = 'GoneError'
}

/** A plain client of a line protocol. What it waits for fails when the connection ends. */
export class LineClient {
  private readonly socket: Socket
  private buffered = ''
  private ended: Error | undefined
  private wake: () => void = () => undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('latin1')
    const end = (error?: Error) => {
      this.ended ??= new GoneError('the server has gone', { cause: error })
      this.wake()
    }
    socket.on('data', (text: string) => {
      this.buffered += text
      this.wake()
    })
    socket.on('error', end)
    socket.on('close', () => end())
  }

  /** `tls`: the handshake first, whatever certificate comes. */
  static async open(port: number, { tls = false }: { tls?: boolean } = {}): Promise<LineClient> {
    const socket = tls ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }) : connect(port, '127.0.0.1')
    try {
      await once(socket, tls ? 'secureConnect' : 'connect')
    } catch (error) {
      throw new GoneError('nobody listens', { cause: error })
    }
    return new LineClient(socket)
  }

  send(octets: string | Uint8Array): void {
    this.socket.write(octets)
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.buffered.indexOf('\r\n')
      if (end >= 0) {
        const line = this.buffered.slice(0, end)
        this.buffered = this.buffered.slice(end + 2)
        return line
      }
      await this.more()
    }
  }

  private async more(): Promise<void> {
    if (this.ended !== undefined) throw this.ended
    await new Promise<void>((resolve) => {
      this.wake = resolve
    })
  }

  /** Lines up to the first that begins so; throws where one begins with any of `refused`. */
  async until(begin: string, ...refused: readonly string[]): Promise<string> {
    for (;;) {
      const line = await this.line()
      if (line.startsWith(begin)) return line
      if (refused.some((start) => line.startsWith(start))) throw new Error(line)
    }
  }

  /** A literal. */
  async octets(length: number): Promise<Buffer> {
    while (this.buffered.length < length) await this.more()
    const octets = Buffer.from(this.buffered.slice(0, length), 'latin1')
    this.buffered = this.buffered.slice(length)
    return octets
  }

  close(): void {
    this.socket.destroy()
  }
}
