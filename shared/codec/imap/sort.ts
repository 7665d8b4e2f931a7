/** SORT (RFC 5256, RETURN: RFC 5267 §3, display names: RFC 5957). */
import { ParseError } from '../parse-error.ts'
import { parseCriteria, parseCriteriaOfReturn, parseSearchReturns, type SearchArgs } from './search.ts'
import type { Cursor } from './tokens.ts'

const SORT_KEYS = ['ARRIVAL', 'CC', 'DATE', 'DISPLAYFROM', 'DISPLAYTO', 'FROM', 'SIZE', 'SUBJECT', 'TO'] as const
export type SortKey = (typeof SORT_KEYS)[number]

/** `returns` absent: answer with SORT. */
export interface SortArgs extends SearchArgs {
  /** The first decides, then the next. */
  order: { by: SortKey; reverse: boolean }[]
}

/** Throws ParseError and Unsearchable. */
export function parseSort(args: Cursor): SortArgs {
  const returns = parseSearchReturns(args)
  args.space()
  const order = args.list(() => parseSortKey(args))
  args.space()
  const charset = args.astring()
  if (returns === undefined) return { order, criteria: parseCriteria(args, charset) }
  return { order, returns, criteria: parseCriteriaOfReturn(args, charset, returns) }
}

function parseSortKey(args: Cursor): { by: SortKey; reverse: boolean } {
  const word = args.keyword()
  const reverse = word === 'REVERSE'
  if (reverse) args.space()
  const name = reverse ? args.keyword() : word
  const by = SORT_KEYS.find((key) => key === name)
  if (by === undefined) throw new ParseError('No such sort key')
  return { by, reverse }
}
