import { MailError } from '../mailbox/errors.ts'
import { type DiskError, NoRoomError } from '../ports/table.ts'

/** What a store throws where the disk takes nothing: at once, as nobody is served by waiting for an operator. */
export function refusedByDisk(error: DiskError): MailError {
  return new MailError(error instanceof NoRoomError ? 'no-room' : 'try-again', error.message, { cause: error })
}
