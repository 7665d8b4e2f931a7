import { readFileSync } from 'node:fs'
import { log } from '../../shared/log.ts'

/** Descriptors for all that is no connection: the database, messages in files, the spool, threads, look-ups, the relay. */
const OTHERS = 256
/** Of those for connections, what HTTP may have; the rest is for the mail doors. */
const HTTP_SHARE = 1 / 4

/**
 * How many connections there can be of each kind: as many as the setting says, and no more than leave this process descriptors to work with
 * (`ulimit -n`). One beyond them is told so in its protocol's words, where else the system would refuse it, and the files of those who are signed in.
 */
export function connectionsPossible(wanted: number, openFiles = openFilesLimit()): { mail: number; http: number } {
  const room = openFiles - Math.min(OTHERS, Math.ceil(openFiles / 2))
  const http = Math.min(wanted, Math.floor(room * HTTP_SHARE))
  const mail = Math.min(wanted, room - http)
  if (mail < wanted) log.warn('few-open-files', { openFiles, connections: wanted, mail, http })
  return { mail, http }
}

/** Node raises it to what it may be when it starts. Infinity where the system does not say. */
function openFilesLimit(): number {
  let limits: string
  try {
    limits = readFileSync('/proc/self/limits', 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Number.POSITIVE_INFINITY
    throw error
  }
  const line = limits.split('\n').find((one) => one.startsWith('Max open files'))
  const soft = Number(line?.split(/\s{2,}/)[1])
  return Number.isFinite(soft) ? soft : Number.POSITIVE_INFINITY
}
