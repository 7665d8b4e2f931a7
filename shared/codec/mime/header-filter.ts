import { asBuffer, COLON, CR, LF, SPACE, TAB } from './octets.ts'

/** No field of interest has a longer name. */
const MOST_NAME_OCTETS = 80
/** A field of interest is looked at so far; a longer one is judged by its beginning. */
const MOST_FIELD_OCTETS = 16 * 1024

/** Whether a field stays. `field` is its octets from the name on, folded as it came, perhaps cut off. */
export type KeepField = (name: string, field: Buffer) => boolean

/**
 * Takes fields out of a message's header as its octets go by (RFC 5322 §2.2); all other octets are passed on as they are. Only fields with
 * the given names (lower case) are held back and asked about. Memory: one field, cut at 16 KiB.
 */
export class HeaderFilter {
  /** Octets of the header so far, its empty line included, and whether it has ended. */
  headerOctets = 0
  headerEnded = false
  removedOctets = 0
  readonly #names: ReadonlySet<string>
  readonly #initials: ReadonlySet<number>
  readonly #keep: KeepField
  /** `name`: the name is not complete; `asked`: a field to ask about; `cr`: a line of which only a CR has come. */
  #mode: 'name' | 'asked' | 'pass' | 'drop' | 'cr' = 'pass'
  #name = ''
  #held: Buffer[] = []
  #heldOctets = 0
  #lineStart = true

  constructor(names: ReadonlySet<string>, keep: KeepField) {
    this.#names = names
    this.#initials = new Set([...names].map((name) => name.charCodeAt(0)))
    this.#keep = keep
  }

  /** What goes on of what came; parts of `chunk` itself where they can be, and as few as can be. */
  write(chunk: Uint8Array): Uint8Array[] {
    if (this.headerEnded) return [chunk]
    const octets = asBuffer(chunk)
    const out: Uint8Array[] = []
    let passing = 0 // what goes on in one piece begins here
    let at = 0
    while (at < octets.length && !this.headerEnded) {
      const found = octets.indexOf(LF, at)
      const end = found < 0 ? octets.length : found + 1
      if (!this.#passes(octets[at]!)) {
        if (passing < at) out.push(octets.subarray(passing, at))
        this.#line(octets.subarray(at, end), out)
        passing = end
      }
      this.#lineStart = found >= 0
      at = end
    }
    this.headerOctets += at
    if (passing < octets.length) out.push(octets.subarray(passing))
    return out
  }

  /** What was held back when the octets ended. */
  end(): Uint8Array[] {
    const out: Uint8Array[] = []
    this.#endField(out)
    return out
  }

  /** Whether a line (or its rest) that begins so goes on without a closer look, as nearly all do. */
  #passes(first: number): boolean {
    if (!this.#lineStart || first === SPACE || first === TAB) return this.#mode === 'pass'
    if ((this.#mode !== 'pass' && this.#mode !== 'drop') || first === CR || first === LF) return false
    if (this.#initials.has(first | 0x20)) return false // bit 5 makes letters lower case
    this.#mode = 'pass'
    return true
  }

  /** A line with its LF, or as much of one as is there. */
  #line(part: Buffer, out: Uint8Array[]): void {
    const first = part[0]!
    if (this.#mode === 'cr') {
      // The held CR is all that came of this line; with LF it is the empty line.
      if (first === LF) {
        this.#endHeader(part, out)
        return
      }
      this.#mode = 'pass'
      out.push(...this.#takeHeld())
    } else if (this.#lineStart && first !== SPACE && first !== TAB) {
      this.#endField(out)
      if (first === LF || (first === CR && part[1] === LF)) {
        this.#endHeader(part, out)
        return
      }
      this.#mode = first === CR && part.length === 1 ? 'cr' : 'name'
    }
    this.#add(part, out)
  }

  #add(part: Buffer, out: Uint8Array[]): void {
    if (this.#mode === 'pass') out.push(part)
    else if (this.#mode === 'drop') this.removedOctets += part.length
    else {
      this.#held.push(Buffer.from(part)) // a copy: the caller's buffer is its own
      this.#heldOctets += part.length
      if (this.#mode === 'name') this.#readName(out)
      if (this.#mode === 'asked' && this.#heldOctets > MOST_FIELD_OCTETS) this.#decide(out)
    }
  }

  #readName(out: Uint8Array[]): void {
    const held = this.#gather()
    const colon = held.indexOf(COLON)
    if (colon < 0 && held.length <= MOST_NAME_OCTETS && !held.includes(LF)) return
    // Space before the colon is obsolete, and still read by everybody (RFC 5322 §4.5).
    this.#name = colon < 0 ? '' : held.toString('latin1', 0, colon).trimEnd().toLowerCase()
    if (this.#names.has(this.#name)) {
      this.#mode = 'asked'
      return
    }
    this.#mode = 'pass'
    out.push(...this.#takeHeld())
  }

  #endField(out: Uint8Array[]): void {
    if (this.#mode === 'asked') this.#decide(out)
    else out.push(...this.#takeHeld())
  }

  #decide(out: Uint8Array[]): void {
    const field = this.#gather()
    if (this.#keep(this.#name, field)) {
      this.#mode = 'pass'
      out.push(...this.#takeHeld())
    } else {
      this.#mode = 'drop'
      this.removedOctets += field.length
      this.#takeHeld()
    }
  }

  #endHeader(part: Buffer, out: Uint8Array[]): void {
    out.push(...this.#takeHeld(), part)
    this.headerEnded = true
  }

  #gather(): Buffer {
    if (this.#held.length > 1) this.#held = [Buffer.concat(this.#held)]
    return this.#held[0] ?? Buffer.alloc(0)
  }

  #takeHeld(): Buffer[] {
    const held = this.#held
    this.#held = []
    this.#heldOctets = 0
    return held
  }
}
