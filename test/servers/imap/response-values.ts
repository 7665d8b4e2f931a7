/** The grammar of IMAP's responses in the plainest way, so that a test reads BODYSTRUCTURE without any code of the server. */

/** A string or number is its text, NIL null. */
export type Value = string | null | Value[]

/** The items of `* 1 FETCH (…)` by name; sections with their brackets and origin. Binary strings. */
export function fetchItems(response: string): Map<string, Value> {
  const at = response.indexOf('(')
  const [list] = read(response, at)
  const items = new Map<string, Value>()
  for (let index = 0; index + 1 < (list as Value[]).length; index += 2) {
    items.set((list as Value[])[index] as string, (list as Value[])[index + 1]!)
  }
  return items
}

function read(text: string, from: number): [Value, number] {
  const char = text[from]
  if (char === '(') return readList(text, from + 1)
  if (char === '"') return readQuoted(text, from + 1)
  if (char === '{' || (char === '~' && text[from + 1] === '{')) {
    const close = text.indexOf('}', from)
    const length = Number(text.slice(text.indexOf('{', from) + 1, close))
    const start = close + 3
    if (text.slice(close + 1, start) !== '\r\n' || start + length > text.length) throw new Error(`no literal: ${text}`)
    return [text.slice(start, start + length), start + length]
  }
  let end = from
  let depth = 0
  for (; end < text.length; end++) {
    if (text[end] === '[') depth++
    else if (text[end] === ']') depth--
    else if (depth === 0 && ' ()\r\n'.includes(text[end]!)) break
  }
  if (end === from) throw new Error(`no value at ${from}: ${text}`)
  const atom = text.slice(from, end)
  return [atom === 'NIL' ? null : atom, end]
}

function readList(text: string, from: number): [Value[], number] {
  const values: Value[] = []
  let at = from
  while (text[at] !== ')') {
    if (at >= text.length) throw new Error(`a list without end: ${text}`)
    if (text[at] === ' ') {
      at++
      continue
    }
    const [value, next] = read(text, at)
    values.push(value)
    at = next
  }
  return [values, at + 1]
}

function readQuoted(text: string, from: number): [string, number] {
  let value = ''
  for (let at = from; at < text.length; at++) {
    if (text[at] === '"') return [value, at + 1]
    if ('\r\n\0'.includes(text[at]!)) throw new Error(`a line's end in a quoted string: ${text}`)
    if (text[at] === '\\') at++
    value += text[at]
  }
  throw new Error(`a quoted string without end: ${text}`)
}

export interface Part {
  /** '1.2' */
  path: string
  /** Octets, of what is not multipart. */
  size?: number
  isMessage: boolean
}

/** The parts that BODYSTRUCTURE numbers (RFC 9051 §6.4.5.1), outermost first. */
export function partsOf(structure: Value, path = ''): Part[] {
  const body = structure as Value[]
  const prefix = path === '' ? '' : `${path}.`
  if (Array.isArray(body[0])) {
    const children = body.slice(
      0,
      body.findIndex((value) => !Array.isArray(value)),
    )
    const own: Part[] = path === '' ? [] : [{ path, isMessage: false }]
    return [...own, ...children.flatMap((child, index) => partsOf(child, `${prefix}${index + 1}`))]
  }
  const own = path === '' ? '1' : path
  // Of any other type the ninth value is the disposition, a list as well.
  const type = `${body[0]}/${body[1]}`.toLowerCase()
  const isMessage = ['message/rfc822', 'message/global'].includes(type) && Array.isArray(body[8])
  const part: Part = { path: own, size: Number(body[6]), isMessage }
  if (!isMessage) return [part]
  // A multipart inside a message has no number of its own; anything else in it is its part 1.
  const inner = body[8] as Value[]
  if (!Array.isArray(inner[0])) return [part, ...partsOf(inner, `${own}.1`)]
  return [part, ...partsOf(inner, own).filter((each) => each.path !== own)]
}
