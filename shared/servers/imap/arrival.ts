import { type AppendMessage, parseAppendEnd, parseNextAppend } from '../../codec/imap/append.ts'
import type { CommandEvent, CommandText } from '../../codec/imap/command-reader.ts'
import { formatContinuation } from '../../codec/imap/format.ts'
import { Cursor } from '../../codec/imap/tokens.ts'
import type { AppendedMessage } from '../../flows/mailboxes/append-messages.ts'
import { MailError } from '../../mailbox/errors.ts'
import { flagsOf } from '../../mailbox/flags.ts'
import type { SpoolWriter } from '../../ports/spool.ts'
import { MOST_APPENDED_TOGETHER } from '../../store/appends.ts'
import { DisconnectedError } from '../connection.ts'
import type { MessageEvent } from './command-table.ts'
import type { Authenticated } from './session.ts'

/** The messages of one APPEND or REPLACE as they come in, through the spool. */
export class Arrival {
  readonly #session: Authenticated
  readonly #spooled: SpoolWriter[] = []
  readonly #messages: AppendedMessage[] = []
  /** Why nothing is kept any more of what is coming in. */
  #failure: { error: unknown } | undefined

  constructor(session: Authenticated) {
    this.#session = session
  }

  /** Everything up to the end of the command. Throws ParseError, and MailError, once what the client is sending has come. */
  async receive(first: AppendMessage, event: MessageEvent): Promise<AppendedMessage[] | 'refused'> {
    let described = first
    let announced = event
    for (;;) {
      await this.#takeMessage(described, announced)
      const next = await this.#next()
      if (next.type === 'refused') return 'refused'
      if (next.type === 'end') {
        if (this.#failure !== undefined) throw this.#failure.error
        parseAppendEnd(this.#cursor(next.command), described)
        return this.#messages
      }
      if (next.type !== 'message') throw new Error(`a stray ${next.type} from the reader`)
      try {
        if (this.#failure !== undefined) throw this.#failure.error // instead of `+`: nothing more has to come
        if (this.#messages.length >= MOST_APPENDED_TOGETHER) throw new MailError('too-many', 'messages in one APPEND')
        described = parseNextAppend(this.#cursor(next.command), described)
      } catch (error) {
        this.#session.reader.refuse()
        throw error
      }
      announced = next
    }
  }

  async discard(): Promise<void> {
    await Promise.all(this.#spooled.map((writer) => writer.discard()))
  }

  async #takeMessage({ flags, internalDateMs }: AppendMessage, event: MessageEvent): Promise<void> {
    const { reader, out, services } = this.#session
    // All of a MULTIAPPEND together wait in no more memory than one message does.
    const memoryOctets = this.#messages.length === 0 ? services.limits.spoolMemoryOctets : 0
    const writer = services.store.engine.spool.create({ memoryOctets })
    this.#spooled.push(writer)
    reader.accept()
    if (event.synchronising) out.add(formatContinuation('OK'))
    for (;;) {
      const next = await this.#next()
      if (next.type !== 'octets') throw new Error(`a stray ${next.type} from the reader`)
      if (this.#failure === undefined) {
        try {
          await writer.write(next.octets, { given: true })
        } catch (error) {
          // The rest of the literal is still to come, and must not be taken for commands (RFC 9051 §4.3).
          this.#failure = { error }
          await this.discard()
        }
      }
      if (next.last) break
    }
    if (this.#failure !== undefined) return
    this.#messages.push({
      source: await writer.finish(),
      flags: flagsOf(flags),
      ...(internalDateMs !== undefined && { internalDate: internalDateMs }),
    })
  }

  async #next(): Promise<CommandEvent> {
    const event = await this.#session.nextEvent({ evenWhenDraining: true })
    if (event === undefined) throw new DisconnectedError('the client left in the middle of a message')
    return event
  }

  #cursor(command: CommandText): Cursor {
    return new Cursor(command, this.#session.enabled)
  }
}
