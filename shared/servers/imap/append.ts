import { type AppendArgs, type AppendMessage, parseAppendEnd, parseNextAppend } from '../../codec/imap/append.ts'
import type { CommandEvent, CommandText } from '../../codec/imap/command-reader.ts'
import { formatContinuation } from '../../codec/imap/format.ts'
import { Cursor } from '../../codec/imap/tokens.ts'
import { type AppendedMessage, appendMessages } from '../../flows/append-messages.ts'
import { MailError } from '../../mailbox/errors.ts'
import { flagsOf } from '../../mailbox/flags.ts'
import type { MailboxId } from '../../mailbox/ids.ts'
import { parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import type { SpoolWriter } from '../../ports/spool.ts'
import { MOST_APPENDED_TOGETHER } from '../../store/appends.ts'
import { DisconnectedError } from '../connection.ts'
import type { MessageEvent } from './command-table.ts'
import { type Done, no, ok } from './done.ts'
import type { Authenticated } from './session.ts'

/** APPEND (RFC 9051 §6.3.12) and MULTIAPPEND (RFC 3502): messages come through the spool, and are in the mailbox all or none. */
export async function append(session: Authenticated, args: AppendArgs, event: MessageEvent): Promise<Done> {
  const { store, view } = session
  let mailbox: MailboxId
  try {
    // Looked up before the client sends its message: TRYCREATE must not cost the transfer.
    mailbox = await store.mailboxes.mailbox(session.account.id, parseMailboxPath(args.mailbox))
  } catch (error) {
    session.reader.refuse()
    throw error
  }
  const arrival = new Arrival(session)
  try {
    const received = await arrival.receive(args.message, event)
    if (received === 'refused') return no('A message is too big', ['TOOBIG'])
    const appended = await appendMessages(store, mailbox, received, session.services.limits)
    if (view?.replica.mailbox === mailbox) await view.replica.refresh()
    return ok('APPEND completed', ['APPENDUID', appended.uidvalidity, appended.uids])
  } finally {
    await arrival.discard()
  }
}

/** The messages of one APPEND as they come in. */
class Arrival {
  readonly #session: Authenticated
  readonly #spooled: SpoolWriter[] = []
  readonly #messages: AppendedMessage[] = []

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
        parseAppendEnd(this.#cursor(next.command), described)
        return this.#messages
      }
      if (next.type !== 'message') throw new Error(`a stray ${next.type} from the reader`)
      try {
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
      await writer.write(next.octets)
      if (next.last) break
    }
    this.#messages.push({
      source: await writer.finish(),
      flags: flagsOf(flags),
      ...(internalDateMs !== undefined && { internalDate: internalDateMs }),
    })
  }

  async #next(): Promise<CommandEvent> {
    const event = await this.#session.nextEvent({ evenWhenDraining: true })
    if (event === undefined) throw new DisconnectedError('the client left in the middle of APPEND')
    return event
  }

  #cursor(command: CommandText): Cursor {
    return new Cursor(command, this.#session.enabled)
  }
}
