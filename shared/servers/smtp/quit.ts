import { type Reply, reply } from '../../codec/smtp/reply.ts'
import type { Session } from './session.ts'

/** QUIT (RFC 5321 §4.1.1.10). */
export function quit(session: Session): Reply {
  session.end()
  return reply(221, '2.0.0', `${session.services.hostName} closing connection`)
}
