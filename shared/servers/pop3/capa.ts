import { mechanisms } from './mechanisms.ts'
import type { Session } from './session.ts'

/** CAPA (RFC 2449 §5): what is offered in either state is listed in both. */
export async function capa(session: Session): Promise<string> {
  session.begin('capabilities follow')
  for (const line of capabilities(session)) await session.sendLine(line)
  return '.\r\n'
}

export function capabilities(session: Session): string[] {
  const { connection, maildrop, passwordAllowed, utf8 } = session
  return [
    'TOP',
    'UIDL',
    ...(passwordAllowed ? ['USER'] : []),
    ['SASL', ...mechanisms(session)].join(' '),
    'RESP-CODES',
    'AUTH-RESP-CODE', // RFC 3206
    'PIPELINING',
    'EXPIRE NEVER',
    // RFC 2595 §4: only where it is permitted.
    ...(maildrop === undefined && connection.canStartTls && !utf8 ? ['STLS'] : []),
    'UTF8 USER', // RFC 6856 §2.2: names and passwords too
    'LANG',
    'IMPLEMENTATION Tubepost',
  ]
}
