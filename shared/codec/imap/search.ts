/**
 * What SEARCH asks for (RFC 9051 §6.4.4, RFC 3501 §6.4.4), with RETURN (RFC 4731, SAVE: RFC 5182), WITHIN (RFC 5032),
 * MODSEQ (RFC 7162 §3.1.5), OBJECTID (RFC 8474 §5) and SAVEDATE (RFC 8514 §4.3).
 */
import { ParseError } from '../parse-error.ts'
import { decodeCharset, Unsearchable } from './charset.ts'
import type { SequenceSet } from './sequence-set.ts'
import type { Cursor } from './tokens.ts'

/** The text of `HEADER`, `BODY` and `TEXT` is Unicode, decoded from the command's charset. */
export type SearchKey =
  | { key: 'ALL' }
  | { key: 'AND' | 'OR'; keys: SearchKey[] }
  | { key: 'NOT'; not: SearchKey }
  /** Message numbers or UIDs; '$' is the saved result. */
  | { key: 'MESSAGES' | 'UID'; messages: SequenceSet }
  /** A system flag, \Recent among them, or a keyword. */
  | { key: 'FLAG'; flag: string; set: boolean }
  /** Days since 1970-01-01, in which time and zone do not count. */
  | { key: 'DATE'; of: 'INTERNALDATE' | 'SENT' | 'SAVED'; is: 'BEFORE' | 'ON' | 'SINCE'; day: number }
  /** Every message of a mailbox that keeps save dates. */
  | { key: 'SAVEDATESUPPORTED' }
  /** INTERNALDATE is at least (OLDER) or at most (YOUNGER) so many seconds ago. */
  | { key: 'OLDER' | 'YOUNGER'; seconds: number }
  | { key: 'LARGER' | 'SMALLER'; sizeOctets: number }
  /** `field` in lower case; '' as text asks whether the field is there. */
  | { key: 'HEADER'; field: string; text: string }
  | { key: 'BODY' | 'TEXT'; text: string }
  /** This MODSEQ or a higher one. */
  | { key: 'MODSEQ'; modseq: number }
  | { key: 'EMAILID' | 'THREADID'; id: string }

export type SearchReturn = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE'

export interface SearchArgs {
  /** Absent: answer with SEARCH, or with ESEARCH ALL once IMAP4rev2 is enabled. `RETURN ()` is ALL (RFC 4731 §3.1). */
  returns?: ReadonlySet<SearchReturn>
  criteria: SearchKey
}

export interface SearchLimits {
  /** How deep parentheses, OR and NOT may stand in each other. */
  depth: number
}

const DEFAULT_LIMITS: SearchLimits = { depth: 64 }
const RETURNS = ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE'] as const

/** Throws ParseError, and Unsearchable (charset.ts) where the answer is NO. */
export function parseSearch(args: Cursor, limits: SearchLimits = DEFAULT_LIMITS): SearchArgs {
  const returns = parseSearchReturns(args)
  // Without a word US-ASCII is meant (RFC 3501 §6.4.4), of which UTF-8 is the wider, and rev2's own (RFC 9051 §6.4.4).
  let charset = 'UTF-8'
  if (args.skipSpaceWord('CHARSET')) {
    // Everything is UTF-8 then, and a charset in conflict with that (RFC 6855 §3). IMAP4rev2 has UTF-8 and the word.
    if (args.utf8 && !args.rev2) throw new ParseError('There is no CHARSET with UTF8=ACCEPT')
    args.space()
    charset = args.astring()
  }
  if (returns === undefined) return { criteria: parseCriteria(args, charset, limits) }
  return { returns, criteria: parseCriteriaOfReturn(args, charset, returns, limits) }
}

/** ` RETURN (MIN COUNT)`, also of SORT (RFC 5267 §3). */
export function parseSearchReturns(args: Cursor): ReadonlySet<SearchReturn> | undefined {
  if (!args.skipSpaceWord('RETURN')) return undefined
  args.space()
  const returns = new Set<SearchReturn>()
  args.list(() => {
    const name = args.keyword()
    const known = RETURNS.find((option) => option === name)
    if (known === undefined) throw new ParseError('No such SEARCH return option')
    returns.add(known)
  }, true)
  if (returns.size === 0) returns.add('ALL')
  return returns
}

/** One or more keys, each with a space before it, to the command's end; all must hold. */
export function parseCriteria(args: Cursor, charset: string, limits: SearchLimits = DEFAULT_LIMITS): SearchKey {
  const decode = decodeCharset(charset)
  args.space()
  const keys = parseKeys({ args, decode }, limits.depth)
  args.end()
  return keys
}

/** The same, of a command with RETURN; what it throws says whether the result was to be saved. */
export function parseCriteriaOfReturn(
  args: Cursor,
  charset: string,
  returns: ReadonlySet<SearchReturn>,
  limits: SearchLimits = DEFAULT_LIMITS,
): SearchKey {
  try {
    return parseCriteria(args, charset, limits)
  } catch (error) {
    if (error instanceof Unsearchable) error.wasToBeSaved = returns.has('SAVE')
    throw error
  }
}

interface Input {
  args: Cursor
  decode: (octets: string) => string
}

function parseKeys(input: Input, depth: number): SearchKey {
  const keys: SearchKey[] = []
  do keys.push(parseKey(input, depth))
  while (input.args.skip(' ') && !input.args.atEnd())
  return keys.length === 1 ? keys[0]! : { key: 'AND', keys }
}

function parseKey(input: Input, depth: number): SearchKey {
  const { args } = input
  if (depth <= 0) throw new ParseError('Search keys are nested too deep')
  if (args.skip('(')) {
    const keys = parseKeys(input, depth - 1)
    args.expect(')')
    return keys
  }
  if (args.isDigit() || args.peek() === '*' || args.peek() === '$')
    return { key: 'MESSAGES', messages: args.sequenceSet() }
  const name = args.keyword()
  const fixed = Object.hasOwn(FIXED_KEYS, name) ? FIXED_KEYS[name] : undefined
  if (fixed !== undefined) return fixed
  const parse = Object.hasOwn(KEYS_WITH_ARGS, name) ? KEYS_WITH_ARGS[name] : undefined
  if (parse === undefined) throw new ParseError('No such search key')
  args.space()
  return parse(input, depth)
}

/** In quotes or not: webklex/php-imap puts them around every value of a key, `UID "1:5"`, and Dovecot does not mind. */
function unquoted<T>(args: Cursor, read: () => T): T {
  const quoted = args.skip('"')
  const value = read()
  if (quoted) args.expect('"')
  return value
}

const flag = (name: string, set: boolean): SearchKey => ({ key: 'FLAG', flag: name, set })

const FIXED_KEYS: Record<string, SearchKey> = {
  ALL: { key: 'ALL' },
  ANSWERED: flag('\\Answered', true),
  DELETED: flag('\\Deleted', true),
  DRAFT: flag('\\Draft', true),
  FLAGGED: flag('\\Flagged', true),
  RECENT: flag('\\Recent', true),
  SEEN: flag('\\Seen', true),
  UNANSWERED: flag('\\Answered', false),
  UNDELETED: flag('\\Deleted', false),
  UNDRAFT: flag('\\Draft', false),
  UNFLAGGED: flag('\\Flagged', false),
  UNSEEN: flag('\\Seen', false),
  OLD: flag('\\Recent', false),
  NEW: { key: 'AND', keys: [flag('\\Recent', true), flag('\\Seen', false)] },
  SAVEDATESUPPORTED: { key: 'SAVEDATESUPPORTED' },
}

type ParseKey = (input: Input, depth: number) => SearchKey

const header = (field: string): ParseKey => {
  return (input) => ({ key: 'HEADER', field, text: parseText(input) })
}
const date = (of: 'INTERNALDATE' | 'SENT' | 'SAVED', is: 'BEFORE' | 'ON' | 'SINCE'): ParseKey => {
  return ({ args }) => ({ key: 'DATE', of, is, day: args.date() })
}

const KEYS_WITH_ARGS: Record<string, ParseKey> = {
  BCC: header('bcc'),
  CC: header('cc'),
  FROM: header('from'),
  SUBJECT: header('subject'),
  TO: header('to'),
  HEADER: (input) => {
    const field = input.args.astring().toLowerCase()
    input.args.space()
    return { key: 'HEADER', field, text: parseText(input) }
  },
  BODY: (input) => ({ key: 'BODY', text: parseText(input) }),
  TEXT: (input) => ({ key: 'TEXT', text: parseText(input) }),
  BEFORE: date('INTERNALDATE', 'BEFORE'),
  ON: date('INTERNALDATE', 'ON'),
  SINCE: date('INTERNALDATE', 'SINCE'),
  SENTBEFORE: date('SENT', 'BEFORE'),
  SENTON: date('SENT', 'ON'),
  SENTSINCE: date('SENT', 'SINCE'),
  SAVEDBEFORE: date('SAVED', 'BEFORE'),
  SAVEDON: date('SAVED', 'ON'),
  SAVEDSINCE: date('SAVED', 'SINCE'),
  KEYWORD: ({ args }) =>
    flag(
      unquoted(args, () => args.flag()),
      true,
    ),
  UNKEYWORD: ({ args }) =>
    flag(
      unquoted(args, () => args.flag()),
      false,
    ),
  LARGER: ({ args }) => ({ key: 'LARGER', sizeOctets: args.number64() }),
  SMALLER: ({ args }) => ({ key: 'SMALLER', sizeOctets: args.number64() }),
  OLDER: ({ args }) => ({ key: 'OLDER', seconds: args.nzNumber() }),
  YOUNGER: ({ args }) => ({ key: 'YOUNGER', seconds: args.nzNumber() }),
  UID: ({ args }) => ({ key: 'UID', messages: unquoted(args, () => args.sequenceSet()) }),
  EMAILID: ({ args }) => ({ key: 'EMAILID', id: args.astring() }),
  THREADID: ({ args }) => ({ key: 'THREADID', id: args.astring() }),
  MODSEQ: ({ args }) => ({ key: 'MODSEQ', modseq: parseModseq(args) }),
  NOT: (input, depth) => ({ key: 'NOT', not: parseKey(input, depth - 1) }),
  OR: (input, depth) => {
    const left = parseKey(input, depth - 1)
    input.args.space()
    return { key: 'OR', keys: [left, parseKey(input, depth - 1)] }
  },
}

/** The flag named before the number is passed over: one MODSEQ is kept for all flags of a message (RFC 7162 §3.1.5). */
function parseModseq(args: Cursor): number {
  if (args.isString()) {
    args.string()
    args.space()
    const type = args.keyword()
    if (type !== 'ALL' && type !== 'PRIV' && type !== 'SHARED') throw new ParseError('all, priv or shared')
    args.space()
  }
  return args.modseq()
}

function parseText({ args, decode }: Input): string {
  return decode(args.astring())
}

/** Whether messages are named by their numbers: then these must not change before the answer, even of a UID command (RFC 7162 §3.2.10.2). */
export function namesNumbers(key: SearchKey): boolean {
  if (key.key === 'AND' || key.key === 'OR') return key.keys.some(namesNumbers)
  if (key.key === 'NOT') return namesNumbers(key.not)
  return key.key === 'MESSAGES' && key.messages !== '$'
}
