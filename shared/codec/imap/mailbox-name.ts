/**
 * Mailbox names between octets and Unicode: modified UTF-7 for IMAP4rev1 (RFC 3501 §5.1.3), UTF-8 once the client has
 * enabled UTF8=ACCEPT or IMAP4rev2 (RFC 6855 §3, RFC 9051 §5.1). Octets are binary strings.
 */
import { ParseError } from '../parse-error.ts'

/** Well-formed as a command, and no name that a mailbox could have: the answer is NO [CANNOT], as for any name that is not there. */
export class BadMailboxName extends ParseError {
  override readonly name = 'BadMailboxName'
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,'
const VALUES = new Map([...BASE64].map((character, index) => [character, index]))

/**
 * The name, INBOX in capitals however it was written (§5.1). Modified UTF-7 counts only in its one canonical form, or two
 * spellings would be one mailbox and a client would not find back what it named. Beside it octets above 127 are UTF-8, which
 * RFC 3501 §5.1.3 has clients read there, too: go-imap writes so, with `&-`, once IMAP4rev2 is offered, without enabling it. Throws ParseError.
 */
export function decodeMailboxName(octets: string, utf8: boolean): string {
  const name = utf8 ? decodeUtf8(octets) : decodeRev1(octets)
  if (isInbox(name)) return 'INBOX'
  for (let at = 0; at < name.length; at++) {
    const unit = name.charCodeAt(at)
    // CR and LF would have to be literals in every LIST for ever, and Net-Unicode forbids controls (RFC 5198 §2).
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f))
      throw new ParseError('A mailbox name holds no control characters')
  }
  return name
}

/** The octets that name the mailbox to this client. */
export function encodeMailboxName(name: string, utf8: boolean): string {
  return utf8 ? Buffer.from(name, 'utf8').toString('latin1') : encodeModifiedUtf7(name)
}

/** INBOX in any case is one mailbox (RFC 9051 §5.1). */
export function isInbox(name: string): boolean {
  return /^inbox$/i.test(name) // toUpperCase would let a dotless i in
}

function decodeUtf8(octets: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(octets, 'latin1'))
  } catch {
    throw new BadMailboxName('A mailbox name is UTF-8 here')
  }
}

function decodeRev1(octets: string): string {
  if (isAscii(octets)) return decodeModifiedUtf7(octets)
  return decodeUtf8(octets).replace(/\p{ASCII}+/gu, (run) => decodeModifiedUtf7(run))
}

function decodeModifiedUtf7(octets: string): string {
  if (!octets.includes('&')) return octets
  let name = ''
  let at = 0
  while (at < octets.length) {
    const shift = octets.indexOf('&', at)
    if (shift < 0) break
    const end = octets.indexOf('-', shift)
    name += octets.slice(at, shift)
    name += end === shift + 1 ? '&' : decodeBase64(octets.slice(shift + 1, end < 0 ? octets.length : end))
    at = end < 0 ? octets.length : end + 1
  }
  name += octets.slice(at)
  // One comparison finds shifts of printable characters, null shifts, padding bits and missing ends alike.
  if (encodeModifiedUtf7(name) !== octets) throw new BadMailboxName('A mailbox name is modified UTF-7 here')
  return name
}

function decodeBase64(text: string): string {
  let units = ''
  let bits = 0
  let held = 0
  for (const character of text) {
    const value = VALUES.get(character)
    if (value === undefined) throw new BadMailboxName('A mailbox name is modified UTF-7 here')
    held = (held << 6) | value
    bits += 6
    if (bits < 16) continue
    bits -= 16
    units += String.fromCharCode((held >> bits) & 0xffff)
    held &= (1 << bits) - 1
  }
  if (!units.isWellFormed()) throw new ParseError('A mailbox name holds no half of a character')
  return units
}

function encodeModifiedUtf7(name: string): string {
  let octets = ''
  let run = ''
  for (let at = 0; at < name.length; at++) {
    const unit = name.charCodeAt(at)
    if (unit < 0x20 || unit > 0x7e) {
      run += name[at]
      continue
    }
    if (run !== '') octets += encodeBase64(run)
    run = ''
    octets += unit === 0x26 ? '&-' : name[at]
  }
  return run === '' ? octets : octets + encodeBase64(run)
}

function encodeBase64(run: string): string {
  const bigEndian = Buffer.from(run, 'utf16le').swap16()
  return `&${bigEndian.toString('base64').replaceAll('=', '').replaceAll('/', ',')}-`
}

function isAscii(octets: string): boolean {
  for (let at = 0; at < octets.length; at++) if (octets.charCodeAt(at) > 0x7f) return false
  return true
}
