/** ID (RFC 2971): what program speaks. */
import { ParseError } from '../parse-error.ts'
import { formatNstring, formatString } from './format.ts'
import type { Cursor } from './tokens.ts'

/** Field names in lower case, in order. */
export type IdFields = [field: string, value: string | null][]

/** RFC 2971 §3.3. */
const MAX_FIELDS = 30

/** NIL and an empty list are no fields. */
export function parseId(args: Cursor): IdFields {
  args.space()
  if (args.skipWord('NIL')) {
    args.end()
    return []
  }
  const fields: IdFields = []
  args.expect('(')
  for (;;) {
    args.skip(' ') // aioimaplib writes them inside the parentheses, too
    if (args.skip(')')) break
    const field = args.string().toLowerCase()
    args.space()
    fields.push([field, args.nstring()])
  }
  args.end()
  if (fields.length > MAX_FIELDS) throw new ParseError('ID takes at most 30 fields')
  return fields
}

/** `* ID ("name" "Tubepost")`. */
export function formatId(fields: IdFields): string {
  const list = fields.map(([field, value]) => `${formatString(field)} ${formatNstring(value)}`).join(' ')
  return `* ID ${fields.length === 0 ? 'NIL' : `(${list})`}\r\n`
}
