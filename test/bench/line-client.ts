import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as secure } from 'node:tls'

const LAST_WORDS_OCTETS = 200

/** A client that costs little: it counts what comes and looks only for the lines it waits for. */
export class LineClient {
  private readonly socket: Socket
  private buffered: Buffer = Buffer.alloc(0)
  private waiting: (() => void) | undefined
  private closed = false
  /** Octets received in all. */
  received = 0
  /** Resolves when the connection is closed. */
  readonly closing: Promise<void>
  /** What came last, whether it has been read or not. */
  lastWords: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.length
      this.lastWords = Buffer.concat([this.lastWords, chunk.subarray(-LAST_WORDS_OCTETS)]).subarray(-LAST_WORDS_OCTETS)
      this.buffered = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk])
      this.waiting?.()
    })
    this.closing = new Promise((resolve) => {
      socket.on('close', () => {
        this.closed = true
        this.waiting?.()
        resolve()
      })
    })
    socket.on('error', () => socket.destroy())
  }

  static async open(port: number, { tls = false } = {}): Promise<LineClient> {
    const host = '127.0.0.1'
    const socket = tls ? secure({ port, host, rejectUnauthorized: false }) : connect({ port, host, noDelay: true })
    await once(socket, tls ? 'secureConnect' : 'connect')
    return new LineClient(socket)
  }

  write(octets: Uint8Array | string): void {
    this.socket.write(octets)
  }

  /** The next line, without its CR LF. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.buffered.indexOf('\r\n')
      if (end !== -1) {
        const line = this.buffered.toString('latin1', 0, end)
        this.buffered = this.buffered.subarray(end + 2)
        return line
      }
      await this.more()
    }
  }

  /** An SMTP reply, whole; its last line. */
  async reply(): Promise<string> {
    for (;;) {
      const line = await this.line()
      if (line[3] !== '-') return line
    }
  }

  /** Sends an IMAP command and waits for its tagged line; throws where it is not OK. */
  async command(text: string): Promise<void> {
    this.write(`x ${text}\r\n`)
    await this.tagged()
  }

  /** Whatever has come, at least one octet. */
  async octets(): Promise<Uint8Array> {
    while (this.buffered.length === 0) await this.more()
    const octets = this.buffered
    this.buffered = Buffer.alloc(0)
    return octets
  }

  /** Sends a line and gives the line that answers it, as in POP3. */
  async exchange(text: string): Promise<string> {
    this.write(`${text}\r\n`)
    return this.line()
  }

  /** Skips to the line that begins with the tag, wherever chunks end. */
  async tagged(): Promise<void> {
    const mark = Buffer.from('\r\nx ')
    for (;;) {
      const at = this.buffered.subarray(0, 2).equals(mark.subarray(2)) ? -2 : this.buffered.indexOf(mark)
      const end = at === -1 ? -1 : this.buffered.indexOf('\r\n', at + mark.length)
      if (end !== -1) {
        const line = this.buffered.toString('latin1', at + 2, end)
        this.buffered = this.buffered.subarray(end + 2)
        if (!line.startsWith('x OK')) throw new Error(line)
        return
      }
      // What cannot hold the mark any more is let go, so that a long answer costs no memory and no second look.
      if (at === -1 && this.buffered.length > 3) this.buffered = this.buffered.subarray(this.buffered.length - 3)
      await this.more()
    }
  }

  end(): void {
    this.socket.destroy()
  }

  private async more(): Promise<void> {
    if (this.closed) throw new Error('the server closed the connection')
    await new Promise<void>((resolve) => {
      this.waiting = resolve
    })
    this.waiting = undefined
  }
}
