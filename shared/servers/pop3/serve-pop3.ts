import type { Connection } from '../connection.ts'
import type { Pop3Services } from './services.ts'
import { Session } from './session.ts'

/** Speaks POP3 on the connection until either side says goodbye (RFC 1939). Throws what the connection throws. */
export async function servePop3(connection: Connection, services: Pop3Services): Promise<void> {
  await new Session(connection, services).run()
}

/** What a client reads that there is no place for. */
export function refusePop3(): string {
  return '-ERR [SYS/TEMP] too many connections; come back in a moment\r\n'
}
