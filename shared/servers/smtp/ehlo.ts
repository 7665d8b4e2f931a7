import type { Reply } from '../../codec/smtp/reply.ts'
import { offeredMechanisms } from './auth.ts'
import type { Session } from './session.ts'

/** EHLO (RFC 5321 §4.1.1.1): who we are and what we can; ends an open transaction as RSET does (§4.1.4). */
export async function ehlo(session: Session, name: string): Promise<Reply> {
  await session.endTransaction()
  session.client = { name, extended: true }
  const { hostName, limits } = session.services
  const lines = [
    `${hostName} greets ${session.connection.remoteAddress}`,
    'PIPELINING',
    `SIZE ${limits.messageOctets}`,
    '8BITMIME',
    'SMTPUTF8',
    'CHUNKING',
    'BINARYMIME',
    'DSN',
    'ENHANCEDSTATUSCODES',
    `LIMITS RCPTMAX=${limits.recipients}`, // RFC 9422
    'HELP',
  ]
  if (session.connection.secure) lines.push('REQUIRETLS') // RFC 8689 §3: under TLS alone
  if (session.connection.canStartTls) lines.push('STARTTLS')
  const mechanisms = offeredMechanisms(session)
  if (mechanisms.length > 0) lines.push(`AUTH ${mechanisms.join(' ')}`)
  return { code: 250, lines }
}
