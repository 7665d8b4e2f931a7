/**
 * The body of a multi-line response as it goes over the wire (RFC 1939 §3): a line that begins with the termination octet `.` gets
 * another, and CR LF . CR LF ends it. A message is sent octet for octet, bare line ends as they are, so that LIST's count is the object's length
 * (§11: stuffed octets are not counted). Each line ends in CR LF (§3), the last one as well: where the message's does not, it gets one, and LIST counts it.
 */

/** Where the octets sent so far leave the line. `bare-line-start`: behind a LF without its CR. */
export type MultiLineState = 'line-start' | 'bare-line-start' | 'cr' | 'text'

/** Behind the CR LF of the `+OK` line. */
export const MULTI_LINE_START: MultiLineState = 'line-start'

const LF = 0x0a
const CR = 0x0d
const DOT = 0x2e
const LINE_BEGINS_WITH_DOT = '\n.'

/**
 * The next octets, stuffed. A LF without CR begins a line here too: whoever reads lines by LF (poplib, fetchmail) would take a single
 * dot behind it for the end, and the rest of the message for responses; whoever reads them by CR LF sees one dot more in a message
 * that no mail server may send (RFC 5321 §2.3.8).
 */
export function encodeMultiLine(
  state: MultiLineState,
  chunk: Uint8Array,
): { octets: Uint8Array; state: MultiLineState } {
  if (chunk.length === 0) return { octets: chunk, state }
  const dots = lineStartingDots(state, chunk)
  return { octets: dots.length === 0 ? chunk : stuff(chunk, dots), state: stateAfter(state, chunk) }
}

/** What ends the response. */
export function endMultiLine(state: MultiLineState): '.\r\n' | '\r\n.\r\n' {
  return state === 'line-start' ? '.\r\n' : '\r\n.\r\n'
}

function lineStartingDots(state: MultiLineState, chunk: Uint8Array): number[] {
  const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
  const dots: number[] = []
  if (chunk[0] === DOT && (state === 'line-start' || state === 'bare-line-start')) dots.push(0)
  for (
    let at = buffer.indexOf(LINE_BEGINS_WITH_DOT, 0, 'latin1');
    at >= 0;
    at = buffer.indexOf(LINE_BEGINS_WITH_DOT, at + 2, 'latin1')
  ) {
    dots.push(at + 1)
  }
  return dots
}

function stuff(chunk: Uint8Array, dots: readonly number[]): Uint8Array {
  const octets = new Uint8Array(chunk.length + dots.length)
  let from = 0
  for (const [stuffed, dot] of dots.entries()) {
    octets.set(chunk.subarray(from, dot), from + stuffed)
    octets[dot + stuffed] = DOT
    from = dot
  }
  octets.set(chunk.subarray(from), from + dots.length)
  return octets
}

function stateAfter(state: MultiLineState, chunk: Uint8Array): MultiLineState {
  const last = chunk[chunk.length - 1]
  if (last === CR) return 'cr'
  if (last !== LF) return 'text'
  const behindCr = chunk.length > 1 ? chunk[chunk.length - 2] === CR : state === 'cr'
  return behindCr ? 'line-start' : 'bare-line-start'
}
