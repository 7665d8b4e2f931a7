import { NoRoomError } from '../../ports/table.ts'

/** A full volume, a quota of the file system's and the system's limit of a file's size (`ulimit -f`) are all one to who wants to write. */
const CODES: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** What to throw for an error that a file has met: `NoRoomError` where there is no room for it, else the error itself. */
export function fileErrorOf(error: unknown): unknown {
  if (!CODES.has((error as NodeJS.ErrnoException).code)) return error
  return new NoRoomError(`no room on the volume: ${(error as Error).message}`)
}
