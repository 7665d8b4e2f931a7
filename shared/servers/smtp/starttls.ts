import { type Reply, reply } from '../../codec/smtp/reply.ts'
import type { Greeted } from './command-table.ts'
import { REPLIES } from './replies.ts'

/** STARTTLS (RFC 3207): what the client said before is forgotten, what it sent behind is dropped, and it begins again with EHLO. */
export async function starttls(session: Greeted): Promise<Reply | undefined> {
  if (!session.connection.canStartTls) return session.connection.secure ? ALREADY : REPLIES.notImplemented
  await session.startTls(REPLIES.startTls)
  return undefined
}

const ALREADY = reply(503, '5.5.1', 'TLS is in place already')
