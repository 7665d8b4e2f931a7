/** LOGIN (RFC 9051 §6.2.3). */
import { isUtf8 } from 'node:buffer'
import type { Cursor } from './tokens.ts'

export interface LoginArgs {
  user: string
  password: string
}

export function parseLogin(args: Cursor): LoginArgs {
  args.space()
  const user = decodeCredential(args.astring())
  args.space()
  const password = decodeCredential(args.astring())
  args.end()
  return { user, password }
}

/** UTF-8, and where it is not, ISO 8859-1, which old clients send from their screens. */
function decodeCredential(octets: string): string {
  const buffer = Buffer.from(octets, 'latin1')
  return isUtf8(buffer) ? buffer.toString('utf8') : octets
}
