/**
 * The words all commands are made of (RFC 9051 §9), read one after the other. What does not fit throws ParseError.
 * Strings come back as binary strings, one character per octet; what they mean is for the caller to decode.
 */
import { ParseError } from '../parse-error.ts'
import { type CommandText, LITERAL_MARK, type Literal } from './command-reader.ts'
import { parseDate, parseDateTime } from './date-time.ts'
import { BadMailboxName, decodeMailboxName } from './mailbox-name.ts'
import { parseSequenceSet, type SequenceSet } from './sequence-set.ts'

/** `<first.count>` of a partial FETCH: where to begin and at most how many octets (RFC 9051 §6.4.5). */
export interface Partial {
  offset: number
  count: number
}

const ATOM = 1 // ATOM-CHAR
const ASTRING = 2 // ASTRING-CHAR: ATOM-CHAR and ]
const LIST = 4 // list-char: ATOM-CHAR and ] and the wildcards
const TAG = 8 // ASTRING-CHAR without +

/** Which words each octet may stand in (RFC 9051 §9: atom-specials are ( ) { SP CTL % * " \ ]). */
const CLASSES = new Uint8Array(256)
for (let octet = 0x21; octet < 0x7f; octet++) {
  const character = String.fromCharCode(octet)
  if ('(){"\\'.includes(character)) continue
  if ('%*'.includes(character)) CLASSES[octet] = LIST
  else if (character === ']') CLASSES[octet] = ASTRING | LIST | TAG
  else CLASSES[octet] = ATOM | ASTRING | LIST | (character === '+' ? 0 : TAG)
}

export interface CursorOptions {
  /** The client has enabled UTF8=ACCEPT or IMAP4rev2: mailbox names are UTF-8, not modified UTF-7. */
  utf8: boolean
  /** The client has enabled IMAP4rev2. */
  rev2?: boolean
}

export class Cursor {
  readonly utf8: boolean
  readonly rev2: boolean
  private readonly text: string
  private readonly literals: readonly Literal[]
  private at = 0
  private literalsRead = 0

  constructor(command: CommandText, options: CursorOptions = { utf8: false }) {
    this.text = command.text
    this.literals = command.literals
    this.utf8 = options.utf8
    this.rev2 = options.rev2 === true
  }

  atEnd(): boolean {
    return this.at >= this.text.length
  }

  /** The end of the command; spaces before it are forgiven, as clients have sent them. */
  end(): void {
    while (this.text[this.at] === ' ') this.at++
    if (!this.atEnd()) throw new ParseError('The command ends here')
  }

  /** The next character, '' at the end, LITERAL_MARK where a literal is. */
  peek(): string {
    return this.text[this.at] ?? ''
  }

  /** All that is left; what holds a literal is refused. */
  rest(): string {
    const rest = this.text.slice(this.at)
    if (rest.includes(LITERAL_MARK)) throw new ParseError('No literal here')
    this.at = this.text.length
    return rest
  }

  /** Steps over `character` if it is the next. */
  skip(character: string): boolean {
    if (this.text[this.at] !== character) return false
    this.at++
    return true
  }

  expect(character: string): void {
    if (!this.skip(character)) throw new ParseError(`Expected ${character === ' ' ? 'a space' : character}`)
  }

  space(): void {
    this.expect(' ')
  }

  /** Steps over `word`, in any case, if it is next and no longer word begins there. */
  skipWord(word: string): boolean {
    const end = this.at + word.length
    if (this.text.slice(this.at, end).toUpperCase() !== word) return false
    if (this.is(this.text.charCodeAt(end), ATOM)) return false
    this.at = end
    return true
  }

  /** A space and `word`, or neither. */
  skipSpaceWord(word: string): boolean {
    const start = this.at
    if (this.skip(' ') && this.skipWord(word)) return true
    this.at = start
    return false
  }

  /** ` (WORD)`, or nothing of it. */
  skipSpaceOption(word: string): boolean {
    const start = this.at
    if (this.skip(' ') && this.skip('(') && this.skipWord(word) && this.skip(')')) return true
    this.at = start
    return false
  }

  private is(octet: number, mask: number): boolean {
    return octet < 256 && (CLASSES[octet]! & mask) !== 0
  }

  private run(mask: number, what: string): string {
    const start = this.at
    while (this.is(this.text.charCodeAt(this.at), mask)) this.at++
    if (this.at === start) throw new ParseError(`Expected ${what}`)
    return this.text.slice(start, this.at)
  }

  atom(): string {
    return this.run(ATOM, 'an atom')
  }

  /** An atom that is a keyword of the grammar, in capitals. */
  keyword(): string {
    return this.run(ATOM, 'a keyword').toUpperCase()
  }

  /** Letters, digits, dots and hyphens, in capitals: FETCH item and section names, which `[` and `<` end. */
  name(): string {
    const start = this.at
    for (; ; this.at++) {
      const c = this.text.charCodeAt(this.at) & 0xdf
      const isLetter = this.text.charCodeAt(this.at) < 256 && c >= 0x41 && c <= 0x5a
      if (!isLetter && !this.isDigit() && this.peek() !== '.' && this.peek() !== '-') break
    }
    if (this.at === start) throw new ParseError('Expected a name')
    return this.text.slice(start, this.at).toUpperCase()
  }

  tag(): string {
    return this.run(TAG, 'a tag')
  }

  isDigit(): boolean {
    const octet = this.text.charCodeAt(this.at)
    return octet >= 0x30 && octet <= 0x39
  }

  isString(): boolean {
    return this.peek() === '"' || this.peek() === LITERAL_MARK
  }

  /**
   * A quoted string or literal. Quoted octets above 127 pass even before UTF8=ACCEPT: clients have always sent such
   * passwords and search texts, and what to make of them is the caller's to know.
   */
  string(): string {
    return this.stringOrLiteral8(false)
  }

  /** As `string`, or a literal8 `~{n}`, which may hold NUL. */
  stringOrLiteral8(binary = true): string {
    if (this.skip(LITERAL_MARK)) {
      const literal = this.literals[this.literalsRead++]!
      if (literal.binary && !binary) throw new ParseError('No literal8 here')
      if (!literal.binary && literal.octets.includes('\0')) throw new ParseError('NUL in a literal')
      return literal.octets
    }
    this.expect('"')
    let value = ''
    let from = this.at
    for (;;) {
      const octet = this.text.charCodeAt(this.at)
      if (octet === 0x22) break
      if (octet === 0x5c) {
        value += this.text.slice(from, this.at)
        from = ++this.at
        const escaped = this.peek()
        if (escaped !== '"' && escaped !== '\\') throw new ParseError('Only " and \\ follow a backslash')
      } else if (!(octet < 256) || octet === 0 || octet === 0x0d || octet === 0x0a) {
        throw new ParseError('A quoted string does not end')
      }
      this.at++
    }
    value += this.text.slice(from, this.at++)
    return value
  }

  astring(): string {
    return this.isString() ? this.string() : this.run(ASTRING, 'a string')
  }

  /** NIL is null. */
  nstring(): string | null {
    if (this.isString()) return this.string()
    if (this.skipWord('NIL')) return null
    throw new ParseError('Expected a string or NIL')
  }

  /** A name or pattern of LIST: like astring, and `%` and `*` need no quotes. One that no name can match stays as it was written. */
  listMailbox(): string {
    const octets = this.isString() ? this.string() : this.run(LIST, 'a mailbox pattern')
    try {
      return octets === '' ? '' : decodeMailboxName(octets, this.utf8)
    } catch (error) {
      if (error instanceof BadMailboxName) return octets
      throw error
    }
  }

  /** Throws ParseError for names no mailbox can have (mailbox-name.ts) and for the empty one. */
  mailbox(): string {
    const octets = this.astring()
    if (octets === '') throw new ParseError('A mailbox name is not empty')
    return decodeMailboxName(octets, this.utf8)
  }

  /** Digits; 32 bits (RFC 9051 §9, number). */
  number(): number {
    return this.digits(0xffff_ffff)
  }

  /** Digits; 63 bits, of which what is above 2^53-1 becomes 2^53-1. */
  number64(): number {
    return Math.min(this.digits(Number.POSITIVE_INFINITY), Number.MAX_SAFE_INTEGER)
  }

  nzNumber(): number {
    const value = this.number()
    if (value === 0) throw new ParseError('Zero is not allowed here')
    return value
  }

  /** A mod-sequence: clients' 63-bit values beyond ours are clamped, as ours stay below 2^53 (RFC 7162 §7). */
  modseq(): number {
    return this.number64()
  }

  private digits(max: number): number {
    const start = this.at
    while (this.isDigit()) this.at++
    const length = this.at - start
    const value = length === 0 || length > 19 ? Number.NaN : Number(this.text.slice(start, this.at))
    if (!(value <= max)) throw new ParseError('Expected a number')
    return value
  }

  sequenceSet(): SequenceSet {
    const start = this.at
    while (this.isDigit() || this.peek() === ':' || this.peek() === ',' || this.peek() === '*') this.at++
    if (this.at === start) this.skip('$')
    if (this.at === start) throw new ParseError('Expected a sequence set')
    return parseSequenceSet(this.text.slice(start, this.at))
  }

  /** `<0.100>`, if one is next. */
  partial(): Partial | undefined {
    if (!this.skip('<')) return undefined
    const offset = this.number64()
    this.expect('.')
    const count = this.number64()
    if (count === 0) throw new ParseError('A partial takes at least one octet')
    this.expect('>')
    return { offset, count }
  }

  /** Days since 1970-01-01, with or without quotes. */
  date(): number {
    return parseDate(this.peek() === '"' ? this.string() : this.atom())
  }

  /** Milliseconds since 1970. */
  dateTime(): number {
    if (this.peek() !== '"') throw new ParseError('Expected a date-time in quotes')
    return parseDateTime(this.string())
  }

  /** System flags in their usual spelling, keywords as sent (they are compared without regard to case, RFC 9051 §2.3.2). */
  flag(): string {
    if (!this.skip('\\')) return this.atom()
    const name = this.atom()
    const system = SYSTEM_FLAGS.get(name.toUpperCase())
    if (system === undefined) throw new ParseError('No such system flag')
    return system
  }

  flagList(): string[] {
    return this.list(() => this.flag(), true)
  }

  /** `(` items separated by one space `)`. */
  list<T>(item: () => T, mayBeEmpty = false): T[] {
    this.expect('(')
    const items: T[] = []
    if (mayBeEmpty && this.skip(')')) return items
    do items.push(item())
    while (this.skip(' '))
    this.expect(')')
    return items
  }
}

/** What a client may set or name, \Recent excepted, which is the server's own (RFC 3501 §2.3.2). */
const SYSTEM_FLAGS = new Map(
  ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft'].map((flag) => [flag.slice(1).toUpperCase(), flag]),
)
