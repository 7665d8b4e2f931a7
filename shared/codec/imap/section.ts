/** What BODY[…] names (RFC 9051 §6.4.5, §9: section). */
import { ParseError } from '../parse-error.ts'
import { formatAstring } from './format.ts'
import type { Cursor } from './tokens.ts'

export type SectionText = 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME'

export interface Section {
  /** Part numbers from the outside in; [] is the message itself. */
  part: number[]
  /** Absent: the part's whole body, or of [] the whole message. */
  text?: SectionText
  /** Of HEADER.FIELDS and HEADER.FIELDS.NOT, in the client's spelling. */
  fields?: string[]
}

/** `[1.2.HEADER.FIELDS (SUBJECT)]`. Throws ParseError. */
export function parseSection(args: Cursor): Section {
  args.expect('[')
  const section: Section = { part: [] }
  let ended = args.skip(']')
  while (!ended) {
    if (args.isDigit()) {
      section.part.push(args.nzNumber())
      ended = args.skip(']')
      if (!ended) args.expect('.')
    } else {
      parseText(args, section)
      args.expect(']')
      ended = true
    }
  }
  return section
}

function parseText(args: Cursor, section: Section): void {
  const name = args.name()
  if (name === 'HEADER.FIELDS' || name === 'HEADER.FIELDS.NOT') {
    args.space()
    section.fields = args.list(() => args.astring())
  } else if (name !== 'HEADER' && name !== 'TEXT' && (name !== 'MIME' || section.part.length === 0)) {
    throw new ParseError('No such section') // MIME is of parts alone: a message's MIME header is its HEADER
  }
  section.text = name
}

/** `[1.2]` of BINARY (RFC 3516 §4.2): part numbers alone. */
export function parseBinarySection(args: Cursor): number[] {
  const { part, text } = parseSection(args)
  if (text !== undefined) throw new ParseError('BINARY takes part numbers alone')
  return part
}

/** `[1.2.HEADER.FIELDS (Subject)]`, as the response repeats it. */
export function formatSection({ part, text, fields }: Section): string {
  const words: (string | number)[] = [...part]
  if (text !== undefined) words.push(text)
  const list = fields ? ` (${fields.map((field) => formatAstring(field)).join(' ')})` : ''
  return `[${words.join('.')}${list}]`
}
