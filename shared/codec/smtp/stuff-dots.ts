const CR = 0x0d
const LF = 0x0a
const DOT = Uint8Array.of(0x2e)
const END = Buffer.from('.\r\n')
const LINE_END_AND_END = Buffer.from('\r\n.\r\n')

/**
 * Content as it goes after DATA: a line that begins with a dot gets another one, and a line with a dot alone ends it (RFC 5321 §4.5.2). The
 * content's own lines end in CR LF, or it would not be sent. Pieces are of the chunk, not copies.
 */
export class DotStuffing {
  /** The last two octets that went: DATA begins with a line. */
  #before = CR
  #last = LF

  write(chunk: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = []
    let start = 0
    for (let at = chunk.indexOf(DOT[0]!); at >= 0; at = chunk.indexOf(DOT[0]!, at + 1)) {
      if ((at === 0 ? this.#last : chunk[at - 1]) !== LF) continue
      if (at > start) pieces.push(chunk.subarray(start, at))
      pieces.push(DOT)
      start = at
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start))
    if (chunk.length > 1) this.#before = chunk[chunk.length - 2]!
    else if (chunk.length === 1) this.#before = this.#last
    if (chunk.length > 0) this.#last = chunk[chunk.length - 1]!
    return pieces
  }

  /** What ends it, on a line of its own. */
  end(): Uint8Array {
    return this.#before === CR && this.#last === LF ? END : LINE_END_AND_END
  }
}

/** Each CR or LF that stands alone becomes CR LF: RFC 5321 §2.3.8 lets nobody send one, and servers read such lines each in their way. */
export class LineEnding {
  #heldCr = false

  write(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk
    const ended = new Uint8Array(2 * chunk.length + 2)
    let length = 0
    for (const octet of chunk) {
      // A CR counts when its successor is known: CR LF is one end of a line, CR and anything else as well.
      if (octet === LF || this.#heldCr) {
        ended[length++] = CR
        ended[length++] = LF
      }
      this.#heldCr = octet === CR
      if (octet !== CR && octet !== LF) ended[length++] = octet
    }
    return ended.subarray(0, length)
  }

  end(): Uint8Array {
    return this.#heldCr ? Uint8Array.of(CR, LF) : new Uint8Array()
  }
}
