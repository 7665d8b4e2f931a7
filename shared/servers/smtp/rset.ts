import type { Reply } from '../../codec/smtp/reply.ts'
import { REPLIES } from './replies.ts'
import type { Session } from './session.ts'

/** RSET (RFC 5321 §4.1.1.5): the transaction is forgotten, the client and its login are not. */
export async function rset(session: Session): Promise<Reply> {
  await session.endTransaction()
  return REPLIES.ok
}
