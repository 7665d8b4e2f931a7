import { formatErr, formatOk } from '../../codec/pop3/response.ts'
import type { Session } from './session.ts'

/** STLS (RFC 2595 §4): everything said in plain text is forgotten, whether read already or not. */
export async function stls(session: Session): Promise<string> {
  if (session.connection.secure) return formatErr('TLS is in place already')
  if (!session.connection.canStartTls) return formatErr('TLS is not to be had here')
  // RFC 6856 §2.1: a client must not, and we may say so.
  if (session.utf8) return formatErr('STLS comes before UTF8')
  session.user = undefined
  await session.flush()
  await session.lines.startTls(formatOk('begin TLS now'))
  return ''
}
