import { BadCharset, Unsearchable } from '../../codec/imap/charset.ts'
import { parseCommandFront } from '../../codec/imap/command.ts'
import { type CommandEvent, CommandReader } from '../../codec/imap/command-reader.ts'
import { type Condition, formatCondition, formatContinuation, type ResponseCode } from '../../codec/imap/format.ts'
import { BadMailboxName } from '../../codec/imap/mailbox-name.ts'
import type { NumberRanges } from '../../codec/imap/sequence-set.ts'
import { ParseError } from '../../codec/parse-error.ts'
import { log } from '../../log.ts'
import { MailError } from '../../mailbox/errors.ts'
import { NoRoomError, OutcomeUnknownError, ThrottledError } from '../../ports/table.ts'
import type { Account } from '../../store/accounts.ts'
import type { TenantStore } from '../../store/store.ts'
import { countCommand } from '../command-metrics.ts'
import { type Connection, DisconnectedError, DrainError, IdleTimeoutError } from '../connection.ts'
import { capabilities } from './capability.ts'
import type { Row } from './command-table.ts'
import { COMMANDS } from './commands.ts'
import { CompressedConnection } from './compressed-connection.ts'
import { ContentReader } from './content-reader.ts'
import { bad, type Done, no } from './done.ts'
import { isDone } from './idle.ts'
import { MAIL_ERRORS } from './mail-errors.ts'
import { BrokenResponseError, Output } from './output.ts'
import { reportChanges } from './report-changes.ts'
import type { SequenceView } from './sequence-view.ts'
import type { ImapServices } from './services.ts'

/** A literal of a refused command that is larger is not carried to its end: the connection closes (RFC 7888 §4). */
const SKIPPED_OCTETS = 64 * 1024 * 1024

/** What the client has switched on with ENABLE or by use (RFC 5161, RFC 7162 §3.1). */
export interface Enabled {
  condstore: boolean
  qresync: boolean
  /** Mailbox names, and strings in responses, are UTF-8 (RFC 6855). */
  utf8: boolean
  /** The client speaks IMAP4rev2 (RFC 9051): nothing is \Recent, and SEARCH answers ESEARCH. Until then the session is IMAP4rev1. */
  rev2: boolean
}

/** One IMAP connection from greeting to goodbye. */
export class Session {
  readonly services: ImapServices
  readonly out: Output
  readonly reader: CommandReader
  connection: Connection
  account: Account | undefined = undefined
  store: TenantStore | undefined = undefined
  view: SequenceView | undefined = undefined
  enabled: Enabled = { condstore: false, qresync: false, utf8: false, rev2: false }
  /** Of the command being run. */
  tag = ''
  /** UIDs that `$` stands for (RFC 5182). */
  savedResult: NumberRanges = []
  /** Keywords the client has been told of in FLAGS. */
  keywordsTold = 0
  /** Goodbye is said; nothing more is read. */
  ended = false
  /** Another command ended IDLE: its DONE may come yet, and answers nothing. */
  doneMayCome = false
  #contents: ContentReader | undefined
  /** Came where something else was waited for; it is the next command. */
  #unread: CommandEvent | undefined
  #errors = 0
  readonly #loginBy: number

  constructor(connection: Connection, services: ImapServices) {
    this.connection = connection
    this.services = services
    this.out = new Output(connection)
    connection.lastWords = () => this.#lastWords()
    this.reader = new CommandReader({
      lineOctets: services.limits.imapLineOctets,
      keptOctets: services.limits.imapLineOctets,
      messageOctets: services.limits.messageOctets,
    })
    this.#loginBy = performance.now() + services.limits.imapLoginMs
  }

  /** Resolves when the session is over; what it has to say is written then. Throws what the connection throws when the client is gone. */
  async run(): Promise<void> {
    try {
      this.respond('OK', `${this.services.hostName} Tubepost is ready`, ['CAPABILITY', ...capabilities(this)])
      while (!this.ended) {
        const event = await this.nextEvent()
        if (event === undefined) break
        await this.#take(event)
        if (this.out.full) await this.out.flush()
      }
    } catch (error) {
      this.#bye(error)
    }
    await this.out.flush()
  }

  /** Undefined when the client has ended its side. What is said so far is written before waiting. */
  async nextEvent(options?: { evenWhenDraining: boolean }): Promise<CommandEvent | undefined> {
    for (;;) {
      const event = this.#unread ?? this.reader.next()
      this.#unread = undefined
      if (event !== undefined && event.type !== 'continue') return event
      if (event !== undefined) {
        this.out.add(formatContinuation('OK'))
        continue
      }
      await this.out.flush()
      const chunk = await this.connection.read(this.#patienceMs(), options)
      if (chunk === undefined) return undefined
      this.reader.push(chunk)
    }
  }

  /** The next command is one that was read already. */
  unread(event: CommandEvent): void {
    this.#unread = event
  }

  /** An untagged status response. */
  respond(condition: Condition, text: string, code: ResponseCode = []): void {
    this.out.add(formatCondition('*', condition, text, code))
  }

  /** What reads octets of messages for this session; it remembers what it has read ahead. */
  contentsOf(store: TenantStore): ContentReader {
    this.#contents ??= new ContentReader(store.contents)
    return this.#contents
  }

  forgetContents(): void {
    this.#contents = undefined
  }

  /** Lets go of what the session holds; the connection is its opener's to close. */
  release(): void {
    this.deselect()
    if (this.connection instanceof CompressedConnection) this.connection.release()
  }

  deselect(): void {
    this.view?.release()
    this.view = undefined
    this.savedResult = []
    this.forgetContents()
  }

  /** How long the client may be silent; before it signs in all its time together is bounded. */
  #patienceMs(): number {
    if (this.account !== undefined) return this.services.limits.imapIdleMs
    const left = this.#loginBy - performance.now()
    if (left <= 0) throw new IdleTimeoutError('no LOGIN came in time')
    return left
  }

  async #take(event: CommandEvent): Promise<void> {
    if (event.type === 'refused') {
      this.#refused(event)
      return
    }
    if (event.type !== 'command' && event.type !== 'message') throw new Error(`a stray ${event.type} from the reader`)
    if (this.doneMayCome && isDone(event)) {
      this.doneMayCome = false
      return
    }
    const { tag, name, args } = parseCommandFront(event.command, this.enabled)
    const row = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    const refusal = this.#refusalOf(row, event.type)
    if (row === undefined || refusal !== undefined || tag === undefined) {
      if (event.type === 'message') this.reader.refuse()
      this.#answer(tag ?? '*', refusal ?? bad('There is no such command'))
      return
    }
    this.tag = tag
    const startedMs = performance.now()
    let done: Done | undefined
    try {
      done = await row.run(this, args, event)
    } catch (error) {
      done = this.#doneOf(error, row)
      if (error instanceof MailError && error.kind === 'no-such-mailbox') await this.#verifySelected()
    }
    countCommand('imap', name!, done?.condition ?? 'OK', startedMs)
    if (done === undefined) return
    if (this.view !== undefined) {
      await reportChanges(this, this.view, row.holdsExpunge || done.holdsExpunge)
      if (done.tellsModseq && this.enabled.condstore && !this.ended)
        done = { ...done, code: ['HIGHESTMODSEQ', this.view.toldModseq] }
    }
    this.#answer(tag, done)
  }

  #refusalOf(row: Row | undefined, type: 'command' | 'message'): Done | undefined {
    if (row === undefined) return undefined
    if (row.state === 'unauthenticated' && this.account !== undefined) return bad('You are signed in already')
    if ((row.state === 'authenticated' || row.state === 'selected') && this.account === undefined)
      return bad('Sign in first')
    if (row.state === 'selected' && this.view === undefined) return bad('Select a mailbox first')
    if (row.writes && this.view?.readOnly) return this.#doneOf(new MailError('read-only', 'EXAMINE'), row)
    if (row.takesMessage !== (type === 'message')) return bad('A message is a literal')
    return undefined
  }

  #answer(tag: string, done: Done): void {
    this.out.add(formatCondition(tag, done.condition, done.text, done.code))
    if (this.account !== undefined && done.condition !== 'BAD') {
      this.#errors = 0 // a session may last for weeks
      return
    }
    // Before signing in a refusal counts as well: passwords are not to be tried without end.
    if (done.condition !== 'OK') this.#errors += 1
    if (this.#errors < this.services.limits.protocolErrors) return
    this.respond('BYE', 'Too many faults')
    this.ended = true
  }

  #doneOf(error: unknown, row: Row): Done {
    if (error instanceof BadMailboxName) return no(error.message, ['CANNOT'])
    if (error instanceof Unsearchable) {
      if (error.wasToBeSaved) this.savedResult = []
      return no(error.message, error instanceof BadCharset ? ['BADCHARSET', { list: ['US-ASCII', 'UTF-8'] }] : [])
    }
    if (error instanceof ParseError) return bad(error.message)
    if (error instanceof MailError) {
      log.debug('imap-refused', { error })
      const { code, text } = MAIL_ERRORS[error.kind]
      return no(text, error.kind === 'no-such-mailbox' && row.missing !== undefined ? [row.missing] : code)
    }
    for (const kind of [DisconnectedError, DrainError, IdleTimeoutError, BrokenResponseError]) {
      if (error instanceof kind) throw error
    }
    if (error instanceof ThrottledError || error instanceof OutcomeUnknownError) {
      log.warn('imap-unavailable', { error })
      const { code, text } = MAIL_ERRORS[error instanceof NoRoomError ? 'no-room' : 'try-again']
      return no(text, code)
    }
    log.error('imap-command-failed', { error: error as Error })
    return no('That is our fault', ['SERVERBUG'])
  }

  /** It may be the selected mailbox that is gone: then the session is told so, instead of NO for ever. */
  async #verifySelected(): Promise<void> {
    try {
      await this.view?.replica.verify()
    } catch (error) {
      log.warn('imap-mailbox-not-verified', { error: error as Error })
    }
  }

  #refused({ limit, tag, octetsToCome }: Extract<CommandEvent, { type: 'refused' }>): void {
    const done = limit === 'message' ? no('The message is too big', ['TOOBIG']) : bad('The command is too long')
    this.#answer(tag ?? '*', done)
    if (octetsToCome <= SKIPPED_OCTETS) return
    this.respond('BYE', 'That is more than can be skipped', ['TOOBIG'])
    this.ended = true
  }

  #lastWords(): string | Uint8Array | undefined {
    if (this.ended || this.out.inResponse) return undefined
    this.#bye(new DrainError('the grace is over'))
    const text = this.out.take()
    return this.connection instanceof CompressedConnection ? this.connection.deflatedNow(text) : text
  }

  #bye(error: unknown): void {
    this.ended = true
    if (error instanceof IdleTimeoutError) this.respond('BYE', 'You were silent for too long')
    else if (error instanceof DrainError)
      this.respond('BYE', 'The server stops; come back in a moment', ['UNAVAILABLE'])
    else throw error
  }
}

/** A session that has signed in. */
export type Authenticated = Session & { account: Account; store: TenantStore }

/** A session that has a mailbox selected. */
export type Selected = Authenticated & { view: SequenceView }
