import type { CommandEvent } from '../../codec/imap/command-reader.ts'
import type { Cursor } from '../../codec/imap/tokens.ts'
import type { Done } from './done.ts'
import type { Authenticated, Selected, Session } from './session.ts'

/** In which a command may be given (RFC 9051 §3). */
export type State = 'any' | 'unauthenticated' | 'authenticated' | 'selected'

export type MessageEvent = Extract<CommandEvent, { type: 'message' }>

/** A command as the session runs it. */
export interface Row extends RowOptions {
  state: State
  /** Throws ParseError where the arguments are none. Undefined: it has answered itself. */
  run(session: Session, args: Cursor, event: CommandEvent): Promise<Done | undefined>
  takesMessage: boolean
}

export interface RowOptions {
  /** The client counts on its message sequence numbers while this runs (RFC 9051 §7.5.1). */
  holdsExpunge?: boolean
  /** Refused after EXAMINE. */
  writes?: boolean
  /** The code to answer when the named mailbox does not exist. */
  missing?: 'TRYCREATE'
}

export type CommandTable = Readonly<Record<string, Row>>

type Parse<A> = (args: Cursor) => A
type Outcome = Promise<Done | undefined> | Done | undefined

function row<S extends Session, A>(
  state: State,
  parse: Parse<A>,
  run: (session: S, args: A) => Outcome,
  options: RowOptions,
): Row {
  return {
    ...options,
    state,
    takesMessage: false,
    // The session looks at `state` before it runs a row, so it is what the handler takes.
    run: async (session, args) => run(session as S, parse(args)),
  }
}

export function any<A>(parse: Parse<A>, run: (session: Session, args: A) => Outcome, options: RowOptions = {}): Row {
  return row('any', parse, run, options)
}

export function unauthenticated<A>(parse: Parse<A>, run: (session: Session, args: A) => Outcome): Row {
  return row('unauthenticated', parse, run, {})
}

export function authenticated<A>(
  parse: Parse<A>,
  run: (session: Authenticated, args: A) => Outcome,
  options: RowOptions = {},
): Row {
  return row('authenticated', parse, run, options)
}

export function selected<A>(
  parse: Parse<A>,
  run: (session: Selected, args: A) => Outcome,
  options: RowOptions = {},
): Row {
  return row('selected', parse, run, options)
}

/** A command whose arguments end in a message, which comes as a stream (APPEND). */
export function withMessage<A>(
  parse: Parse<A>,
  run: (session: Authenticated, args: A, message: MessageEvent) => Outcome,
  options: RowOptions = {},
): Row {
  return messageRow('authenticated', parse, run, options)
}

/** The same with a mailbox selected (REPLACE). */
export function selectedWithMessage<A>(
  parse: Parse<A>,
  run: (session: Selected, args: A, message: MessageEvent) => Outcome,
  options: RowOptions = {},
): Row {
  return messageRow('selected', parse, run, options)
}

function messageRow<S extends Session, A>(
  state: State,
  parse: Parse<A>,
  run: (session: S, args: A, message: MessageEvent) => Outcome,
  options: RowOptions,
): Row {
  return {
    ...options,
    state,
    takesMessage: true,
    async run(session, args, event) {
      const message = event as MessageEvent
      let parsed: A
      try {
        parsed = parse(args)
      } catch (error) {
        session.reader.refuse()
        throw error
      }
      return run(session as S, parsed, message)
    },
  }
}

/** Whether a command names messages by UID. */
export interface ByUid {
  uid?: true
}

/** The same arguments, with UIDs where message sequence numbers were (RFC 9051 §6.4.9). */
export function uid<A extends object>(parse: Parse<A>): Parse<A & ByUid> {
  return (args) => ({ ...parse(args), uid: true })
}
