import { ParseError } from '../parse-error.ts'
import { type Address, readForwardPath, readReversePath } from './address.ts'
import { Cursor, isAlpha, isDigit, isNonAscii } from './cursor.ts'
import { type DsnEvent, type DsnReturn, parseEnvid, parseNotify, parseOrcpt, parseReturn } from './dsn.ts'

/** A parameter of MAIL or RCPT that is not offered: 555 5.5.4 (RFC 5321 §4.1.1.11). */
export class UnknownParameterError extends ParseError {
  override readonly name = 'UnknownParameterError'
}

export type BodyType = '7BIT' | '8BITMIME' | 'BINARYMIME'

export interface MailArguments {
  /** undefined: the null reverse-path. */
  reversePath: Address | undefined
  /** Octets the client means to send (RFC 1870). */
  sizeOctets: number | undefined
  /** undefined: not said, which is 7BIT (RFC 6152 §3). */
  body: BodyType | undefined
  smtputf8: boolean
  /** It goes over TLS alone, here and on every way after (RFC 8689). */
  requireTls?: true
  /** How much of it a report brings back (RFC 3461 §4.3). */
  ret?: DsnReturn
  /** What the sender knows it by (RFC 3461 §4.4). */
  envid?: string
}

export interface RcptArguments {
  forwardPath: Address
  /** What the sender wants to be told; [] is NEVER (RFC 3461 §4.1). */
  notify?: readonly DsnEvent[]
  /** `<type>;<address>` that the sender wrote, before any alias (RFC 3461 §4.2). */
  originalRecipient?: string
}

export interface BdatArguments {
  sizeOctets: number
  last: boolean
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** A command line's verb in upper case and what follows its space. Throws ParseError where it is no command of any kind. */
export function splitCommand(line: Uint8Array): { verb: string; argument: string } {
  let text: string
  try {
    text = UTF8.decode(line)
  } catch (error) {
    throw new ParseError('not UTF-8', { cause: error })
  }
  let end = text.length
  // White space before the line's end is to be tolerated (RFC 5321 §4.1.1).
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--
  const cursor = new Cursor(text.slice(0, end))
  const verb = cursor.takeWhile(isAlpha).toUpperCase()
  if (verb === '') throw new ParseError('no command')
  if (cursor.done) return { verb, argument: '' }
  cursor.expect(' ')
  const argument = cursor.text.slice(cursor.at)
  for (let at = 0; at < argument.length; at++) {
    const code = argument.charCodeAt(at)
    if (code < 0x20 || code === 0x7f) throw new ParseError('a control character')
  }
  return { verb, argument }
}

/** QUIT, RSET, DATA, STARTTLS (§4.3.2 gives 501 to them with an argument). */
export function parseNoArguments(argument: string): undefined {
  if (argument !== '') throw new ParseError('no argument expected')
  return undefined
}

/** NOOP, HELP, VRFY, EXPN: a string, or nothing. */
export function parseString(argument: string): string {
  return argument
}

/**
 * HELO and EHLO: a domain or an address literal by the grammar (§4.1.1.1), in practice also names with underscores and single labels
 * of Windows hosts and telephones; since mail must not be refused over it (§4.1.4), any one word will do.
 */
export function parseDomain(argument: string): string {
  const cursor = new Cursor(argument)
  const word = cursor.takeWhile((code) => code > 0x20 && code < 0x7f)
  if (word === '' || !cursor.done || word.length > 255) throw new ParseError('a domain expected')
  return word
}

/** `FROM:<path> *(SP parameter)` (§4.1.1.2). */
export function parseMail(argument: string): MailArguments {
  const cursor = new Cursor(argument)
  expectKeyword(cursor, 'FROM:')
  const reversePath = readReversePath(cursor)
  const mail: MailArguments = { reversePath, sizeOctets: undefined, body: undefined, smtputf8: false }
  for (const [keyword, value] of readParameters(cursor)) {
    if (keyword === 'SIZE') mail.sizeOctets = parseSize(value)
    else if (keyword === 'BODY') mail.body = parseBody(value)
    else if (keyword === 'SMTPUTF8' && value === undefined) mail.smtputf8 = true
    else if (keyword === 'REQUIRETLS' && value === undefined) mail.requireTls = true
    else if (keyword === 'RET') mail.ret = parseReturn(value)
    else if (keyword === 'ENVID') mail.envid = parseEnvid(value)
    // We give credentials to nobody who says who wrote it elsewhere (RFC 4954 §5): read, and not believed.
    else if (keyword === 'AUTH' && value !== undefined) continue
    else throw new UnknownParameterError(`MAIL parameter ${keyword} is not offered`)
  }
  return mail
}

/** `TO:<path> *(SP parameter)` (§4.1.1.3). */
export function parseRcpt(argument: string): RcptArguments {
  const cursor = new Cursor(argument)
  expectKeyword(cursor, 'TO:')
  const forwardPath = readForwardPath(cursor)
  const rcpt: RcptArguments = { forwardPath }
  for (const [keyword, value] of readParameters(cursor)) {
    if (keyword === 'NOTIFY') rcpt.notify = parseNotify(value)
    else if (keyword === 'ORCPT') rcpt.originalRecipient = parseOrcpt(value)
    else throw new UnknownParameterError(`RCPT parameter ${keyword} is not offered`)
  }
  return rcpt
}

/** `size [LAST]` (RFC 3030 §2). */
export function parseBdat(argument: string): BdatArguments {
  const [size = '', last, ...more] = argument.split(' ')
  if (more.length > 0 || (last !== undefined && last.toUpperCase() !== 'LAST'))
    throw new ParseError('size and LAST expected')
  return { sizeOctets: parseSize(size), last: last !== undefined }
}

/** `mechanism [initial-response]` (RFC 4954 §4). */
export function parseAuth(argument: string): { mechanism: string; initialResponse: string | undefined } {
  const [mechanism = '', initialResponse, ...more] = argument.split(' ')
  if (mechanism === '' || more.length > 0) throw new ParseError('a mechanism and at most one response expected')
  return { mechanism: mechanism.toUpperCase(), initialResponse }
}

/**
 * §3.3 lets no space follow the colon, and yet airlines' and shops' mailers send one; whoever holds to it loses their mail, as the large servers
 * do not. What is no path is refused as ever.
 */
function expectKeyword(cursor: Cursor, keyword: string): void {
  cursor.expect(keyword)
  cursor.takeWhile((code) => code === 0x20)
}

/** `keyword[=value]`, each after one space, none twice (RFC 5321 §4.1.2, §4.1.1.11). Keywords in upper case. */
function readParameters(cursor: Cursor): Map<string, string | undefined> {
  const parameters = new Map<string, string | undefined>()
  while (!cursor.done) {
    cursor.expect(' ')
    const keyword = cursor.takeWhile((code) => isAlpha(code) || isDigit(code) || code === 0x2d).toUpperCase()
    if (keyword === '' || keyword.startsWith('-')) throw new ParseError('a parameter expected')
    let value: string | undefined
    if (cursor.accept('=')) {
      value = cursor.takeWhile((code) => (code > 0x20 && code < 0x7f && code !== 0x3d) || isNonAscii(code))
      if (value === '') throw new ParseError('a parameter without its value')
    }
    if (parameters.has(keyword)) throw new ParseError('a parameter twice')
    parameters.set(keyword, value)
  }
  return parameters
}

/** 1 to 20 digits (RFC 1870 §3); beyond 2^53 they are more than anything we take, whatever their last digits. */
function parseSize(value: string | undefined): number {
  if (value === undefined || !/^[0-9]{1,20}$/.test(value)) throw new ParseError('a size expected')
  return Number(value)
}

function parseBody(value: string | undefined): BodyType {
  const body = value?.toUpperCase()
  // BINARYMIME needs CHUNKING (RFC 3030 §3); whether it is offered is the session's to say.
  if (body === '7BIT' || body === '8BITMIME' || body === 'BINARYMIME') return body
  throw new ParseError('a body type expected')
}
