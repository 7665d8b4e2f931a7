import type { Reply } from '../../codec/smtp/reply.ts'
import type { Session } from './session.ts'

/** HELO (RFC 5321 §4.1.1.1): EHLO of clients that know no extensions. */
export async function helo(session: Session, name: string): Promise<Reply> {
  await session.endTransaction()
  session.client = { name, extended: false }
  return { code: 250, lines: [session.services.hostName] }
}
