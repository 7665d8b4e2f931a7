import { MailError } from './errors.ts'

/** A mailbox's name, level by level, in Unicode; INBOX in any case is ['INBOX'] (RFC 9051 §5.1), also where it has names below it. */
export type MailboxPath = readonly string[]

export const SEPARATOR = '/'
const LEVEL_OCTETS = 240
const LEVELS = 32

export function isInbox(path: MailboxPath): boolean {
  return path.length === 1 && path[0] === 'INBOX'
}

/**
 * Takes a name in Unicode, with or without a separator at its end (RFC 3501 §6.3.3: the client means to make names below it).
 * Throws MailError 'invalid-name' for empty levels, control characters and what is too long or too deep.
 */
export function parseMailboxPath(name: string): MailboxPath {
  const normal = name.normalize('NFC')
  const levels = (normal.endsWith(SEPARATOR) ? normal.slice(0, -1) : normal).split(SEPARATOR)
  if (levels.length > LEVELS) throw new MailError('invalid-name', `a mailbox name of ${levels.length} levels`)
  for (const level of levels) {
    if (level === '') throw new MailError('invalid-name', 'a mailbox name with an empty level')
    if (Buffer.byteLength(level) > LEVEL_OCTETS)
      throw new MailError('invalid-name', 'a level of a mailbox name is too long')
    if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(level) || !level.isWellFormed()) {
      throw new MailError('invalid-name', 'a mailbox name with control characters')
    }
  }
  if (/^inbox$/i.test(levels[0]!)) levels[0] = 'INBOX' // toUpperCase would let a dotless i in
  return levels
}

export function formatMailboxPath(path: MailboxPath): string {
  return path.join(SEPARATOR)
}
