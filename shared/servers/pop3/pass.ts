import { formatErr } from '../../codec/pop3/response.ts'
import { signInWithPassword } from '../sasl-sign-in.ts'
import { enterTransaction, signInOf } from './enter-transaction.ts'
import type { Session } from './session.ts'

/** PASS (RFC 1939 §7), only directly behind USER: after a failure the name is asked for again. */
export async function pass(session: Session, password: string): Promise<string> {
  const { user } = session
  if (user === undefined) return formatErr('USER comes first')
  session.user = undefined
  return enterTransaction(session, await signInWithPassword(signInOf(session), user, password))
}
