/** Authentication-Results (RFC 8601): what we say of a message's sender, and whose word such a field claims to be. */

/** One result: `spf=pass smtp.mailfrom=example.net` (RFC 8601 §2.2 resinfo). */
export interface ResultInfo {
  method: 'spf' | 'dkim' | 'dmarc' | 'arc'
  result: string
  /** `ptype.property` and value, in order; values are anything, and quoted where they must be. */
  properties: readonly (readonly [name: string, value: string])[]
}

/** A property longer than any domain name or address is no use to a reader, and lines have an end (RFC 5322 §2.1.1). */
const MOST_VALUE_CHARACTERS = 320
const LINE_OCTETS = 78

/** The field with its CR LF. `authservId` is a domain name. */
export function formatAuthenticationResults(authservId: string, results: readonly ResultInfo[]): string {
  let line = `Authentication-Results: ${authservId}`
  let field = ''
  const put = (word: string, separator: string) => {
    line += separator
    if (Buffer.byteLength(line) + 1 + Buffer.byteLength(word) > LINE_OCTETS) {
      field += `${line}\r\n`
      line = '\t'
    } else line += ' '
    line += word
  }
  if (results.length === 0) put('none', ';') // §2.2: nothing was checked
  for (const { method, result, properties } of results) {
    put(`${method}=${result}`, ';')
    for (const [name, value] of properties) put(`${name}=${formatValue(value)}`, '')
  }
  return `${field}${line}\r\n`
}

/** A token or an address as it is, anything else as a quoted string; nothing in it can end the line. */
function formatValue(value: string): string {
  const plain = value.replace(/[\0-\x1f\x7f]/g, '').slice(0, MOST_VALUE_CHARACTERS)
  if (/^[A-Za-z0-9!#$%&'*+\-./^_`{|}~@]+$/.test(plain)) return plain
  return `"${plain.replace(/["\\]/g, '\\$&')}"`
}

const QUOTE = 0x22
const OPEN = 0x28
const CLOSE = 0x29
const SEMICOLON = 0x3b
const BACKSLASH = 0x5c

/**
 * The authserv-id that a field claims, in lower case (§2.5: compared without case). Undefined where its value does not begin with one; that
 * nobody may believe either. `field` begins with the name.
 */
export function parseAuthservId(field: Uint8Array): string | undefined {
  const colon = field.indexOf(0x3a)
  const start = skipCfws(field, colon + 1)
  if (start === undefined) return undefined
  let id = ''
  let at = start
  if (field[at] === QUOTE) {
    for (at++; at < field.length && field[at] !== QUOTE; at++) {
      if (field[at] === BACKSLASH) at++
      if (field[at] !== 0x0d && field[at] !== 0x0a) id += String.fromCharCode(field[at] ?? 0)
    }
    if (field[at] !== QUOTE) return undefined
  } else {
    for (; at < field.length; at++) {
      const octet = field[at]!
      if (octet <= 0x20 || octet === SEMICOLON || octet === OPEN) break
      id += String.fromCharCode(octet)
    }
  }
  return id === '' ? undefined : Buffer.from(id, 'latin1').toString('utf8').trim().toLowerCase()
}

/** Past white space, folds and comments (RFC 5322 §3.2.2); undefined where a comment does not end. */
function skipCfws(octets: Uint8Array, from: number): number | undefined {
  let depth = 0
  let at = from
  for (; at < octets.length; at++) {
    const octet = octets[at]!
    if (octet === OPEN) depth++
    else if (depth === 0) {
      if (octet !== 0x20 && octet !== 0x09 && octet !== 0x0d && octet !== 0x0a) return at
    } else if (octet === CLOSE) depth--
    else if (octet === BACKSLASH) at++
  }
  return depth > 0 ? undefined : at
}
