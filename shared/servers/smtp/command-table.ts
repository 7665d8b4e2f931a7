import { ParseError } from '../../codec/parse-error.ts'
import type { Reply } from '../../codec/smtp/reply.ts'
import { REPLIES } from './replies.ts'
import type { Client, Session, Transaction } from './session.ts'

/** A session that has said EHLO or HELO. */
export type Greeted = Session & { client: Client }
/** A session between MAIL and the end of its message. */
export type InTransaction = Greeted & { transaction: Transaction }

/** undefined: the client has had its answer. */
export type Answer = Reply | undefined
type Handler<State, Arguments> = (session: State, argument: Arguments) => Answer | Promise<Answer>

/** Runs a command on what follows its verb; first whether its moment has come, then its syntax, then its work. */
export type Row = (session: Session, argument: string) => Answer | Promise<Answer>

export type CommandTable = Readonly<Record<string, Row>>

export function any<Arguments>(parse: (argument: string) => Arguments, handle: Handler<Session, Arguments>): Row {
  return (session, argument) => handle(session, parse(argument))
}

export function greeted<Arguments>(parse: (argument: string) => Arguments, handle: Handler<Greeted, Arguments>): Row {
  return (session, argument) => {
    if (session.client === undefined) return REPLIES.greetFirst
    return handle(session as Greeted, parse(argument))
  }
}

export function inTransaction<Arguments>(
  parse: (argument: string) => Arguments,
  handle: Handler<InTransaction, Arguments>,
): Row {
  return (session, argument) => {
    if (session.client === undefined) return REPLIES.greetFirst
    if (session.transaction === undefined) return REPLIES.noTransaction
    return handle(session as InTransaction, parse(argument))
  }
}

/** Octets follow whose number is not known where the arguments are wrong: they must not be taken for commands, so the session ends. */
export function endingWhenMalformed(row: Row): Row {
  return async (session, argument) => {
    try {
      return await row(session, argument)
    } catch (error) {
      if (error instanceof ParseError) session.end()
      throw error
    }
  }
}
