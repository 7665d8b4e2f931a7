/** AUTHENTICATE (RFC 9051 §6.2.2) with its initial response (RFC 4959). */
import { ParseError } from '../parse-error.ts'
import type { Cursor } from './tokens.ts'

export interface AuthenticateArgs {
  /** In capitals. */
  mechanism: string
  /** Absent: the server's challenge comes first. Empty: sent as `=`. */
  initialResponse?: Uint8Array
}

export function parseAuthenticate(args: Cursor): AuthenticateArgs {
  args.space()
  const mechanism = args.keyword()
  if (!args.skip(' ')) {
    args.end()
    return { mechanism }
  }
  const rest = args.rest()
  return { mechanism, initialResponse: rest === '=' ? new Uint8Array() : decodeBase64(rest) }
}

/** A line that answers a challenge; null: '*', which takes the exchange back. Throws ParseError. */
export function parseAuthenticateLine(line: string): Uint8Array | null {
  return line === '*' ? null : decodeBase64(line)
}

/** Base64 as RFC 4648 §4 writes it: padded, nothing else in it. */
function decodeBase64(text: string): Uint8Array {
  const octets = Buffer.from(text, 'base64')
  // Node reads past what does not belong; what it writes again tells whether something did not.
  if (octets.toString('base64') !== text) throw new ParseError('Not base64')
  return octets
}
