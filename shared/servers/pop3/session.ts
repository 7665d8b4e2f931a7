import { setImmediate } from 'node:timers/promises'
import { ParseError } from '../../codec/parse-error.ts'
import type { Command } from '../../codec/pop3/command.ts'
import { parseCommand } from '../../codec/pop3/command.ts'
import { formatErr, formatOk } from '../../codec/pop3/response.ts'
import { log } from '../../log.ts'
import { MailError } from '../../mailbox/errors.ts'
import { OutcomeUnknownError, ThrottledError } from '../../ports/table.ts'
import { countCommand } from '../command-metrics.ts'
import { type Connection, DisconnectedError, DrainError, IdleTimeoutError, WIRE_ENCODING } from '../connection.ts'
import { LineReader } from '../line-reader.ts'
import { COMMANDS } from './commands.ts'
import { MAIL_ERRORS } from './mail-errors.ts'
import type { Maildrop } from './maildrop.ts'
import type { Pop3Services } from './services.ts'

/** Replies gathered beyond this are sent before more are made. */
const GATHERED_OCTETS = 16 * 1024
const STOPPING = formatErr('the server stops; come back in a moment', 'SYS/TEMP')

/** One POP3 connection from greeting to goodbye. In the AUTHORIZATION state while it has no maildrop (RFC 1939 §3). */
export class Session {
  readonly connection: Connection
  readonly services: Pop3Services
  readonly lines: LineReader
  maildrop: Maildrop | undefined = undefined
  /** What USER said, until PASS. */
  user: string | undefined = undefined
  /** After UTF8 (RFC 6856 §2.1). */
  utf8 = false
  /** Goodbye is said; nothing more is read. */
  ended = false
  #gathered = ''
  #inResponse = false
  #saidGoodbye = false
  #errors = 0

  constructor(connection: Connection, services: Pop3Services) {
    this.connection = connection
    this.services = services
    this.lines = new LineReader(connection, { lineEnds: 'lenient', beforeWaiting: () => this.flush() })
    connection.lastWords = () => this.#lastWords()
  }

  /** Resolves when the session is over. Throws what the connection throws when the client is gone. */
  async run(): Promise<void> {
    const { limits, hostName } = this.services
    try {
      this.add(formatOk(`${hostName} Tubepost is ready`))
      while (!this.ended) {
        const line = await this.lines.readLine(limits.pop3LineOctets, limits.pop3IdleMs)
        if (line === undefined) break
        if (line.kind === 'line') await this.#take(line.octets)
        else this.#fault('the line is too long')
        if (this.#gathered.length > GATHERED_OCTETS && !this.ended) await this.flush()
      }
    } catch (error) {
      // Without a word, and without the UPDATE state (RFC 1939 §3).
      if (error instanceof IdleTimeoutError) return
      if (!(error instanceof DrainError)) throw error
      this.add(STOPPING)
    } finally {
      this.#saidGoodbye = true
      // Before the client reads that the session is over: it may come again at once.
      await this.maildrop?.close()
    }
    await this.flush()
  }

  /** Whether the client may show its password. */
  get passwordAllowed(): boolean {
    return this.connection.secure || this.services.allowPlaintext(this.connection)
  }

  /** A line, or several, to be sent with what else there is before the client is waited for. Latin-1. */
  add(text: string): void {
    this.#gathered += text
  }

  async flush(): Promise<void> {
    const text = this.#gathered
    this.#gathered = ''
    if (text !== '') await this.connection.write(text)
  }

  /**
   * A multi-line response but for its end, which whoever called says by what it returns. From here on an error can only be told by
   * breaking the connection: whatever else was sent would be taken for content.
   */
  begin(text: string): void {
    this.#inResponse = true
    this.add(formatOk(text))
  }

  /** More of a multi-line response; resolves when the client has made room for more, and nobody looks at the octets any more. */
  async send(octets: Uint8Array): Promise<void> {
    const text = this.#gathered
    this.#gathered = ''
    // Together, so that a small message is not three packets.
    if (text === '') await this.connection.writeFleeting(octets)
    else await this.connection.write(Buffer.concat([Buffer.from(text, WIRE_ENCODING), octets]))
  }

  /** The same in Latin-1. */
  async sendText(text: string): Promise<void> {
    this.add(text)
    await this.flush()
  }

  /** More of it in lines, sent when there are enough of them; other sessions have their turn then. */
  async sendLine(line: string): Promise<void> {
    this.#gathered += `${line}\r\n`
    if (this.#gathered.length <= GATHERED_OCTETS) return
    await this.flush()
    await setImmediate()
  }

  /** To a command that is still being carried out, -ERR is the response; what a multi-line one has begun cannot be ended by it. */
  #lastWords(): string | undefined {
    return this.#inResponse || this.#saidGoodbye ? undefined : this.#gathered + STOPPING
  }

  async #take(octets: Uint8Array): Promise<void> {
    let response: string
    try {
      response = await this.#perform(parseCommand(octets))
    } catch (error) {
      if (this.#inResponse) throw error
      if (error instanceof ParseError) {
        this.#fault(error.message)
        return
      }
      response = this.#refusalOf(error)
    }
    this.#inResponse = false
    this.add(response)
  }

  async #perform({ keyword, argument }: Command): Promise<string> {
    const row = Object.hasOwn(COMMANDS, keyword) ? COMMANDS[keyword] : undefined
    if (row === undefined) throw new ParseError('unknown command')
    const state = this.maildrop === undefined ? 'authorization' : 'transaction'
    if (row.state !== 'any' && row.state !== state) {
      throw new ParseError(state === 'authorization' ? 'sign in first' : 'you are signed in already')
    }
    const startedMs = performance.now()
    let result = 'error'
    try {
      const response = await row.run(this, argument)
      if (!response.startsWith('-ERR')) result = 'ok'
      return response
    } finally {
      countCommand('pop3', keyword, result, startedMs)
    }
  }

  #refusalOf(error: unknown): string {
    for (const kind of [DisconnectedError, DrainError, IdleTimeoutError]) if (error instanceof kind) throw error
    if (error instanceof MailError) {
      log.debug('pop3-refused', { error })
      const { code, text } = MAIL_ERRORS[error.kind]
      // Guessing is a fault too: a connection gets only so many tries.
      if (error.kind === 'bad-credentials') this.#count()
      return formatErr(text, code)
    }
    if (error instanceof ThrottledError || error instanceof OutcomeUnknownError) {
      log.warn('pop3-unavailable', { error })
      return formatErr('not now; try again', 'SYS/TEMP')
    }
    log.error('pop3-command-failed', { error: error as Error })
    return formatErr('that is our fault; try again', 'SYS/TEMP')
  }

  #fault(text: string): void {
    this.add(formatErr(text))
    this.#count()
  }

  #count(): void {
    this.#errors += 1
    if (this.#errors >= this.services.limits.protocolErrors) this.ended = true
  }
}

/** A session in the TRANSACTION state. */
export type Transaction = Session & { maildrop: Maildrop }
