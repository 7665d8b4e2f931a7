/** The front of every command: tag and name (RFC 9051 §9, command). */

import { ParseError } from '../parse-error.ts'
import type { CommandText } from './command-reader.ts'
import { Cursor, type CursorOptions } from './tokens.ts'

export interface CommandFront {
  /** Absent: the line has no readable tag, and the answer is `* BAD`. */
  tag?: string
  /** In capitals, "UID FETCH" and the like as one name. Absent: no readable name, and the answer is BAD. */
  name?: string
  /** Stands behind the name: at the end, or before the space of the first argument. */
  args: Cursor
}

/** Never throws: what it could read is enough to answer. */
export function parseCommandFront(command: CommandText, options?: CursorOptions): CommandFront {
  const args = new Cursor(command, options)
  const front: CommandFront = { args }
  try {
    front.tag = args.tag()
    args.space()
    let name = args.keyword()
    if (name === 'UID') {
      args.space()
      name = `UID ${args.keyword()}`
    }
    front.name = name
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
  }
  return front
}

/** NOOP and all others that take no arguments. */
export function parseNoArgs(args: Cursor): Record<string, never> {
  args.end()
  return {}
}
