import { formatOk } from '../../codec/pop3/response.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { Session } from './session.ts'

/** USER (RFC 1939 §7): answered the same for every name, so that it does not tell which accounts exist (§13). */
export function user(session: Session, name: string): string {
  if (!session.passwordAllowed) throw new MailError('needs-encryption', 'USER in plain text')
  session.user = name
  return formatOk('now the password')
}
