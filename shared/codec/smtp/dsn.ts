/** What a sender wants to be told of its message's fate, as parameters of MAIL and RCPT (RFC 3461). */
import { ParseError } from '../parse-error.ts'

/** How much of the message a report brings back (§4.3). */
export type DsnReturn = 'FULL' | 'HDRS'
export type DsnEvent = 'SUCCESS' | 'FAILURE' | 'DELAY'

const EVENTS: readonly DsnEvent[] = ['SUCCESS', 'FAILURE', 'DELAY']
/** Characters of an ENVID (§4.4), and of an ORCPT (§4.2), before they are decoded. */
const MAX_ENVID = 100
const MAX_ORCPT = 500

export function parseReturn(value: string | undefined): DsnReturn {
  const wanted = value?.toUpperCase()
  if (wanted === 'FULL' || wanted === 'HDRS') return wanted
  throw new ParseError('RET takes FULL or HDRS')
}

/** Decoded: printable ASCII. */
export function parseEnvid(value: string | undefined): string {
  if (value === undefined || value.length > MAX_ENVID) throw new ParseError('no ENVID')
  return decodeXtext(value)
}

/** [] is NEVER, which stands alone (§4.1). */
export function parseNotify(value: string | undefined): DsnEvent[] {
  const words = (value ?? '').toUpperCase().split(',')
  if (words.length === 1 && words[0] === 'NEVER') return []
  const events = EVENTS.filter((event) => words.includes(event))
  if (events.length !== words.length) throw new ParseError('no NOTIFY') // a word unknown, or twice
  return events
}

/** `<address type>;<address>`, decoded, ready for the Original-Recipient field. */
export function parseOrcpt(value: string | undefined): string {
  const at = value?.indexOf(';') ?? -1
  if (value === undefined || at < 1 || value.length > MAX_ORCPT) throw new ParseError('no ORCPT')
  const type = value.slice(0, at).toLowerCase()
  if (!/^[a-z0-9-]+$/.test(type)) throw new ParseError('no address type')
  const encoded = value.slice(at + 1)
  const address = type === 'utf-8' ? decodeUtf8Address(encoded) : decodeXtext(encoded)
  if (address === '') throw new ParseError('an ORCPT without an address')
  return `${type};${address}`
}

/** Characters but `+` and `=` stand for themselves, others are `+` and two upper-case hexadecimal digits (§4). */
export function decodeXtext(text: string): string {
  let decoded = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character !== '+') {
      if (character < '!' || character > '~' || character === '=') throw new ParseError('no xtext')
      decoded += character
      continue
    }
    const digits = text.slice(at + 1, at + 3)
    if (!/^[0-9A-F]{2}$/.test(digits)) throw new ParseError('no xtext')
    const code = Number.parseInt(digits, 16)
    // What it stands for goes into a report's field: it must not end a line there (§4.4 asks for printable characters).
    if (code < 0x20 || code > 0x7e) throw new ParseError('a character that cannot be printed')
    decoded += String.fromCharCode(code)
    at += 2
  }
  return decoded
}

/** For a parameter of MAIL or RCPT (§4). */
export function encodeXtext(text: string): string {
  let encoded = ''
  for (const octet of Buffer.from(text)) {
    const isItself = octet > 0x20 && octet < 0x7f && octet !== 0x2b && octet !== 0x3d
    encoded += isItself ? String.fromCharCode(octet) : `+${octet.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

/** ORCPT's value of what `parseOrcpt` gave; a utf-8 address in the form that goes without SMTPUTF8, too (RFC 6533 §3). */
export function formatOrcpt(originalRecipient: string): string {
  const at = originalRecipient.indexOf(';')
  const type = originalRecipient.slice(0, at)
  const address = originalRecipient.slice(at + 1)
  if (type !== 'utf-8') return `${type};${encodeXtext(address)}`
  const isItself = (code: number) => code > 0x20 && code < 0x7f && code !== 0x2b && code !== 0x3d && code !== 0x5c
  const characters = [...address].map((character) => {
    const code = character.codePointAt(0)!
    return isItself(code) ? character : `\\x{${code.toString(16).toUpperCase().padStart(2, '0')}}`
  })
  return `${type};${characters.join('')}`
}

/** RFC 6533 §3: `\x{hex}` for what is not printable ASCII; UTF-8 as it is after SMTPUTF8. */
function decodeUtf8Address(text: string): string {
  let decoded = ''
  for (let at = 0; at < text.length; ) {
    if (!text.startsWith('\\x{', at)) {
      const character = text[at]!
      if (character < '!' || character === '\x7f' || character === '\\') throw new ParseError('no utf-8 address')
      decoded += character
      at++
      continue
    }
    const end = text.indexOf('}', at)
    const digits = text.slice(at + 3, end)
    if (end < 0 || !/^[0-9A-F]{2,6}$/.test(digits)) throw new ParseError('no utf-8 address')
    const code = Number.parseInt(digits, 16)
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
      throw new ParseError('a character that cannot be printed')
    decoded += String.fromCodePoint(code)
    at = end + 1
  }
  return decoded
}
