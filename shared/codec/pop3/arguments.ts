/** Arguments of each command. All take what follows the keyword's space (undefined: nothing did) and throw ParseError. */
import { ParseError } from '../parse-error.ts'

type Argument = Uint8Array | undefined

/** Larger numbers name no message, and no client has so many lines to ask for. */
const MAX_NUMBER = 0x7fff_ffff
const MAX_DIGITS = 10

export function noArguments(argument: Argument): undefined {
  if (words(argument).length > 0) throw new ParseError('this command takes no argument')
}

/** A message-number: 1 or more (RFC 1939 §5). */
export function messageNumber(argument: Argument): number {
  const [number, ...more] = words(argument)
  if (number === undefined || more.length > 0) throw new ParseError('this command takes one message number')
  return parseMessageNumber(number)
}

/** LIST and UIDL: one message, or all. */
export function optionalMessageNumber(argument: Argument): number | undefined {
  return words(argument).length === 0 ? undefined : messageNumber(argument)
}

/** TOP: a message and the lines of its body wanted (RFC 1939 §7). */
export function topArguments(argument: Argument): { message: number; lines: number } {
  const [message, lines, ...more] = words(argument)
  if (message === undefined || lines === undefined || more.length > 0) {
    throw new ParseError('TOP takes a message number and a number of lines')
  }
  return { message: parseMessageNumber(message), lines: parseNumber(lines) }
}

/** USER: the rest of the line, as UTF-8 (RFC 6856 §2.2). */
export function userName(argument: Argument): string {
  const name = decodeUtf8(argument).trim()
  if (name === '') throw new ParseError('USER takes a name')
  return name
}

/** PASS: the rest of the line with every space in it, as servers may not take it apart (RFC 1939 §7). */
export function password(argument: Argument): string {
  if (argument === undefined) throw new ParseError('PASS takes a password')
  return decodeUtf8(argument)
}

/**
 * AUTH: the mechanism in upper case and the initial response, still in base64, `=` standing for an empty one (RFC 5034 §4).
 * Undefined where neither is given.
 */
export function authArguments(argument: Argument): { mechanism: string; initialResponse?: string } | undefined {
  const [mechanism, initialResponse, ...more] = words(argument)
  if (mechanism === undefined) return undefined
  if (more.length > 0) throw new ParseError('AUTH takes a mechanism and at most one response')
  return { mechanism: mechanism.toUpperCase(), ...(initialResponse !== undefined && { initialResponse }) }
}

/** LANG: a language range (RFC 4647 §2.1) or `*`; undefined asks for the list (RFC 6856 §3.2). */
export function languageRange(argument: Argument): string | undefined {
  const [range, ...more] = words(argument)
  if (more.length > 0) throw new ParseError('LANG takes one language')
  return range
}

/** Fields between spaces; doubled spaces and those at the end of a line, which some clients send, separate nothing. */
function words(argument: Argument): string[] {
  if (argument === undefined) return []
  return Buffer.from(argument.buffer, argument.byteOffset, argument.length)
    .toString('latin1')
    .split(' ')
    .filter((word) => word !== '')
}

function parseMessageNumber(word: string): number {
  const number = parseNumber(word)
  if (number === 0) throw new ParseError('messages are counted from 1')
  return number
}

function parseNumber(word: string): number {
  if (word.length > MAX_DIGITS || !/^[0-9]+$/.test(word)) throw new ParseError('not a number')
  return Math.min(Number(word), MAX_NUMBER)
}

/** Throws where the octets are no UTF-8, as RFC 6856 §2.2 asks. */
function decodeUtf8(argument: Argument): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(argument ?? new Uint8Array(0))
  } catch (error) {
    throw new ParseError('not UTF-8', { cause: error })
  }
}
