/** The boundaries of the multiparts that are open at one place of a message (RFC 2046 §5.1.1). */
import { asBuffer, CR, HYPHEN, SPACE, TAB } from './octets.ts'

/** A longer line is no boundary line: it bounds what is held back while a line is incomplete (RFC 5322 §2.1.1, and CR LF). */
export const BOUNDARY_LINE_OCTETS = 1000

interface OpenBoundary {
  boundary: string
  /** The level of the multipart it belongs to, as given to `open`. */
  level: number
  /** LF, two hyphens, and what all boundaries open up to this one begin with: no boundary line is passed over by it. */
  needle: Buffer
  /** Of the boundaries open up to this one. */
  shortest: number
  longest: number
  /** The level that had the same boundary before, if one had. */
  shadowed: number | undefined
}

export interface BoundaryLine {
  level: number
  closes: boolean
}

function commonPrefixLength(one: Uint8Array, other: Uint8Array): number {
  let length = 0
  while (length < one.length && length < other.length && one[length] === other[length]) length++
  return length
}

export class OpenBoundaries {
  #stack: OpenBoundary[] = []
  #levels = new Map<string, number>()

  /** What to search for, or undefined where none is open. */
  get needle(): Buffer | undefined {
    return this.#stack.at(-1)?.needle
  }

  open(boundary: string, level: number): void {
    const outer = this.#stack.at(-1)
    const own = Buffer.from(`\n--${boundary}`, 'latin1')
    this.#stack.push({
      boundary,
      level,
      needle: outer === undefined ? own : own.subarray(0, commonPrefixLength(own, outer.needle)),
      shortest: Math.min(boundary.length, outer?.shortest ?? boundary.length),
      longest: Math.max(boundary.length, outer?.longest ?? 0),
      shadowed: this.#levels.get(boundary),
    })
    this.#levels.set(boundary, level)
  }

  /** Closes the boundaries of `level` and of all levels inside it. */
  closeFrom(level: number): void {
    let last = this.#stack.at(-1)
    while (last !== undefined && last.level >= level) {
      if (last.shadowed === undefined) this.#levels.delete(last.boundary)
      else this.#levels.set(last.boundary, last.shadowed)
      this.#stack.pop()
      last = this.#stack.at(-1)
    }
  }

  /**
   * Whether octets[from, to), a line without its LF, is a boundary line, and of which multipart. White space after it is
   * padding; anything else makes it content, so that neither "--ab" nor "--a b" ends a part of boundary "a" (§5.1.1's
   * grammar, stricter than the prose of §5.1.2, which would cut where an inner boundary begins with an outer one's octets).
   * Where a line is both "--" "a--" and "--" "a" "--", the longer boundary has it.
   */
  match(octets: Uint8Array, from: number, to: number): BoundaryLine | undefined {
    const innermost = this.#stack.at(-1)
    if (innermost === undefined || octets[from] !== HYPHEN || octets[from + 1] !== HYPHEN) return undefined
    if (to - from > BOUNDARY_LINE_OCTETS) return undefined
    let end = to
    while (end > from + 2 && (octets[end - 1] === SPACE || octets[end - 1] === TAB || octets[end - 1] === CR)) end--
    const length = end - from - 2
    if (length < innermost.shortest || length > innermost.longest + 2) return undefined
    const text = asBuffer(octets).toString('latin1', from + 2, end)
    const level = this.#levels.get(text)
    if (level !== undefined) return { level, closes: false }
    const closed = text.endsWith('--') ? this.#levels.get(text.slice(0, -2)) : undefined
    return closed === undefined ? undefined : { level: closed, closes: true }
  }
}
