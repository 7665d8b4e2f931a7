import { type AuthenticateArgs, parseAuthenticateLine } from '../../codec/imap/authenticate.ts'
import { formatContinuation } from '../../codec/imap/format.ts'
import { encodeBase64 } from '../../codec/sasl/base64.ts'
import { login } from '../../codec/sasl/login.ts'
import type { Exchange, PlainCredentials } from '../../codec/sasl/mechanism.ts'
import { plain } from '../../codec/sasl/plain.ts'
import { MailError } from '../../mailbox/errors.ts'
import { DisconnectedError } from '../connection.ts'
import { bad, type Done, no } from './done.ts'
import type { Session } from './session.ts'
import { requireEncryption, signIn } from './sign-in.ts'

const MECHANISMS: Readonly<Record<string, () => Exchange<PlainCredentials>>> = { PLAIN: plain, LOGIN: login }

/** AUTHENTICATE (RFC 9051 §6.2.2), with an initial response (RFC 4959). */
export async function authenticate(session: Session, { mechanism, initialResponse }: AuthenticateArgs): Promise<Done> {
  const begin = Object.hasOwn(MECHANISMS, mechanism) ? MECHANISMS[mechanism] : undefined
  if (begin === undefined) return no('There is no such mechanism')
  requireEncryption(session)
  const exchange = begin()
  let response = initialResponse
  for (;;) {
    const step = exchange.step(response)
    if ('outcome' in step) {
      const { authenticationId, authorizationId, password } = step.outcome
      // Nobody acts for somebody else (RFC 4616 §2).
      if (authorizationId !== '' && authorizationId !== authenticationId) {
        throw new MailError('bad-credentials', 'an authorization id of another')
      }
      return signIn(session, authenticationId, password)
    }
    session.out.add(formatContinuation(encodeBase64(step.challenge)))
    const line = await session.nextEvent()
    if (line === undefined) throw new DisconnectedError('the client left while it signed in')
    if (line.type !== 'command' || line.command.literals.length > 0) return bad('That is no answer')
    const answer = parseAuthenticateLine(line.command.text)
    if (answer === null) return bad('AUTHENTICATE cancelled')
    response = answer
  }
}
