import { createHmac } from 'node:crypto'
import { connect as connectSocket, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls'
import { parseOffers, ReplyReader, type ServerReply } from '../../codec/smtp/server-reply.ts'

/** RFC 5321 §4.5.3.2: how long a client waits for what, in milliseconds; each is cut to the setting. */
const GREETING_MS = 5 * 60_000
const COMMAND_MS = 5 * 60_000
const TLS_MS = 60_000
const BLOCK_MS = 3 * 60_000
const END_MS = 10 * 60_000
const CONNECT_MS = 30_000
/** RFC 5321 §4.1.1.10 asks to wait for the answer to QUIT; nothing depends on it. */
const QUIT_MS = 5_000
/** That wait to be read: those to the commands of a group. */
const MAX_REPLIES = 1_000

export interface ServerPlace {
  host: string
  port: number
  /** TLS from the first octet (RFC 8314 §3.3), by STARTTLS or not at all, or by STARTTLS where it is offered and works (RFC 7435). */
  tls: 'implicit' | 'starttls' | 'opportunistic' | 'none'
  tlsOptions: TlsOptions
  /** What we say in EHLO. */
  name: string
  /** The longest wait for anything. */
  timeoutMs: number
}

export interface Credentials {
  user: string
  password: string
}

/** What was said was answered, and not as it had to be. */
export class SmtpReplyError extends Error {
  override readonly name = 'SmtpReplyError'
  readonly reply: ServerReply

  constructor(what: string, reply: ServerReply) {
    super(`${what}: ${reply.text}`)
    this.reply = reply
  }
}

/** The handshake of an opportunistic TLS failed; the same server may be spoken to without. */
export class TlsFailedError extends Error {
  override readonly name = 'TlsFailedError'
}

interface Login {
  name: string
  /** The command, then what answers each challenge. */
  say(credentials: Credentials): [string, ...((challenge: string) => string)[]]
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** In the order of what works most often; the last one is all that some old servers offer (RFC 2195). */
const LOGINS: readonly Login[] = [
  {
    name: 'PLAIN',
    say({ user, password }) {
      const plain = base64(`\0${user}\0${password}`)
      return [`AUTH PLAIN ${plain}`, () => plain]
    },
  },
  { name: 'LOGIN', say: ({ user, password }) => ['AUTH LOGIN', () => base64(user), () => base64(password)] },
  {
    name: 'CRAM-MD5',
    say: ({ user, password }) => [
      'AUTH CRAM-MD5',
      (challenge) => {
        const digest = createHmac('md5', password).update(Buffer.from(challenge, 'base64')).digest('hex')
        return base64(`${user} ${digest}`)
      },
    ],
  },
]

interface Waiter {
  resolve: (reply: ServerReply) => void
  reject: (error: Error) => void
}

/** One connection to a server, as its client. What fails once, fails from then on with the same error. */
export class SmtpClient {
  readonly #place: ServerPlace
  #socket: Socket
  #reader = new ReplyReader()
  readonly #replies: ServerReply[] = []
  readonly #waiters: Waiter[] = []
  #error: Error | undefined
  #onError: ((error: Error) => void) | undefined
  #onEarlyReply: (() => void) | undefined
  offers: ReadonlyMap<string, string> = new Map()
  isSecure = false

  /** Until the greeting, EHLO and TLS are over. `signal` ends the connection whatever it is about. Throws what the connection throws. */
  static async open(place: ServerPlace, signal: AbortSignal): Promise<SmtpClient> {
    const client = new SmtpClient(place, signal)
    try {
      await client.#begin()
      return client
    } catch (error) {
      client.close()
      throw error
    }
  }

  private constructor(place: ServerPlace, signal: AbortSignal) {
    this.#place = place
    const { host, port, tls, tlsOptions } = place
    this.#socket =
      tls === 'implicit'
        ? connectTls({ ...tlsOptions, host, port, ...serverName(host) })
        : connectSocket({ host, port })
    const abort = () => this.#fail(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    this.#socket.once('close', () => signal.removeEventListener('abort', abort))
    this.#listen()
  }

  /** One command and its answer. */
  async command(line: string): Promise<ServerReply> {
    this.send(line)
    return this.reply()
  }

  /** Lines that go out together (RFC 2920); their answers are asked for one by one. */
  send(...lines: string[]): void {
    if (this.#error === undefined) this.#socket.write(lines.map((line) => `${line}\r\n`).join(''))
  }

  reply(timeoutMs = COMMAND_MS): Promise<ServerReply> {
    return this.#within(timeoutMs, 'no answer', () => {
      const reply = this.#replies.shift()
      return reply !== undefined
        ? Promise.resolve(reply)
        : new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
    })
  }

  /** The server says something without being asked: it will take no more (RFC 5321 §3.8). */
  get hasReply(): boolean {
    return this.#replies.length > 0
  }

  /** Content; resolves once there is room for more, or the server has said something. */
  async write(octets: Uint8Array): Promise<void> {
    if (this.#error !== undefined) throw this.#error
    if (this.#socket.write(octets)) return
    await this.#within(
      BLOCK_MS,
      'takes no more',
      () =>
        new Promise<void>((resolve, reject) => {
          const settle = () => {
            this.#socket.off('drain', settle)
            this.#onError = undefined
            this.#onEarlyReply = undefined
            resolve()
          }
          this.#socket.on('drain', settle)
          this.#onEarlyReply = settle
          this.#onError = (error) => {
            this.#socket.off('drain', settle)
            reject(error)
          }
        }),
    )
  }

  /** The answer to the whole message. */
  endReply(): Promise<ServerReply> {
    return this.reply(END_MS)
  }

  /** By the first mechanism that the server knows and takes (RFC 4954). Throws SmtpReplyError. */
  async logIn(credentials: Credentials): Promise<void> {
    const offered = (this.offers.get('AUTH') ?? '').toUpperCase().split(' ')
    let last: ServerReply = { code: 504, text: `504 none of ours among ${offered.join(' ')}` }
    for (const mechanism of LOGINS) {
      if (!offered.includes(mechanism.name)) continue
      const [command, ...responses] = mechanism.say(credentials)
      last = await this.command(command)
      // 334 to an initial response: the server knows none, and asks for it.
      for (const response of responses) if (last.code === 334) last = await this.command(response(last.text.slice(4)))
      if (last.code === 235) return
      // 504 and 534: another mechanism may do (RFC 4954 §4, §6).
      if (last.code !== 504 && last.code !== 534) break
    }
    throw new SmtpReplyError('Invalid login', last)
  }

  /** Takes leave; does not wait for long, and never fails. */
  async quit(): Promise<void> {
    try {
      this.send('QUIT')
      await this.reply(QUIT_MS)
    } catch {
      // The server hung up first: all is said.
    } finally {
      this.close()
    }
  }

  close(): void {
    this.#fail(new Error('the connection is over'))
  }

  async #begin(): Promise<void> {
    const { host, port, tls } = this.#place
    const isTls = tls === 'implicit'
    await this.#within(CONNECT_MS, `no connection to ${host} port ${port}`, () =>
      this.#once(isTls ? 'secureConnect' : 'connect'),
    )
    this.isSecure = isTls
    const greeting = await this.reply(GREETING_MS)
    if (greeting.code !== 220) throw new SmtpReplyError('Not greeted', greeting)
    await this.#greet()
    if (tls === 'starttls' || (tls === 'opportunistic' && this.offers.has('STARTTLS'))) await this.#startTls()
  }

  async #greet(): Promise<void> {
    const { name } = this.#place
    const answer = await this.command(`EHLO ${name}`)
    if (answer.code === 250) {
      this.offers = parseOffers(answer)
      return
    }
    // RFC 5321 §3.2: who does not know EHLO may know HELO.
    if (answer.code < 500) throw new SmtpReplyError('EHLO refused', answer)
    this.offers = new Map()
    const old = await this.command(`HELO ${name}`)
    if (old.code !== 250) throw new SmtpReplyError('HELO refused', old)
  }

  async #startTls(): Promise<void> {
    const { host, tls, tlsOptions } = this.#place
    const answer = await this.command('STARTTLS')
    if (answer.code !== 220) {
      if (tls === 'opportunistic' && answer.code !== 421) return // RFC 3207 §4: the client may go on without
      throw new SmtpReplyError('STARTTLS refused', answer)
    }
    const plain = this.#socket
    plain.removeAllListeners('data')
    // RFC 3207 §4.2: whatever came before TLS is forgotten, as anybody may have put it there.
    this.#reader = new ReplyReader()
    this.#replies.length = 0
    this.#socket = connectTls({ ...tlsOptions, socket: plain, host, ...serverName(host) })
    this.#listen()
    try {
      await this.#within(TLS_MS, 'no TLS handshake', () => this.#once('secureConnect'))
    } catch (error) {
      throw tls === 'opportunistic' ? new TlsFailedError((error as Error).message, { cause: error }) : error
    }
    this.isSecure = true
    await this.#greet()
  }

  #listen(): void {
    const socket = this.#socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
    socket.setNoDelay(true)
  }

  #take(chunk: Buffer): void {
    try {
      for (const reply of this.#reader.push(chunk)) {
        const waiter = this.#waiters.shift()
        if (waiter !== undefined) waiter.resolve(reply)
        else {
          this.#replies.push(reply)
          if (this.#replies.length > MAX_REPLIES) throw new Error('the server answers what nobody asked')
          this.#onEarlyReply?.()
        }
      }
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #fail(error: Error): void {
    if (this.#error !== undefined) return
    this.#error = error
    for (const { reject } of this.#waiters.splice(0)) reject(error)
    this.#onError?.(error)
    this.#socket.destroy()
  }

  #once(event: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onError = reject
      this.#socket.once(event, () => {
        this.#onError = undefined
        resolve()
      })
    })
  }

  /** Replies that came before the connection failed are still answers. */
  async #within<T>(timeoutMs: number, what: string, work: () => Promise<T>): Promise<T> {
    if (this.#error !== undefined && !this.hasReply) throw this.#error
    const ms = Math.min(timeoutMs, this.#place.timeoutMs)
    const timer = setTimeout(() => this.#fail(new Error(`${what} within ${ms} ms`)), ms)
    try {
      return await work()
    } finally {
      clearTimeout(timer)
    }
  }
}

/** SNI takes names alone (RFC 6066 §3); a certificate for an address is looked at by `host`. */
function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {}
}
