import { ParseError } from '../parse-error.ts'

/** A command line without its CR LF: the keyword in upper case, and what follows its space (undefined where there is no space). */
export interface Command {
  keyword: string
  argument: Uint8Array | undefined
}

const SPACE = 0x20
const TAB = 0x09
const DEL = 0x7f
/** Every keyword has three or four letters (RFC 1939 §3), the extensions kept to it. */
const KEYWORD_OCTETS = 4

/**
 * Splits a line at its first space. The argument stays octets: a password may hold spaces (RFC 1939 §7, PASS) and UTF-8 (RFC 6856 §2.2).
 * Throws ParseError for control characters and for what cannot be a keyword.
 */
export function parseCommand(line: Uint8Array): Command {
  for (const octet of line) {
    if ((octet < SPACE && octet !== TAB) || octet === DEL) throw new ParseError('control character in a command')
  }
  const space = line.indexOf(SPACE)
  const keyword = space < 0 ? line : line.subarray(0, space)
  if (keyword.length === 0) throw new ParseError('a command begins with its keyword')
  if (keyword.length > KEYWORD_OCTETS || !keyword.every(isLetterOrDigit)) throw new ParseError('unknown command')
  return {
    keyword: Buffer.from(keyword).toString('latin1').toUpperCase(),
    argument: space < 0 ? undefined : line.subarray(space + 1),
  }
}

function isLetterOrDigit(octet: number): boolean {
  const lower = octet | 0x20
  return (octet >= 0x30 && octet <= 0x39) || (lower >= 0x61 && lower <= 0x7a)
}
