import { formatReply, reply } from '../../codec/smtp/reply.ts'
import type { Connection } from '../connection.ts'
import type { SmtpServices } from './services.ts'
import { Session } from './session.ts'

/** Speaks SMTP on the connection until either side says goodbye (RFC 5321). Throws what the connection throws. */
export async function serveSmtp(connection: Connection, services: SmtpServices): Promise<void> {
  await new Session(connection, services).run()
}

/** What a client is told that there is no place for (RFC 5321 §3.8). */
export function refuseSmtp(refusal: 'too-many-connections' | 'too-many-from-address'): string {
  const words =
    refusal === 'too-many-connections'
      ? 'Too many connections, try again later'
      : 'Too many connections from your address'
  return formatReply(reply(421, '4.7.0', words))
}
