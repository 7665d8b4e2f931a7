import { type AuthenticateArgs, parseAuthenticateLine } from '../../codec/imap/authenticate.ts'
import { formatContinuation } from '../../codec/imap/format.ts'
import { ParseError } from '../../codec/parse-error.ts'
import { encodeBase64 } from '../../codec/sasl/base64.ts'
import { MailError } from '../../mailbox/errors.ts'
import { DisconnectedError } from '../connection.ts'
import { isSaslMechanism, SASL_MECHANISMS } from '../sasl-sign-in.ts'
import { mechanisms } from './capability.ts'
import { type Done, no } from './done.ts'
import type { Session } from './session.ts'
import { signedIn, signInOf } from './sign-in.ts'

/** AUTHENTICATE (RFC 9051 §6.2.2), with an initial response (RFC 4959). */
export async function authenticate(session: Session, { mechanism, initialResponse }: AuthenticateArgs): Promise<Done> {
  if (!isSaslMechanism(mechanism)) return no('There is no such mechanism')
  if (!mechanisms(session).includes(mechanism)) throw new MailError('needs-encryption', mechanism)
  const signIn = SASL_MECHANISMS[mechanism]
  return signedIn(session, await signIn(signInOf(session), (challenge) => ask(session, challenge), initialResponse))
}

async function ask(session: Session, challenge: Uint8Array): Promise<Uint8Array> {
  session.out.add(formatContinuation(encodeBase64(challenge)))
  const line = await session.nextEvent()
  if (line === undefined) throw new DisconnectedError('the client left while it signed in')
  if (line.type === 'message') session.reader.refuse()
  if (line.type !== 'command' || line.command.literals.length > 0) throw new ParseError('That is no answer')
  const answer = parseAuthenticateLine(line.command.text)
  if (answer === null) throw new ParseError('AUTHENTICATE cancelled')
  return answer
}
