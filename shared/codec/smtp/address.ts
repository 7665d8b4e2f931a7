import { domainToASCII } from 'node:url'
import { ParseError } from '../parse-error.ts'
import { Cursor, isAlpha, isDigit, isNonAscii } from './cursor.ts'

/** RFC 5321's Mailbox (§4.1.2), which is not IMAP's. */
export interface Address {
  /** Without quotes and backslashes, in its own case; NFC is left to who compares. */
  localPart: string
  /** Lower-case ASCII (A-labels, RFC 5890), or an address literal with its brackets. */
  domain: string
}

/** Octets (RFC 5321 §4.5.3.1). */
const MAX_LOCAL_PART = 64
const MAX_DOMAIN = 255
const MAX_LABEL = 63
const MAX_PATH = 256

const DQUOTE = 0x22
const BACKSLASH = 0x5c
const ATEXT_SPECIALS = new Set([..."!#$%&'*+-/=?^_`{|}~"].map((character) => character.charCodeAt(0)))

/** A whole text that is one address. Throws ParseError. */
export function parseAddress(text: string): Address {
  const cursor = new Cursor(text)
  const address = readMailbox(cursor, { longLocalPart: false })
  if (!cursor.done) throw new ParseError('characters after the address')
  return address
}

/** An address out of an envelope: its path was taken at MAIL or RCPT, where VERP and SRS may have a long local part. Throws ParseError. */
export function parsePathAddress(text: string): Address {
  const cursor = new Cursor(text)
  const address = readMailbox(cursor, { longLocalPart: true })
  if (!cursor.done) throw new ParseError('characters after the address')
  return address
}

/** As it goes into a path or a header field: the local part quoted where it must be (§4.1.2). */
export function formatAddress({ localPart, domain }: Address): string {
  const cursor = new Cursor(localPart)
  const plain = localPart !== '' && readDotString(cursor) !== undefined && cursor.done
  const local = plain ? localPart : `"${localPart.replace(/["\\]/g, (character) => `\\${character}`)}"`
  return domain === '' ? local : `${local}@${domain}`
}

/** Characters beyond ASCII are in the local part; a domain has its A-label form and travels without SMTPUTF8. */
export function needsSmtputf8({ localPart }: Address): boolean {
  return hasNonAscii(localPart)
}

export function hasNonAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (isNonAscii(text.charCodeAt(at))) return true
  return false
}

/**
 * `<` … `>` after MAIL FROM: undefined is the null reverse-path `<>` (§4.5.5). VERP and SRS make local parts beyond 64 octets, and
 * refusing such a sender loses its mail, so here only the path's own limit holds (§4.5.3.1 asks for no more than that).
 */
export function readReversePath(cursor: Cursor): Address | undefined {
  if (cursor.accept('<>')) return undefined
  return readPath(cursor)
}

/**
 * `<` … `>` after RCPT TO: `<Postmaster>` needs no domain (§4.1.1.3); its domain is '' then. The long senders of `readReversePath` are answered,
 * and where no such address is ours, 550 says it better than a complaint about syntax.
 */
export function readForwardPath(cursor: Cursor): Address {
  if (cursor.accept('<postmaster>')) return { localPart: 'postmaster', domain: '' }
  return readPath(cursor)
}

function readPath(cursor: Cursor): Address {
  const start = cursor.at
  cursor.expect('<')
  skipSourceRoute(cursor)
  const mailboxAt = cursor.at
  const address = readMailbox(cursor, { longLocalPart: true })
  cursor.expect('>')
  // A source route does not count: it is ignored (§4.1.2, appendix F.2) and the path without it is what we keep.
  if (octets(cursor.text.slice(mailboxAt, cursor.at)) + 1 > MAX_PATH) throw new ParseError('path too long')
  if (cursor.at - start > 4 * MAX_PATH) throw new ParseError('source route too long')
  return address
}

/** `@a,@b:` before the mailbox: accepted, and ignored (§3.3, appendix F.2). */
function skipSourceRoute(cursor: Cursor): void {
  if (cursor.peek() !== '@') return
  do {
    cursor.expect('@')
    readDomain(cursor)
  } while (cursor.accept(','))
  cursor.expect(':')
}

function readMailbox(cursor: Cursor, { longLocalPart }: { longLocalPart: boolean }): Address {
  const localPart = cursor.peek() === '"' ? readQuotedString(cursor) : readDotString(cursor)
  if (localPart === undefined) throw new ParseError('no local part')
  if (!longLocalPart && octets(localPart) > MAX_LOCAL_PART) throw new ParseError('local part too long')
  cursor.expect('@')
  return { localPart, domain: cursor.peek() === '[' ? readAddressLiteral(cursor) : readDomain(cursor) }
}

/** Atom *("." Atom); undefined where none begins or an atom is missing after a dot. */
function readDotString(cursor: Cursor): string | undefined {
  const start = cursor.at
  do {
    if (cursor.takeWhile(isAtext) === '') return undefined
  } while (cursor.accept('.'))
  return cursor.text.slice(start, cursor.at)
}

function isAtext(code: number): boolean {
  return isAlpha(code) || isDigit(code) || ATEXT_SPECIALS.has(code) || isNonAscii(code)
}

/** Its content: `"a"` and `a` are the same local part (§4.1.2). */
function readQuotedString(cursor: Cursor): string {
  cursor.expect('"')
  let content = ''
  for (;;) {
    content += cursor.takeWhile(isQtext)
    if (cursor.accept('"')) return content
    if (!cursor.accept('\\')) throw new ParseError('a quoted local part does not end')
    const code = cursor.text.charCodeAt(cursor.at)
    if (!(code >= 0x20 && code <= 0x7e)) throw new ParseError('nothing that can be quoted after a backslash')
    content += cursor.text[cursor.at++]
  }
}

function isQtext(code: number): boolean {
  return (code >= 0x20 && code <= 0x7e && code !== DQUOTE && code !== BACKSLASH) || isNonAscii(code)
}

function readDomain(cursor: Cursor): string {
  const written = cursor.takeWhile(
    (code) => isAlpha(code) || isDigit(code) || code === 0x2d || code === 0x2e || isNonAscii(code),
  )
  return normaliseDomain(written)
}

/** Lower-case A-labels. Throws ParseError for what is no Domain (§4.1.2, §2.3.5; RFC 5890). */
export function normaliseDomain(written: string): string {
  let domain = written.toLowerCase()
  if (hasNonAscii(domain)) {
    domain = domainToASCII(domain)
    if (domain === '') throw new ParseError('no international domain name')
  }
  if (domain.length > MAX_DOMAIN) throw new ParseError('domain too long')
  for (const label of domain.split('.')) {
    if (label.length > MAX_LABEL) throw new ParseError('label of a domain too long')
    if (!isLabel(label)) throw new ParseError('no domain')
  }
  return domain
}

/** Let-dig [Ldh-str] */
function isLabel(label: string): boolean {
  if (label === '' || label.startsWith('-') || label.endsWith('-')) return false
  for (let at = 0; at < label.length; at++) {
    const code = label.charCodeAt(at)
    if (!isAlpha(code) && !isDigit(code) && code !== 0x2d) return false
  }
  return true
}

/** `[192.0.2.1]`, `[IPv6:2001:db8::1]` (§4.1.3); a General-address-literal has no registered use and is refused. */
export function readAddressLiteral(cursor: Cursor): string {
  cursor.expect('[')
  const content = cursor.takeWhile(
    (code) => code >= 0x21 && code <= 0x7e && code !== 0x5b && code !== 0x5c && code !== 0x5d,
  )
  cursor.expect(']')
  if (isIpv4(content)) return `[${content}]`
  const tag = 'ipv6:'
  if (content.toLowerCase().startsWith(tag)) {
    const address = content.slice(tag.length).toLowerCase()
    if (isIpv6(address)) return `[IPv6:${address}]`
  }
  throw new ParseError('no address literal')
}

function isIpv4(text: string): boolean {
  const groups = text.split('.')
  return groups.length === 4 && groups.every((group) => /^[0-9]{1,3}$/.test(group) && Number(group) <= 255)
}

/** By the parser of URLs, which knows every form of RFC 4291 §2.2 and no zone. */
function isIpv6(text: string): boolean {
  return /^[0-9a-f:.]+$/.test(text) && URL.canParse(`http://[${text}]/`)
}

function octets(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}
