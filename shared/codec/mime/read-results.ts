const QUOTE = 0x22
const BACKSLASH = 0x5c
const SEMICOLON = 0x3b

/**
 * What an Authentication-Results field of our own says, method by method (RFC 8601 §2.2): `dmarc` -> `fail`. `value` is unfolded. Of a method
 * that is there more than once, the first; what stands in quotes is no method.
 */
export function readResults(value: string): ReadonlyMap<string, string> {
  const results = new Map<string, string>()
  for (const part of splitOutsideQuotes(value).slice(1)) {
    const [word = ''] = part.trimStart().split(' ', 1)
    const equals = word.indexOf('=')
    if (equals <= 0) continue
    const method = word.slice(0, equals).toLowerCase()
    if (!results.has(method)) results.set(method, word.slice(equals + 1).toLowerCase())
  }
  return results
}

function splitOutsideQuotes(value: string): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code === QUOTE) quoted = !quoted
    else if (code === BACKSLASH && quoted) at++
    else if (code === SEMICOLON && !quoted) {
      parts.push(value.slice(start, at))
      start = at + 1
    }
  }
  parts.push(value.slice(start))
  return parts
}
