import type { LoginArgs } from '../../codec/imap/login.ts'
import type { Done } from './done.ts'
import type { Session } from './session.ts'
import { requireEncryption, signIn } from './sign-in.ts'

/** LOGIN (RFC 9051 §6.2.3). */
export async function login(session: Session, { user, password }: LoginArgs): Promise<Done> {
  requireEncryption(session)
  return signIn(session, user, password)
}
