import { type Done, ok } from './done.ts'
import type { Session } from './session.ts'

/** LOGOUT (RFC 9051 §6.1.3). */
export function logout(session: Session): Done {
  session.deselect()
  session.respond('BYE', 'Goodbye')
  session.ended = true
  return ok('LOGOUT completed')
}
