/** Values with parameters: Content-Type (RFC 2045 §5.1) and Content-Disposition (RFC 2183), read as mail has them. */
import { asciiLowerCase, isWhiteSpace, trimWhiteSpace } from './binary-string.ts'
import type { MimeDisposition, MimeParameter } from './structure-types.ts'
import { isKnownEncoding } from './transfer-decoder.ts'

/** The place after the comment that opens at `at`, comments in it included (RFC 5322 §3.2.2); the end if it never closes. */
export function afterComment(value: string, at: number): number {
  let depth = 0
  for (let i = at; i < value.length; i++) {
    if (value[i] === '\\') i++
    else if (value[i] === '(') depth++
    else if (value[i] === ')' && --depth === 0) return i + 1
  }
  return value.length
}

function skipSpaceAndComments(value: string, from: number): number {
  let at = from
  while (at < value.length) {
    if (isWhiteSpace(value[at])) at++
    else if (value[at] === '(') at = afterComment(value, at)
    else break
  }
  return at
}

/** A quoted string's content and the place after it; one that never closes ends with the value. */
function quotedString(value: string, at: number): { text: string; end: number } {
  let text = ''
  let from = at + 1
  let i = from
  for (; i < value.length && value[i] !== '"'; i++) {
    if (value[i] !== '\\') continue
    text += value.slice(from, i)
    from = ++i // the octet after the backslash is content, whatever it is
  }
  return { text: text + value.slice(from, i), end: i + 1 }
}

/**
 * An unquoted value up to ";" or a comment. Spaces inside are kept although a token has none: file names are sent
 * unquoted, and the name up to the first space is no use to anybody.
 */
function bareValue(value: string, at: number): { text: string; end: number } {
  let end = at
  while (end < value.length && value[end] !== ';' && !(value[end] === '(' && isWhiteSpace(value[end - 1]))) end++
  return { text: trimWhiteSpace(value.slice(at, end)), end }
}

/** The parameters from `from` on, which is at or before a ";". What has no "=" is no parameter and is passed over. */
export function parseParameters(value: string, from: number): MimeParameter[] {
  const parameters: MimeParameter[] = []
  let at = from
  while (at < value.length) {
    at = skipSpaceAndComments(value, at)
    if (value[at] === ';') {
      at++
      continue
    }
    const start = at
    while (at < value.length && value[at] !== '=' && value[at] !== ';') at++
    if (value[at] !== '=') continue
    const name = asciiLowerCase(trimWhiteSpace(value.slice(start, at)))
    at = skipSpaceAndComments(value, at + 1)
    const { text, end } = value[at] === '"' ? quotedString(value, at) : bareValue(value, at)
    if (name !== '') parameters.push([name, text])
    at = end
    while (at < value.length && value[at] !== ';') at = value[at] === '(' ? afterComment(value, at) : at + 1
  }
  return parameters
}

export function parameterValue(parameters: readonly MimeParameter[], name: string): string | undefined {
  return parameters.find((parameter) => parameter[0] === name)?.[1]
}

/** A token (RFC 2045 §5.1), and octets above 127, which are not allowed but occur. */
function tokenEnd(value: string, from: number): number {
  let at = from
  while (at < value.length && value[at]! > ' ' && !'()<>@,;:\\"/[]?='.includes(value[at]!)) at++
  return at
}

export interface ContentType {
  type: string
  subtype: string
  parameters: MimeParameter[]
}

/** undefined for what is no Content-Type: it then counts as absent (RFC 2045 §5.2). */
export function parseContentType(value: string): ContentType | undefined {
  const start = skipSpaceAndComments(value, 0)
  const typeEnd = tokenEnd(value, start)
  const slash = skipSpaceAndComments(value, typeEnd)
  const subtypeStart = skipSpaceAndComments(value, slash + 1)
  const subtypeEnd = tokenEnd(value, subtypeStart)
  if (typeEnd === start || value[slash] !== '/' || subtypeEnd === subtypeStart) return undefined
  return {
    type: asciiLowerCase(value.slice(start, typeEnd)),
    subtype: asciiLowerCase(value.slice(subtypeStart, subtypeEnd)),
    parameters: parseParameters(value, subtypeEnd),
  }
}

/** undefined where there is no disposition type. */
export function parseDisposition(value: string): MimeDisposition | undefined {
  const start = skipSpaceAndComments(value, 0)
  const end = tokenEnd(value, start)
  if (end === start) return undefined
  return { type: asciiLowerCase(value.slice(start, end)), parameters: parseParameters(value, end) }
}

/**
 * Content-Transfer-Encoding in lower case, comments aside (RFC 2045 §6.1). What is no token ("8 bit", "text/html") counts as absent, which is
 * 7bit: an encoding nobody knows would make a part undecodable (§6.4). One of the five is that, whatever stands behind it.
 */
export function parseEncoding(value: string): string {
  const start = skipSpaceAndComments(value, 0)
  const end = tokenEnd(value, start)
  const token = asciiLowerCase(value.slice(start, end))
  const next = skipSpaceAndComments(value, end)
  const isAlone = next >= value.length || value[next] === ';'
  return token !== '' && (isAlone || isKnownEncoding(token)) ? token : '7bit'
}

/** The tags of Content-Language (RFC 3282 §2), or undefined without any. */
export function parseLanguages(value: string): string[] | undefined {
  const tags: string[] = []
  for (let at = 0; at < value.length; at++) {
    at = skipSpaceAndComments(value, at)
    const end = tokenEnd(value, at)
    if (end > at) tags.push(value.slice(at, end))
    at = end
    while (at < value.length && value[at] !== ',') at = value[at] === '(' ? afterComment(value, at) : at + 1
  }
  return tags.length > 0 ? tags : undefined
}
