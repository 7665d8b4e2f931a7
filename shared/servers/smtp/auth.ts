import { ParseError } from '../../codec/parse-error.ts'
import { decodeBase64, encodeBase64 } from '../../codec/sasl/base64.ts'
import { PASSWORD_MECHANISMS } from '../../codec/sasl/mechanism.ts'
import { type Reply, reply } from '../../codec/smtp/reply.ts'
import { isProgramName } from '../../flows/outgoing/program-sender.ts'
import {
  isSaslMechanism,
  PASSWORD_EXCHANGES,
  readCredentials,
  SASL_MECHANISMS,
  type SaslMechanism,
  signInProgram,
  signInWithCredentials,
} from '../sasl-sign-in.ts'
import type { Greeted } from './command-table.ts'
import { MAIL_ERRORS } from './mail-errors.ts'
import { REPLIES } from './replies.ts'
import type { Session } from './session.ts'

const SUCCEEDED = reply(235, '2.7.0', 'Authentication successful')
const UNKNOWN_MECHANISM = reply(504, '5.5.4', 'Unrecognized authentication mechanism')
const ALREADY = reply(503, '5.5.1', 'You are authenticated already')
const CANCELLED = reply(501, '5.7.0', 'Authentication cancelled')
const MALFORMED = reply(501, '5.5.2', 'Cannot decode the response')
const TOO_LONG = reply(500, '5.5.6', 'Authentication exchange line is too long')

/** The exchange ended before the mechanism had an outcome. */
class ExchangeOver extends Error {
  override readonly name = 'ExchangeOver'
  readonly reply: Reply

  constructor(reply: Reply) {
    super('the exchange is over')
    this.reply = reply
  }
}

/** Only where mail is submitted; those that show the password only where nobody else can see it (RFC 4954 §4). */
export function offeredMechanisms({ services, connection, account, program }: Session): SaslMechanism[] {
  if (services.role !== 'submission' || account !== undefined || program !== undefined) return []
  const passwordAllowed = connection.secure || services.allowPlaintext(connection)
  const all = Object.keys(SASL_MECHANISMS) as SaslMechanism[]
  return all.filter((name) => passwordAllowed || !PASSWORD_MECHANISMS.some((shown) => shown === name))
}

/** AUTH (RFC 4954). */
export async function auth(
  session: Greeted,
  { mechanism, initialResponse }: { mechanism: string; initialResponse: string | undefined },
): Promise<Reply> {
  if (session.services.role !== 'submission') return REPLIES.notImplemented
  if (session.account !== undefined || session.program !== undefined) return ALREADY
  if (session.transaction !== undefined) return REPLIES.inTransaction
  if (!isSaslMechanism(mechanism)) return UNKNOWN_MECHANISM
  if (!offeredMechanisms(session).includes(mechanism)) return MAIL_ERRORS['needs-encryption']
  try {
    // "=" is an initial response of no octets (§4).
    const first =
      initialResponse === undefined ? undefined : decodeBase64(initialResponse === '=' ? '' : initialResponse)
    await signIn(session, mechanism, first)
    return SUCCEEDED
  } catch (error) {
    if (error instanceof ExchangeOver) return error.reply
    if (error instanceof ParseError) return MALFORMED
    throw error
  }
}

/** A person by their address, or a program by its API key. */
async function signIn(session: Greeted, mechanism: SaslMechanism, first: Uint8Array | undefined): Promise<void> {
  const { connection, services } = session
  const signingIn = { protocol: 'smtp', connection, services } as const
  const asking = (challenge: Uint8Array) => ask(session, challenge)
  const exchange = PASSWORD_EXCHANGES[mechanism]
  if (exchange === undefined) {
    session.account = await SASL_MECHANISMS[mechanism](signingIn, asking, first)
    return
  }
  const credentials = await readCredentials(asking, first, exchange())
  if (isProgramName(credentials.authenticationId)) {
    session.program = await signInProgram(signingIn, credentials.password, services.allowPlaintext(connection))
  } else {
    session.account = await signInWithCredentials(signingIn, credentials)
  }
}

async function ask(session: Greeted, challenge: Uint8Array): Promise<Uint8Array> {
  const { limits } = session.services
  session.send({ code: 334, lines: [encodeBase64(challenge)] })
  const line = await session.reader.readLine(limits.smtpAuthLineOctets, limits.smtpIdleMs)
  if (line === undefined) throw new ExchangeOver(CANCELLED)
  if (line.kind === 'too-long') throw new ExchangeOver(TOO_LONG)
  if (line.kind === 'bare-line-end') throw new ExchangeOver(REPLIES.bareLineEnd)
  const text = Buffer.from(line.octets).toString('latin1')
  if (text === '*') throw new ExchangeOver(CANCELLED)
  return decodeBase64(text)
}
