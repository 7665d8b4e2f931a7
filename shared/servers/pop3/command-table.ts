import type { Session, Transaction } from './session.ts'

type Parse<A> = (argument: Uint8Array | undefined) => A
/** Resolves to its response, or to what ends it where it has begun a multi-line one. */
type Handler<S, A> = (session: S, args: A) => Promise<string> | string

export interface Row {
  /** Where the command may come (RFC 1939 §3). */
  state: 'any' | 'authorization' | 'transaction'
  run(session: Session, argument: Uint8Array | undefined): Promise<string>
}

export type CommandTable = Readonly<Record<string, Row>>

export function any<A>(parse: Parse<A>, handle: Handler<Session, A>): Row {
  return { state: 'any', run: async (session, argument) => handle(session, parse(argument)) }
}

export function authorization<A>(parse: Parse<A>, handle: Handler<Session, A>): Row {
  return { state: 'authorization', run: async (session, argument) => handle(session, parse(argument)) }
}

export function transaction<A>(parse: Parse<A>, handle: Handler<Transaction, A>): Row {
  return {
    state: 'transaction',
    run: async (session, argument) => {
      if (!isTransaction(session)) throw new Error('a command of the TRANSACTION state before it')
      return handle(session, parse(argument))
    },
  }
}

function isTransaction(session: Session): session is Transaction {
  return session.maildrop !== undefined
}
