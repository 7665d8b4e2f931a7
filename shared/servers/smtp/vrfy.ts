import { ParseError } from '../../codec/parse-error.ts'
import { type Reply, reply } from '../../codec/smtp/reply.ts'
import type { Session } from './session.ts'

const CANNOT_SAY = reply(252, '2.5.0', 'Cannot VRFY user, but will accept the message and try')

/** VRFY (RFC 5321 §4.1.1.6): the answer that tells nobody who our users are (§7.3). */
export function vrfy(_session: Session, user: string): Reply {
  if (user === '') throw new ParseError('a user expected')
  return CANNOT_SAY
}
