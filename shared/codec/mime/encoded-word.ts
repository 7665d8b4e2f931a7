/** Header text for people and for search: RFC 2047 words, RFC 2231 parameters and raw octets, as Unicode. */
import { decodeCharset } from './charset.ts'
import type { MimeParameter } from './structure-types.ts'
import { decodeTransfer } from './transfer-decoder.ts'

const octetsOf = (binary: string): Buffer => Buffer.from(binary, 'latin1')

/** What is outside encoded words: UTF-8 (RFC 6532), or if it is not, windows-1252. */
function rawText(binary: string): string {
  return decodeCharset(octetsOf(binary), 'us-ascii')
}

interface EncodedWord {
  charset: string
  octets: Uint8Array
  end: number
}

/** Underscore is a space in the Q encoding (RFC 2047 §4.2); spaces at its end are no line end's padding. */
function decodeQ(text: string): Uint8Array {
  return decodeTransfer(octetsOf(text.replaceAll('_', '=20').replaceAll(' ', '=20')), 'quoted-printable')
}

/** The encoded word at `at` ("=?"), or undefined. Spaces inside the text are not allowed, but some mailers send them. */
function encodedWordAt(value: string, at: number): EncodedWord | undefined {
  const charsetEnd = value.indexOf('?', at + 2)
  if (charsetEnd === -1 || value[charsetEnd + 2] !== '?') return undefined
  const encoding = value[charsetEnd + 1]!.toLowerCase()
  // The text holds no "?" (RFC 2047 §2), so no search goes past the next opening: time stays linear.
  const end = value.indexOf('?', charsetEnd + 3)
  if (end === -1 || value[end + 1] !== '=' || (encoding !== 'b' && encoding !== 'q')) return undefined
  const [charset = ''] = value.slice(at + 2, charsetEnd).split('*') // "charset*language" (RFC 2231 §5)
  const text = value.slice(charsetEnd + 3, end)
  if (charset === '' || charset.length > 75) return undefined
  return { charset, octets: encoding === 'q' ? decodeQ(text) : decodeTransfer(octetsOf(text), 'base64'), end: end + 2 }
}

/**
 * A header value (binary string, unfolded) as text. White space between encoded words goes (RFC 2047 §6.2), and words of
 * one charset side by side are decoded as one, since mailers cut inside characters although §5 forbids it.
 */
export function displayText(value: string): string {
  let text = ''
  let run: { charset: string; pieces: Uint8Array[] } | undefined
  const flush = () => {
    if (run !== undefined) text += decodeCharset(Buffer.concat(run.pieces), run.charset)
    run = undefined
  }
  let at = 0
  let open = value.indexOf('=?')
  while (open !== -1) {
    const word = encodedWordAt(value, open)
    if (word === undefined) {
      open = value.indexOf('=?', open + 2)
      continue
    }
    const between = value.slice(at, open)
    if (run === undefined || between.replace(/[ \t]/g, '') !== '') {
      flush()
      text += rawText(between)
    }
    const charset = word.charset.toLowerCase()
    if (run?.charset !== charset) flush()
    run ??= { charset, pieces: [] }
    run.pieces.push(word.octets)
    at = word.end
    open = value.indexOf('=?', at)
  }
  flush()
  return text + rawText(value.slice(at))
}

function percentDecode(text: string): Buffer {
  const octets = Buffer.alloc(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const hex = text[at] === '%' ? text.slice(at + 1, at + 3) : ''
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
      octets[length++] = Number.parseInt(hex, 16)
      at += 2
    } else octets[length++] = text.charCodeAt(at)
  }
  return octets.subarray(0, length)
}

interface Segment {
  index: number
  encoded: boolean
  value: string
}

/** "name", "name*", "name*0", "name*0*" (RFC 2231 §3, §4.1) of one parameter; undefined for another's. */
function segmentOf([name, value]: MimeParameter, wanted: string): Segment | undefined {
  if (!name.startsWith(`${wanted}*`)) return undefined
  const encoded = name.endsWith('*')
  const digits = name.slice(wanted.length + 1, encoded && name.length > wanted.length + 1 ? -1 : undefined)
  if (digits === '') return { index: 0, encoded, value }
  return /^\d{1,4}$/.test(digits) ? { index: Number(digits), encoded, value } : undefined
}

/**
 * A parameter's value as text: extended and continued forms first (RFC 6266 §4.3 advises the same), then the plain one, in
 * which encoded words are read although RFC 2047 §5 forbids them there. undefined without such a parameter.
 */
export function parameterText(parameters: readonly MimeParameter[], name: string): string | undefined {
  const segments = parameters
    .map((parameter) => segmentOf(parameter, name))
    .filter((segment) => segment !== undefined)
    .sort((one, other) => one.index - other.index)
    .filter((segment, index, all) => segment.index !== all[index - 1]?.index)
  const whole = segments.filter((segment, index) => segment.index === index) // a gap ends it
  const [first] = whole
  if (first === undefined) {
    const plain = parameters.find((parameter) => parameter[0] === name)
    return plain && displayText(plain[1])
  }
  let charset = ''
  const octets = whole.map(({ encoded, value }, index) => {
    if (!encoded) return octetsOf(value)
    const quotes = index === 0 ? /^([^']*)'[^']*'/.exec(value) : null
    charset = quotes?.[1] ?? charset
    return percentDecode(value.slice(quotes?.[0].length ?? 0))
  })
  return decodeCharset(Buffer.concat(octets), charset)
}

/** The name a part asks to be saved under: Content-Disposition's filename, else Content-Type's name. */
export function partFilename(part: {
  parameters: MimeParameter[]
  disposition?: { parameters: MimeParameter[] }
}): string | undefined {
  return parameterText(part.disposition?.parameters ?? [], 'filename') ?? parameterText(part.parameters, 'name')
}
