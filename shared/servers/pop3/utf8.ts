import { formatOk } from '../../codec/pop3/response.ts'
import type { Session } from './session.ts'

/** UTF8 (RFC 6856 §2.1): the client takes header fields in UTF-8. */
export function utf8(session: Session): string {
  session.utf8 = true
  return formatOk('UTF-8 mode')
}
