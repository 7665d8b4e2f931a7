import { ParseError } from '../../codec/parse-error.ts'
import type { Address } from '../../codec/smtp/address.ts'
import {
  type MailArguments,
  type RcptArguments,
  splitCommand,
  UnknownParameterError,
} from '../../codec/smtp/command.ts'
import { formatReply, type Reply } from '../../codec/smtp/reply.ts'
import type { Program } from '../../flows/outgoing/program-sender.ts'
import { log } from '../../log.ts'
import type { Envelope } from '../../mailbox/envelope.ts'
import { MailError } from '../../mailbox/errors.ts'
import { NoRoomError, OutcomeUnknownError, ThrottledError } from '../../ports/table.ts'
import type { Account } from '../../store/accounts.ts'
import type { Resolution } from '../../store/directory.ts'
import { countCommand } from '../command-metrics.ts'
import { type Connection, DisconnectedError, DrainError, IdleTimeoutError } from '../connection.ts'
import { LineReader } from '../line-reader.ts'
import type { Row } from './command-table.ts'
import { COMMANDS } from './commands.ts'
import type { Intake } from './intake.ts'
import { MAIL_ERRORS } from './mail-errors.ts'
import { REPLIES } from './replies.ts'
import type { SmtpServices } from './services.ts'

/** Replies wait for each other up to so many octets (RFC 2920 §3.2: one segment for a group of commands). */
const GATHERED_OCTETS = 16 * 1024

/** As the client introduced itself (RFC 5321 §4.1.1.1). */
export interface Client {
  name: string
  extended: boolean
}

export interface TransactionRecipient {
  address: Address
  resolution: Resolution
  notify?: NonNullable<RcptArguments['notify']>
  originalRecipient?: string
}

/** From MAIL to the end of DATA, RSET or EHLO (RFC 5321 §3.3). */
export interface Transaction {
  reversePath: Address | undefined
  body: Envelope['body']
  smtputf8: boolean
  requireTls?: true
  ret?: NonNullable<MailArguments['ret']>
  envid?: string
  /** By their address, so that one named twice gets one copy. */
  recipients: Map<string, TransactionRecipient>
  /** Between the first BDAT and the last (RFC 3030 §2). */
  intake?: Intake
}

/** One client on one connection. */
export class Session {
  readonly connection: Connection
  readonly services: SmtpServices
  readonly reader: LineReader
  client: Client | undefined
  account: Account | undefined
  /** Signed in by an API key. */
  program: Program | undefined
  transaction: Transaction | undefined
  #gathered = ''
  #faults = 0
  #over = false

  constructor(connection: Connection, services: SmtpServices) {
    this.connection = connection
    this.services = services
    this.reader = new LineReader(connection, { lineEnds: 'strict', beforeWaiting: () => this.flush() })
    connection.lastWords = () => this.#lastWords()
  }

  /** Until either side ends. Throws what the connection throws, once the client has been told. */
  async run(): Promise<void> {
    try {
      if (await this.#greet()) while (!this.#over) await this.#nextCommand()
    } catch (error) {
      if (error instanceof IdleTimeoutError) this.send(REPLIES.idle)
      else if (error instanceof DrainError) this.send(REPLIES.stopping)
      else throw error
    } finally {
      await this.endTransaction()
    }
    await this.flush()
  }

  /** Gathers a reply for the next time that the client is waited for. */
  send(reply: Reply): void {
    this.#gathered += formatReply(reply)
  }

  async flush(): Promise<void> {
    if (this.#gathered === '') return
    const replies = this.#gathered
    this.#gathered = ''
    await this.connection.write(replies)
  }

  /** No further command is read. */
  end(): void {
    this.#over = true
  }

  async endTransaction(): Promise<void> {
    const intake = this.transaction?.intake
    this.transaction = undefined
    await intake?.discard()
  }

  /** TLS begins: the client is as unknown as at first, and what was gathered goes out before (RFC 3207 §4.2). */
  async startTls(reply: Reply): Promise<void> {
    await this.endTransaction()
    this.client = undefined
    this.account = undefined
    this.program = undefined
    await this.flush()
    await this.reader.startTls(formatReply(reply))
  }

  /** 421 may come at any time, and the client takes it for the reply to what it is about (RFC 5321 §3.8): a message that is still coming in is not taken. */
  #lastWords(): string | undefined {
    return this.#over ? undefined : this.#gathered + formatReply(REPLIES.stopping)
  }

  async #greet(): Promise<boolean> {
    const { hostName, greetingDelayMs = 0 } = this.services
    if (greetingDelayMs > 0 && (await this.#talksFirst(greetingDelayMs))) {
      this.send({ code: 554, lines: [`${hostName} You spoke before the greeting`] })
      return false
    }
    this.send({ code: 220, lines: [`${hostName} ESMTP Tubepost`] })
    return true
  }

  /** Only a program that does not listen talks before the greeting (RFC 5321 §3.1). */
  async #talksFirst(delayMs: number): Promise<boolean> {
    try {
      return (await this.connection.read(delayMs)) !== undefined
    } catch (error) {
      if (error instanceof IdleTimeoutError) return false
      throw error
    }
  }

  async #nextCommand(): Promise<void> {
    const { limits } = this.services
    const line = await this.reader.readLine(
      Math.max(limits.smtpLineOctets, limits.smtpAuthLineOctets),
      limits.smtpIdleMs,
    )
    if (line === undefined) {
      this.end()
      return
    }
    const reply =
      line.kind === 'line'
        ? await this.#answer(line.octets)
        : line.kind === 'too-long'
          ? REPLIES.lineTooLong
          : REPLIES.bareLineEnd
    if (reply === undefined) return
    this.send(reply)
    if (reply.code === 421) this.end() // RFC 5321 §3.8
    if (isFault(reply) && ++this.#faults >= limits.protocolErrors) {
      this.send(REPLIES.tooManyErrors)
      this.end()
    }
    if (this.#gathered.length >= GATHERED_OCTETS) await this.flush()
  }

  async #answer(line: Uint8Array): Promise<Reply | undefined> {
    const command = tryParse(() => splitCommand(line))
    if (command === undefined) return REPLIES.syntax
    if (line.length > this.services.limits.smtpLineOctets && command.verb !== 'AUTH') return REPLIES.lineTooLong
    const row = COMMANDS[command.verb]
    if (row === undefined) return REPLIES.unknownCommand
    const startedMs = performance.now()
    const reply = await this.#run(row, command.argument)
    countCommand('smtp', command.verb, String(reply?.code ?? REPLIES.startTls.code), startedMs)
    return reply
  }

  async #run(row: Row, argument: string): Promise<Reply | undefined> {
    try {
      return await row(this, argument)
    } catch (error) {
      return this.replyTo(error)
    }
  }

  /** The reply to what a command threw; rethrows what ends the session. */
  replyTo(error: unknown): Reply {
    if (error instanceof UnknownParameterError) return REPLIES.unknownParameter
    if (error instanceof ParseError) return REPLIES.badArguments
    if (error instanceof DisconnectedError || error instanceof IdleTimeoutError || error instanceof DrainError)
      throw error
    if (error instanceof MailError) {
      log.info('smtp-refused', {
        kind: error.kind,
        reason: error.message,
        remoteAddress: this.connection.remoteAddress,
      })
      return MAIL_ERRORS[error.kind]
    }
    if (error instanceof ThrottledError || error instanceof OutcomeUnknownError) {
      log.warn('smtp-put-off', { reason: error.message, remoteAddress: this.connection.remoteAddress })
      return error instanceof NoRoomError ? REPLIES.noRoom : REPLIES.internalError
    }
    log.error('smtp-failed', { error: error as Error, remoteAddress: this.connection.remoteAddress })
    return REPLIES.internalError
  }
}

/** undefined where the input is not what the grammar allows. */
function tryParse<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}

/** What no well-behaved client gets: unlike a recipient that does not exist, or a failure of ours. */
function isFault({ code }: Reply): boolean {
  return (code >= 500 && code <= 504) || code === 530 || code === 535 || code === 555
}
