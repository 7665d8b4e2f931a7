import { ParseError } from '../parse-error.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const MAX_OCTETS = 1024

/**
 * A name or a password as clients send it: UTF-8 without NUL, ≤ 1,024 octets. Composition is left to who compares (NFC, RFC 8265), as
 * SASLprep (RFC 4013) knows only the characters of Unicode 3.2 and would refuse passwords that RFC 8265 takes.
 */
export function decodeText(octets: Uint8Array): string {
  if (octets.length > MAX_OCTETS) throw new ParseError('too long a name or password')
  let text: string
  try {
    text = UTF8.decode(octets)
  } catch (error) {
    throw new ParseError('not UTF-8', { cause: error })
  }
  if (text.includes('\0')) throw new ParseError('a NUL in a name or password')
  return text
}
