import { ParseError } from '../../codec/parse-error.ts'
import { decodeBase64, encodeBase64 } from '../../codec/sasl/base64.ts'
import { login } from '../../codec/sasl/login.ts'
import type { Exchange, PlainCredentials } from '../../codec/sasl/mechanism.ts'
import { plain } from '../../codec/sasl/plain.ts'
import { parseAddress } from '../../codec/smtp/address.ts'
import { type Reply, reply } from '../../codec/smtp/reply.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { Account } from '../../store/accounts.ts'
import type { Greeted } from './command-table.ts'
import { MAIL_ERRORS } from './mail-errors.ts'
import { REPLIES } from './replies.ts'
import type { Session } from './session.ts'

const MECHANISMS: Readonly<Record<string, () => Exchange<PlainCredentials>>> = {
  __proto__: null as never,
  PLAIN: plain,
  LOGIN: login,
}
export const PASSWORD_MECHANISM_NAMES = Object.keys(MECHANISMS).join(' ')

const SUCCEEDED = reply(235, '2.7.0', 'Authentication successful')
const UNKNOWN_MECHANISM = reply(504, '5.5.4', 'Unrecognized authentication mechanism')
const ALREADY = reply(503, '5.5.1', 'You are authenticated already')
const CANCELLED = reply(501, '5.7.0', 'Authentication cancelled')
const MALFORMED = reply(501, '5.5.2', 'Cannot decode the response')
const TOO_LONG = reply(500, '5.5.6', 'Authentication exchange line is too long')

/** Only where mail is submitted, and only where a password can be sent safely (RFC 4954 §4). */
export function offersAuth({ services, connection, account }: Session): boolean {
  if (services.role !== 'submission' || account !== undefined) return false
  return connection.secure || services.allowPlaintext(connection)
}

/** AUTH (RFC 4954). */
export async function auth(
  session: Greeted,
  { mechanism, initialResponse }: { mechanism: string; initialResponse: string | undefined },
): Promise<Reply> {
  if (session.services.role !== 'submission') return REPLIES.notImplemented
  if (session.account !== undefined) return ALREADY
  if (session.transaction !== undefined) return REPLIES.inTransaction
  if (!offersAuth(session)) return MAIL_ERRORS['needs-encryption']
  const exchange = MECHANISMS[mechanism]?.()
  if (exchange === undefined) return UNKNOWN_MECHANISM
  const credentials = await converse(session, exchange, initialResponse)
  if ('code' in credentials) return credentials
  session.account = await authenticate(session, credentials)
  return SUCCEEDED
}

/** Challenge and response in base64, line by line, until the mechanism knows enough; or the reply that ends it. */
async function converse(
  session: Greeted,
  exchange: Exchange<PlainCredentials>,
  initialResponse: string | undefined,
): Promise<PlainCredentials | Reply> {
  const { reader, services } = session
  try {
    // "=" is an initial response of no octets (§4).
    let response =
      initialResponse === undefined ? undefined : decodeBase64(initialResponse === '=' ? '' : initialResponse)
    for (;;) {
      const step = exchange.step(response)
      if ('outcome' in step) return step.outcome
      session.send({ code: 334, lines: [encodeBase64(step.challenge)] })
      const line = await reader.readLine(services.limits.smtpAuthLineOctets, services.limits.smtpIdleMs)
      if (line === undefined) return CANCELLED
      if (line.kind !== 'line') return line.kind === 'too-long' ? TOO_LONG : REPLIES.bareLineEnd
      const text = Buffer.from(line.octets).toString('latin1')
      if (text === '*') return CANCELLED
      response = decodeBase64(text)
    }
  } catch (error) {
    if (error instanceof ParseError) return MALFORMED
    throw error
  }
}

/** Throws MailError 'bad-credentials', 'suspended'. */
async function authenticate(session: Greeted, credentials: PlainCredentials): Promise<Account> {
  const { authenticationId, authorizationId, password } = credentials
  const { directory } = session.services.store
  const account = await directory.authenticate(signInAddress(authenticationId), password)
  // Nobody acts for somebody else here (RFC 4616 §2).
  if (authorizationId !== '' && authorizationId !== authenticationId) {
    throw new MailError('bad-credentials', `${account.id} asked to act as another`)
  }
  return account
}

/** What is no address is nobody's; it is looked up all the same, so that the answer takes as long. */
function signInAddress(authenticationId: string) {
  try {
    return parseAddress(authenticationId)
  } catch (error) {
    if (error instanceof ParseError) return { localPart: 'nobody', domain: 'invalid' }
    throw error
  }
}
