/**
 * LIST, LSUB and XLIST (RFC 3501 §6.3.8; extended: RFC 9051 §6.3.9, RFC 5258; special use: RFC 6154; status: RFC 5819).
 */
import { ParseError } from '../parse-error.ts'
import { formatAstring, formatMailbox } from './format.ts'
import { parseStatusItems, type StatusItem } from './status.ts'
import type { Cursor } from './tokens.ts'

export type ListSelection = 'SUBSCRIBED' | 'REMOTE' | 'RECURSIVEMATCH' | 'SPECIAL-USE'
export type ListReturn = 'SUBSCRIBED' | 'CHILDREN' | 'SPECIAL-USE'

export interface ListArgs {
  reference: string
  /** Joined with the reference by `joinReference`. One that is '' asks for separator and root (RFC 3501 §6.3.8). */
  patterns: string[]
  selection: ReadonlySet<ListSelection>
  returns: ReadonlySet<ListReturn>
  /** RETURN (STATUS (…)): a STATUS response for each mailbox listed. */
  status?: StatusItem[]
  /** It was written in extended syntax, where '' is a pattern that matches nothing (RFC 5258 §3). */
  extended: boolean
}

/** What matching costs grows with the pattern's length, and no mailbox name is longer than this. */
const MAX_PATTERN = 1024

export function parseList(args: Cursor): ListArgs {
  args.space()
  const selection = new Set<ListSelection>()
  let extended = args.peek() === '('
  if (extended) {
    args.list(() => selection.add(parseSelection(args)), true)
    args.space()
  }
  // It only says how to match, so something to match must stand beside it (RFC 5258 §3.1).
  const matchable = selection.size - (selection.has('REMOTE') ? 1 : 0) > 1
  if (selection.has('RECURSIVEMATCH') && !matchable) throw new ParseError('RECURSIVEMATCH alone selects nothing')
  const reference = parsePattern(args)
  args.space()
  const several = args.peek() === '('
  const patterns = several ? args.list(() => parsePattern(args)) : [parsePattern(args)]
  const parsed: ListArgs = { reference, patterns, selection, returns: new Set(), extended: extended || several }
  extended = args.skipSpaceWord('RETURN')
  if (extended) {
    parsed.extended = true
    args.space()
    const returns = new Set<ListReturn>()
    args.list(() => parseReturn(args, parsed, returns), true)
    parsed.returns = returns
  }
  args.end()
  return parsed
}

/** LSUB and XLIST: reference and pattern. */
export function parseLsub(args: Cursor): { reference: string; pattern: string } {
  args.space()
  const reference = parsePattern(args)
  args.space()
  const pattern = parsePattern(args)
  args.end()
  return { reference, pattern }
}

function parsePattern(args: Cursor): string {
  const pattern = args.listMailbox()
  if (pattern.length > MAX_PATTERN) throw new ParseError('A mailbox pattern is too long')
  return pattern
}

function parseSelection(args: Cursor): ListSelection {
  const name = args.keyword()
  if (name === 'SUBSCRIBED' || name === 'REMOTE' || name === 'RECURSIVEMATCH' || name === 'SPECIAL-USE') return name
  throw new ParseError('No such LIST selection option')
}

function parseReturn(args: Cursor, parsed: ListArgs, returns: Set<ListReturn>): void {
  const name = args.keyword()
  if (name === 'SUBSCRIBED' || name === 'CHILDREN' || name === 'SPECIAL-USE') returns.add(name)
  else if (name === 'STATUS') {
    args.space()
    parsed.status = parseStatusItems(args)
  } else throw new ParseError('No such LIST return option')
}

export interface ListedMailbox {
  /** With their backslashes: '\\HasChildren'. */
  attributes: readonly string[]
  /** null: no hierarchy at all. */
  separator: string | null
  name: string
  /** A mailbox below it matched, though itself it may not (RFC 5258 §4): CHILDINFO. */
  childInfo?: readonly string[]
  /** The name it had, or the one the client used for it (RFC 9051 §6.3.9.7). */
  oldName?: string
}

/** `* LIST (\HasNoChildren) "/" INBOX`. */
export function formatList(response: 'LIST' | 'LSUB' | 'XLIST', mailbox: ListedMailbox, utf8: boolean): string {
  const { attributes, separator, name, childInfo, oldName } = mailbox
  const extras: string[] = []
  if (childInfo) extras.push(`"CHILDINFO" (${childInfo.map((tag) => `"${tag}"`).join(' ')})`)
  if (oldName !== undefined) extras.push(`"OLDNAME" (${formatMailbox(oldName, utf8)})`)
  const extended = extras.length > 0 ? ` (${extras.join(' ')})` : ''
  const quoted = separator === null ? 'NIL' : `"${separator}"`
  // The root that an empty pattern asks for is the empty string, which is no mailbox name and not encoded.
  const shown = name === '' ? formatAstring('') : formatMailbox(name, utf8)
  return `* ${response} (${attributes.join(' ')}) ${quoted} ${shown}${extended}\r\n`
}

/** NAMESPACE (RFC 2342 §5): one personal namespace, no others. */
export function formatNamespace(prefix: string, separator: string): string {
  return `* NAMESPACE ((${formatAstring(prefix)} "${separator}")) NIL NIL\r\n`
}
