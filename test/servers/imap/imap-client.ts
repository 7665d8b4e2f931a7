import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { PASSWORD } from '../../house.ts'

/** A response as it came, without its last CR LF; literals stand in it. */
export type Response = string

/** The barest IMAP client: what a test sends goes out as it is, and what comes is handed over response by response. */
export class ImapClient {
  readonly socket: Socket
  #buffer = ''
  #responses: Response[] = []
  #wake: (() => void) | undefined
  #tags = 0
  /** Sees every untagged response, before anybody else. */
  onUntagged: (response: Response) => void = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#wake?.())
  }

  static async connect(port: number): Promise<ImapClient> {
    const socket = connect(port, '127.0.0.1')
    const client = new ImapClient(socket)
    await client.next()
    return client
  }

  static async signedIn(port: number, user = 'alice@demo.test'): Promise<ImapClient> {
    const client = await ImapClient.connect(port)
    await client.run(`LOGIN ${user} ${PASSWORD}`)
    return client
  }

  send(octets: string): void {
    this.socket.write(octets, 'latin1')
  }

  /** Sends a command with a tag of its own. */
  begin(command: string): string {
    this.#tags += 1
    const tag = `t${this.#tags}`
    this.send(`${tag} ${command}\r\n`)
    return tag
  }

  /** Everything up to and with the tagged response. */
  async finish(tag: string): Promise<Response[]> {
    const responses: Response[] = []
    for (;;) {
      const response = await this.next()
      responses.push(response)
      if (response.startsWith(`${tag} `)) return responses
    }
  }

  run(command: string): Promise<Response[]> {
    return this.finish(this.begin(command))
  }

  /** The next response; rejects when the server has closed, or says nothing for 10 seconds. */
  async next(): Promise<Response> {
    for (;;) {
      const response = this.#responses.shift()
      if (response !== undefined) return response
      if (this.socket.destroyed || this.socket.readableEnded) throw new Error('the server has closed')
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no response; so far: ${this.#buffer}`)), 10_000)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async close(): Promise<void> {
    if (this.socket.destroyed) return
    this.socket.destroy()
    await once(this.socket, 'close')
  }

  #take(text: string): void {
    this.#buffer += text
    for (;;) {
      const end = endOfResponse(this.#buffer)
      if (end === undefined) break
      const response = this.#buffer.slice(0, end - 2)
      this.#buffer = this.#buffer.slice(end)
      if (response.startsWith('* ')) this.onUntagged(response)
      this.#responses.push(response)
    }
    this.#wake?.()
  }
}

/** Where the first response of `text` ends: behind the CR LF that no literal follows. */
function endOfResponse(text: string): number | undefined {
  let from = 0
  for (;;) {
    const end = text.indexOf('\r\n', from)
    if (end < 0) return undefined
    const literal = /\{(\d+)\}$/.exec(text.slice(Math.max(from, end - 20), end))
    if (literal === null) return end + 2
    from = end + 2 + Number(literal[1])
    if (text.length < from) return undefined
  }
}
