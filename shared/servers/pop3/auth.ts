import { ParseError } from '../../codec/parse-error.ts'
import { formatContinuation, formatErr } from '../../codec/pop3/response.ts'
import { decodeBase64, encodeBase64 } from '../../codec/sasl/base64.ts'
import { MailError } from '../../mailbox/errors.ts'
import { isSaslMechanism, SASL_MECHANISMS } from '../sasl-sign-in.ts'
import { enterTransaction, signInOf } from './enter-transaction.ts'
import { mechanisms } from './mechanisms.ts'
import type { Session } from './session.ts'

/** AUTH (RFC 5034). Without a mechanism it lists them, as Outlook and others have asked since before CAPA was. */
export async function auth(
  session: Session,
  args: { mechanism: string; initialResponse?: string } | undefined,
): Promise<string> {
  if (args === undefined) {
    session.begin('mechanisms follow')
    for (const name of mechanisms(session)) await session.sendLine(name)
    return '.\r\n'
  }
  const { mechanism, initialResponse } = args
  if (!isSaslMechanism(mechanism)) return formatErr('unknown mechanism')
  if (!mechanisms(session).includes(mechanism)) throw new MailError('needs-encryption', mechanism)
  const first = initialResponse === undefined ? undefined : decodeResponse(initialResponse)
  const signIn = SASL_MECHANISMS[mechanism]
  return enterTransaction(session, await signIn(signInOf(session), (challenge) => ask(session, challenge), first))
}

async function ask(session: Session, challenge: Uint8Array): Promise<Uint8Array> {
  const { limits } = session.services
  session.add(formatContinuation(encodeBase64(challenge)))
  const line = await session.lines.readLine(limits.smtpAuthLineOctets, limits.pop3IdleMs)
  if (line === undefined) throw new ParseError('the exchange broke off')
  if (line.kind !== 'line') throw new ParseError('the line is too long')
  const text = Buffer.from(line.octets).toString('latin1')
  if (text === '*') throw new ParseError('cancelled')
  return decodeBase64(text)
}

/** "=" is an initial response of no octets (RFC 5034 §4). */
function decodeResponse(text: string): Uint8Array {
  return decodeBase64(text === '=' ? '' : text)
}
