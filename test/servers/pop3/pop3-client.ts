import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { PASSWORD } from '../../house.ts'

/** A client that reads lines as they come, with a deadline for each (10 s). */
export class Pop3Client {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  #ended = false
  #wake = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    const end = () => {
      this.#ended = true
      this.#wake()
    }
    socket.on('end', end).on('close', end).on('error', end)
  }

  /** Connected and greeted. */
  static async open(port: number): Promise<Pop3Client> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    const client = new Pop3Client(socket)
    await client.line()
    return client
  }

  /** Resolves to the answer to PASS. */
  async signIn(user = 'alice@demo.test', password = PASSWORD): Promise<string> {
    await this.command(`USER ${user}`)
    return this.command(`PASS ${password}`)
  }

  /** Sends a line; resolves to the first line of the answer. */
  async command(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`)
    return (await this.line())!
  }

  /** A command with a multi-line answer: its octets, unstuffed, without the end. */
  async multiLine(line: string): Promise<{ status: string; body: string }> {
    const status = await this.command(line)
    if (!status.startsWith('+OK')) return { status, body: '' }
    const lines: string[] = []
    for (let next = await this.line(); next !== '.'; next = await this.line()) {
      if (next === undefined) throw new Error('the answer broke off')
      lines.push(`${next.startsWith('.') ? next.slice(1) : next}\r\n`)
    }
    return { status, body: lines.join('') }
  }

  /** The next line without its CR LF, as latin1; undefined when the server has closed. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#received.indexOf('\r\n')
      if (end >= 0) {
        const line = this.#received.toString('latin1', 0, end)
        this.#received = this.#received.subarray(end + 2)
        return line
      }
      if (this.#ended) return undefined
      await this.#more()
    }
  }

  async closed(): Promise<void> {
    while (!this.#ended) await this.#more()
  }

  async #more(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve, reject) => {
      this.#wake = resolve
      timer = setTimeout(() => reject(new Error('the server says nothing')), 10_000)
    }).finally(() => clearTimeout(timer))
  }
}
