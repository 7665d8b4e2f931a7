/**
 * The words of responses (RFC 9051 §9). All text is binary strings, one character per octet, to be written with
 * `Buffer.from(text, 'latin1')`: fast to join, and it carries headers that are in no charset.
 */
import { isUtf8 } from 'node:buffer'
import { formatDateTime } from './date-time.ts'
import { encodeMailboxName } from './mailbox-name.ts'
import { formatInOrder } from './sequence-set.ts'

/** Longer strings go as literals: some clients read lines into buffers of a thousand octets. */
const MAX_QUOTED = 512
const QUOTABLE = /^[\t\x20-\x7e]*$/
const QUOTABLE_UTF8 = /^[\t\x20-\x7e\x80-\xff]*$/
const ATOM = /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/

/** Quoted where it can be, else a literal. With `utf8` (RFC 6855 §3) quoted strings hold UTF-8. */
export function formatString(octets: string, utf8 = false): string {
  if (octets.length <= MAX_QUOTED) {
    if (isPlain(octets)) return `"${octets}"`
    if (QUOTABLE.test(octets) || (utf8 && QUOTABLE_UTF8.test(octets) && isUtf8(Buffer.from(octets, 'latin1')))) {
      return `"${octets.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
    }
  }
  // NUL is in no literal (§4.3); in a header's value it means nothing, so it may be shown as what is not known.
  const sendable = octets.includes('\0') ? octets.replaceAll('\0', '?') : octets
  return `{${sendable.length}}\r\n${sendable}`
}

/** Quoted as it stands. A loop, as this is asked fifty times for each message of a listing, and mostly of short words. */
function isPlain(octets: string): boolean {
  for (let at = 0; at < octets.length; at++) {
    const octet = octets.charCodeAt(at)
    if (octet < 0x20 || octet > 0x7e || octet === 0x22 || octet === 0x5c) return false
  }
  return true
}

/** null is NIL. */
export function formatNstring(octets: string | null, utf8 = false): string {
  return octets === null ? 'NIL' : formatString(octets, utf8)
}

/** An atom where it can be; NIL never, as that would be read as nothing. */
export function formatAstring(octets: string, utf8 = false): string {
  return octets.length <= MAX_QUOTED && ATOM.test(octets) && octets.toUpperCase() !== 'NIL'
    ? octets
    : formatString(octets, utf8)
}

/** `name` is Unicode; `utf8`: this client has enabled UTF8=ACCEPT or IMAP4rev2. */
export function formatMailbox(name: string, utf8: boolean): string {
  return formatAstring(encodeMailboxName(name, utf8), utf8)
}

export function formatFlags(flags: readonly string[]): string {
  return `(${flags.join(' ')})`
}

/** INTERNALDATE's value, in quotes and in UTC. */
export function formatQuotedDateTime(epochMs: number): string {
  return `"${formatDateTime(epochMs)}"`
}

/**
 * A response code's value: a word or number as it stands; numbers as a set, in their order (COPYUID); words in
 * parentheses (PERMANENTFLAGS, BADCHARSET).
 */
export type CodeValue = string | number | readonly number[] | { list: readonly string[] }
/** `['COPYUID', 38505, [304, 319], [3956, 3957]]` is `[COPYUID 38505 304,319 3956:3957]`; none is []. */
export type ResponseCode = readonly [] | readonly [name: string, ...values: CodeValue[]]

/** `[UIDNEXT 4] `, with the space after it; '' for no code. */
export function formatResponseCode(code: ResponseCode): string {
  if (code.length === 0) return ''
  return `[${code.map(formatCodeValue).join(' ')}] `
}

function formatCodeValue(value: CodeValue): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  return 'list' in value ? `(${value.list.join(' ')})` : formatInOrder(value)
}

export type Condition = 'OK' | 'NO' | 'BAD' | 'BYE' | 'PREAUTH'

/**
 * `a1 OK [CODE] text`, or with the tag '*' an untagged one (§7.1). What is not printable US-ASCII in `text` becomes `?`,
 * so that nothing a client sent can end the line and begin another.
 */
export function formatCondition(tag: string, condition: Condition, text: string, code: ResponseCode = []): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?')
  return `${tag} ${condition} ${formatResponseCode(code)}${printable === '' ? condition : printable}\r\n`
}

/** `+ text`: go on (§7.6). A SASL challenge is base64, and may be empty. */
export function formatContinuation(text: string): string {
  return `+ ${text}\r\n`
}

export function formatCapability(names: readonly string[]): string {
  return `* CAPABILITY ${names.join(' ')}\r\n`
}

/** `* 18 EXISTS`; EXPUNGE's number is that of the message that went, and those behind it have moved up by one (§7.5.1). */
export function formatCount(count: number, what: 'EXISTS' | 'RECENT' | 'EXPUNGE'): string {
  return `* ${count} ${what}\r\n`
}

/** `* FLAGS (\Seen …)`: those in use in the mailbox (§7.3.5). */
export function formatFlagsResponse(flags: readonly string[]): string {
  return `* FLAGS ${formatFlags(flags)}\r\n`
}
