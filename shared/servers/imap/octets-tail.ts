/** Pieces kept apart, before they become one. */
const MOST_PIECES = 64

/** The last octets of all that went by. */
export class OctetsTail {
  readonly #capacity: number
  #pieces: Uint8Array[] = []
  #length = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  add(octets: Uint8Array): void {
    this.#pieces.push(new Uint8Array(octets)) // a copy: what came may be a view of far more
    this.#length += octets.length
    if (this.#pieces.length > MOST_PIECES || this.#length > 2 * this.#capacity) this.take()
  }

  /** As one, in memory of its own. */
  take(): Uint8Array {
    const all = Buffer.concat(this.#pieces, this.#length)
    const tail = new Uint8Array(all.subarray(Math.max(0, this.#length - this.#capacity)))
    this.#pieces = tail.length === 0 ? [] : [tail]
    this.#length = tail.length
    return tail
  }
}
