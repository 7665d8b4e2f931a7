import type { LoginArgs } from '../../codec/imap/login.ts'
import { MailError } from '../../mailbox/errors.ts'
import { signInWithPassword } from '../sasl-sign-in.ts'
import { passwordAllowed } from './capability.ts'
import type { Done } from './done.ts'
import type { Session } from './session.ts'
import { signedIn, signInOf } from './sign-in.ts'

/** LOGIN (RFC 9051 §6.2.3). */
export async function login(session: Session, { user, password }: LoginArgs): Promise<Done> {
  if (!passwordAllowed(session)) throw new MailError('needs-encryption', session.connection.remoteAddress)
  return signedIn(session, await signInWithPassword(signInOf(session), user, password))
}
