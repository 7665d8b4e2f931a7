import { formatCondition } from '../../codec/imap/format.ts'
import { bad, type Done } from './done.ts'
import type { Session } from './session.ts'

/** STARTTLS (RFC 9051 §6.2.1): what came in plain text behind it is dropped. */
export async function starttls(session: Session): Promise<Done | undefined> {
  if (!session.connection.canStartTls) return bad('TLS cannot begin here')
  session.reader.takeRest()
  await session.connection.startTls(
    session.out.take() + formatCondition(session.tag, 'OK', 'Begin the TLS negotiation now'),
  )
  return undefined
}
