/** Where in a message TOP stops (RFC 1939 §7): the header, the empty line behind it, and so many lines of the body. */
export interface TopState {
  part: 'header' | 'body'
  /** Lines of the body still wanted. */
  lines: number
  /** What the line that is open holds so far: nothing, a CR alone, or more. */
  open: 'nothing' | 'cr' | 'text'
}

const LF = 0x0a
const CR = 0x0d

export function startTop(lines: number): TopState {
  return { part: 'header', lines, open: 'nothing' }
}

/** How many octets of the chunk belong to the answer; `state` to go on from, absent where the answer ends there. */
export function cutTop(start: TopState, chunk: Uint8Array): { octets: number; state?: TopState } {
  const state = { ...start }
  let at = 0
  for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, at)) {
    const empty = isEmptyBut(state.open, chunk, at, end)
    at = end + 1
    state.open = 'nothing'
    if (state.part === 'body') state.lines -= 1
    else if (empty) state.part = 'body'
    if (state.part === 'body' && state.lines === 0) return { octets: at }
  }
  if (at < chunk.length) {
    const justCr = state.open === 'nothing' && chunk.length === at + 1 && chunk[at] === CR
    state.open = justCr ? 'cr' : 'text'
  }
  return { octets: chunk.length, state }
}

/** Whether the line that ends at `end` holds nothing, or a CR alone. */
function isEmptyBut(open: TopState['open'], chunk: Uint8Array, at: number, end: number): boolean {
  if (open === 'text') return false
  if (open === 'cr') return end === at
  return end === at || (end === at + 1 && chunk[at] === CR)
}
