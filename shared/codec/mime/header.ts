/** Header blocks (RFC 5322 §2.2) as fields with their places: octets stay where they are, and nothing is refused. */
import { trimWhiteSpace } from './binary-string.ts'
import { asBuffer, COLON, CR, LF, SPACE, TAB } from './octets.ts'

/** Places count from the start of the block. A field spans its continuation lines and the line ending of its last line. */
export interface HeaderField {
  /** As written; '' for lines that are no field: no colon, or a name with octets outside %d33-126 (§3.6.8). */
  name: string
  offset: number
  length: number
  /** After the colon, up to the last line's ending; leading white space and folds included. */
  valueOffset: number
  valueLength: number
}

/** The place after the line's LF. A loop, as header lines are short and a native search has a price of its own. */
function lineEnd(block: Uint8Array, from: number): number {
  let at = from
  while (at < block.length && block[at] !== LF) at++
  return Math.min(at + 1, block.length)
}

/** Whether the line is what ends a header: nothing, or only the CR of its ending. */
function isEmptyLine(block: Buffer, from: number, end: number): boolean {
  return block[end - 1] === LF && (end - from === 1 || (end - from === 2 && block[from] === CR))
}

/** The name before `colon`, or '' where it cannot be one; white space before the colon is obsolete but read (§4.5.8). */
function fieldName(block: Buffer, from: number, colon: number): string {
  let end = colon
  while (end > from && (block[end - 1] === SPACE || block[end - 1] === TAB)) end--
  for (let at = from; at < end; at++) if (block[at]! <= SPACE || block[at]! > 126) return ''
  return block.toString('latin1', from, end)
}

/** All fields in order, up to the empty line or the end of the block. Their ranges tile what is before that line. */
export function parseHeader(octets: Uint8Array): HeaderField[] {
  const block = asBuffer(octets)
  const fields: HeaderField[] = []
  let at = 0
  while (at < block.length) {
    let end = lineEnd(block, at)
    if (isEmptyLine(block, at, end)) break
    const firstLineEnd = end
    while (end < block.length && (block[end] === SPACE || block[end] === TAB)) end = lineEnd(block, end)
    let colon = at // on the first line only: a name does not fold
    while (colon < firstLineEnd && block[colon] !== COLON) colon++
    const name = colon === firstLineEnd ? '' : fieldName(block, at, colon)
    const valueOffset = name === '' ? at : colon + 1
    let valueEnd = end
    if (valueEnd > valueOffset && block[valueEnd - 1] === LF) valueEnd--
    if (valueEnd > valueOffset && block[valueEnd - 1] === CR) valueEnd--
    fields.push({ name, offset: at, length: end - at, valueOffset, valueLength: valueEnd - valueOffset })
    at = end
  }
  return fields
}

/**
 * A field's value as a binary string, unfolded (RFC 5322 §2.2.3: the line endings go, the white space stays) and without
 * white space around it. A CR or NUL inside would break a response's line, so each becomes a space, as in Dovecot.
 */
export function unfoldedValue(octets: Uint8Array, field: HeaderField): string {
  const raw = asBuffer(octets).toString('latin1', field.valueOffset, field.valueOffset + field.valueLength)
  return unfold(raw)
}

/** `unfoldedValue` of a raw value at hand. */
export function unfold(raw: string): string {
  return trimWhiteSpace(
    raw
      .replaceAll('\r\n', '')
      .replaceAll('\n', '')
      .replace(/[\r\0]/g, ' '),
  )
}

/** Fields by name in lower case, in order: for whoever asks a header more than once. Lines that are no field are left out. */
export function fieldsByName(fields: readonly HeaderField[]): Map<string, HeaderField[]> {
  const byName = new Map<string, HeaderField[]>()
  for (const field of fields) {
    if (field.name === '') continue
    const name = field.name.toLowerCase() // a field's name is US-ASCII
    const others = byName.get(name)
    if (others === undefined) byName.set(name, [field])
    else others.push(field)
  }
  return byName
}

/** The empty line, after a whole last line and after one that breaks off. */
const [END, UNENDED] = [Buffer.from('\r\n'), Buffer.from('\r\n\r\n')]

/**
 * BODY[HEADER.FIELDS (names)], or HEADER.FIELDS.NOT (RFC 9051 §6.4.5.1): the fields octet for octet and in order, then the
 * empty line, which a subset includes even where the block at hand has none. Names match in any case.
 */
export function selectHeaderFields(octets: Uint8Array, names: readonly string[], not = false): Uint8Array {
  const block = asBuffer(octets)
  const wanted = new Set(names.map((name) => name.toLowerCase()))
  const pieces: Uint8Array[] = []
  // Fields that follow one another are one piece.
  let start = 0
  let end = 0
  for (const field of parseHeader(block)) {
    if (wanted.has(field.name.toLowerCase()) === not) continue
    if (field.offset !== end) {
      if (end > start) pieces.push(block.subarray(start, end))
      start = field.offset
    }
    end = field.offset + field.length
  }
  if (end > start) pieces.push(block.subarray(start, end))
  const ended = end === start || block[end - 1] === LF
  pieces.push(ended ? END : UNENDED)
  return Buffer.concat(pieces)
}
