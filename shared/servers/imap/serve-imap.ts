import type { Connection } from '../connection.ts'
import type { ImapServices } from './services.ts'
import { Session } from './session.ts'

/** Speaks IMAP on the connection until either side says goodbye (RFC 3501, RFC 9051). Throws what the connection throws. */
export async function serveImap(connection: Connection, services: ImapServices): Promise<void> {
  const session = new Session(connection, services)
  try {
    await session.run()
  } finally {
    session.release()
  }
}
