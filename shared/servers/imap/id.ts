import { formatId, type IdFields } from '../../codec/imap/id.ts'
import { log } from '../../log.ts'
import { type Done, ok } from './done.ts'
import type { Session } from './session.ts'

/** Of what a client says of itself in the log. */
const LOGGED_CHARACTERS = 200

/** ID (RFC 2971): who speaks, for the log; no behaviour hangs on it. */
export function id(session: Session, fields: IdFields): Done {
  const client = fields.map(([field, value]) => `${field}=${value ?? ''}`).join(' ')
  log.debug('imap-client', { client: client.slice(0, LOGGED_CHARACTERS) })
  session.out.add(formatId([['name', 'Tubepost']]))
  return ok('ID completed')
}
