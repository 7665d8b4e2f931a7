const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e
const HELD_CR = Uint8Array.of(CR)

/** Where in the content a chunk ended. `line-start` is where DATA begins. */
export type DataState = 'line-start' | 'dot' | 'dot-cr' | 'cr' | 'text'

export interface DecodedData {
  /** The content in order, dots unstuffed (RFC 5321 §4.5.2): pieces of the chunk itself, not copies. */
  content: Uint8Array[]
  /** To go on from, as long as there is no `rest`. */
  state: DataState
  /** A CR or a LF stood alone, which SMTP does not know (§2.3.8); other servers may take it for a line's end, so it must not pass. */
  bareLineEnd: boolean
  /** The octets after the end mark: the next command, if any. */
  rest?: Uint8Array
}

/** Takes a chunk of DATA. Only CR LF . CR LF ends it, and only CR LF ends a line: "\n.\n" stays content (§4.1.1.4). */
export function decodeData(state: DataState, chunk: Uint8Array): DecodedData {
  const content: Uint8Array[] = []
  let bareLineEnd = false
  let start = 0 // of what is not in `content` yet
  let heldCr = state === 'dot-cr' // a CR of the chunk before that might have begun the end mark
  let nextCr = -1
  let nextLf = -1
  let at = 0
  const emit = (end: number) => {
    if (end > start) content.push(chunk.subarray(start, end))
  }
  while (at < chunk.length) {
    const octet = chunk[at]!
    switch (state) {
      case 'text': {
        // Most octets: on to the next CR or LF in one step. Each is looked for once, so that a chunk without one is passed once.
        if (nextCr < at) nextCr = indexOrEnd(chunk, CR, at)
        if (nextLf < at) nextLf = indexOrEnd(chunk, LF, at)
        at = Math.min(nextCr, nextLf)
        if (at === chunk.length) break
        if (at === nextLf) bareLineEnd = true
        else state = 'cr'
        at++
        break
      }
      case 'cr':
        if (octet === LF) state = 'line-start'
        else {
          bareLineEnd = true
          if (octet !== CR) state = 'text'
        }
        at++
        break
      case 'line-start':
        if (octet === DOT) {
          emit(at)
          start = at + 1
          state = 'dot'
        } else {
          if (octet === LF) bareLineEnd = true
          state = octet === CR ? 'cr' : 'text'
        }
        at++
        break
      case 'dot':
        if (octet === LF) bareLineEnd = true
        state = octet === CR ? 'dot-cr' : 'text'
        at++
        break
      case 'dot-cr':
        if (octet === LF) return { content, state, bareLineEnd, rest: chunk.subarray(at + 1) }
        bareLineEnd = true
        if (heldCr) content.push(HELD_CR)
        heldCr = false
        state = octet === CR ? 'cr' : 'text'
        at++
        break
    }
  }
  emit(state === 'dot-cr' ? chunk.length - 1 : chunk.length)
  return { content, state, bareLineEnd }
}

/** Watches content whose octets are counted (BDAT) for a CR or LF that stands alone; `text` where none does and none is begun. */
export type LineEndState = 'text' | 'cr' | 'bare'

export function watchLineEnds(state: LineEndState, chunk: Uint8Array): LineEndState {
  if (chunk.length === 0 || state === 'bare') return state
  if (state === 'cr' && chunk[0] !== LF) return 'bare'
  for (let at = state === 'cr' ? 1 : 0; ; ) {
    const cr = indexOrEnd(chunk, CR, at)
    const lf = indexOrEnd(chunk, LF, at)
    if (lf < cr) return 'bare'
    if (cr === chunk.length) return 'text'
    if (cr === chunk.length - 1) return 'cr'
    if (lf !== cr + 1) return 'bare'
    at = lf + 1
  }
}

function indexOrEnd(chunk: Uint8Array, octet: number, from: number): number {
  const index = chunk.indexOf(octet, from)
  return index < 0 ? chunk.length : index
}
