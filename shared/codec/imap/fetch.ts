/**
 * What FETCH asks for (RFC 9051 §6.4.5, RFC 3501 §6.4.5), with BINARY (RFC 3516), CONDSTORE and QRESYNC (RFC 7162),
 * OBJECTID (RFC 8474), PREVIEW (RFC 8970) and SAVEDATE (RFC 8514).
 */
import { ParseError } from '../parse-error.ts'
import { parseBinarySection, parseSection, type Section } from './section.ts'
import type { SequenceSet } from './sequence-set.ts'
import type { Cursor, Partial } from './tokens.ts'

const PLAIN_ITEMS = [
  'UID',
  'FLAGS',
  'INTERNALDATE',
  'RFC822.SIZE',
  'ENVELOPE',
  'BODYSTRUCTURE',
  'MODSEQ',
  'EMAILID',
  'THREADID',
  'SAVEDATE',
] as const
export type PlainFetchItem = (typeof PLAIN_ITEMS)[number]

export interface SectionItem {
  item: 'SECTION'
  section: Section
  /** False: reading it sets \Seen. */
  peek: boolean
  partial?: Partial
  /** The response's name for it, where the client used one of the old three. */
  name?: 'RFC822' | 'RFC822.HEADER' | 'RFC822.TEXT'
}

export interface BinaryItem {
  item: 'BINARY'
  part: number[]
  peek: boolean
  partial?: Partial
}

export type FetchItem =
  | { item: PlainFetchItem }
  /** BODY without a section: BODYSTRUCTURE without its extension data. */
  | { item: 'BODY' }
  | SectionItem
  | BinaryItem
  | { item: 'BINARY.SIZE'; part: number[] }
  /** LAZY: only if it costs nothing to make. */
  | { item: 'PREVIEW'; lazy: boolean }

export interface FetchArgs {
  messages: SequenceSet
  items: FetchItem[]
  /** Only messages with a higher MODSEQ; 0, which the grammar forbids and iOS sends, is every message. */
  changedSince?: number
  /** Tell of expunged UIDs, too: allowed after UID FETCH alone and with `changedSince`, and QRESYNC enabled (RFC 7162 §3.2.6). */
  vanished: boolean
}

const FAST: FetchItem[] = [{ item: 'FLAGS' }, { item: 'INTERNALDATE' }, { item: 'RFC822.SIZE' }]
const ALL: FetchItem[] = [...FAST, { item: 'ENVELOPE' }]
const MACROS: Record<string, FetchItem[]> = { ALL, FAST, FULL: [...ALL, { item: 'BODY' }] }

export function parseFetch(args: Cursor): FetchArgs {
  args.space()
  const messages = args.sequenceSet()
  args.space()
  const items = args.peek() === '(' ? args.list(() => parseItem(args)).flat() : parseItem(args)
  const parsed: FetchArgs = { messages, items, vanished: false }
  if (args.skip(' ')) args.list(() => parseModifier(args, parsed))
  args.end()
  if (parsed.vanished && parsed.changedSince === undefined) throw new ParseError('VANISHED needs CHANGEDSINCE')
  return parsed
}

function parseModifier(args: Cursor, parsed: FetchArgs): void {
  const name = args.keyword()
  if (name === 'CHANGEDSINCE') {
    args.space()
    parsed.changedSince = args.modseq()
  } else if (name === 'VANISHED') parsed.vanished = true
  else throw new ParseError('No such FETCH modifier')
}

function parseItem(args: Cursor): FetchItem[] {
  const name = args.name()
  const plain = PLAIN_ITEMS.find((known) => known === name)
  if (plain !== undefined) return [{ item: plain }]
  const macro = Object.hasOwn(MACROS, name) ? MACROS[name] : undefined
  if (macro !== undefined) return macro
  switch (name) {
    case 'BODY':
      return [args.peek() === '[' ? parseSectionItem(args, false) : { item: 'BODY' }]
    case 'BODY.PEEK':
      return [parseSectionItem(args, true)]
    case 'RFC822':
      return [{ item: 'SECTION', section: { part: [] }, peek: false, name }]
    case 'RFC822.HEADER':
      return [{ item: 'SECTION', section: { part: [], text: 'HEADER' }, peek: true, name }]
    case 'RFC822.TEXT':
      return [{ item: 'SECTION', section: { part: [], text: 'TEXT' }, peek: false, name }]
    case 'BINARY':
    case 'BINARY.PEEK':
      return [withPartial({ item: 'BINARY', part: parseBinarySection(args), peek: name === 'BINARY.PEEK' }, args)]
    case 'BINARY.SIZE':
      return [{ item: name, part: parseBinarySection(args) }]
    case 'PREVIEW':
      return [{ item: name, lazy: args.skipSpaceOption('LAZY') }]
    default:
      throw new ParseError('No such FETCH item')
  }
}

function parseSectionItem(args: Cursor, peek: boolean): SectionItem {
  return withPartial({ item: 'SECTION', section: parseSection(args), peek }, args)
}

function withPartial<T extends SectionItem | BinaryItem>(item: T, args: Cursor): T {
  const partial = args.partial()
  return partial === undefined ? item : { ...item, partial }
}
