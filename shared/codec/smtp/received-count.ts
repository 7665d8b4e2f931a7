const CR = 0x0d
const LF = 0x0a
const NAME = Buffer.from('received:')

/** Counts the Received fields of a message's header as its octets go by: each stands for one hop (RFC 5321 §6.3). */
export class ReceivedCount {
  count = 0
  /** Octets of the line so far that are those of `NAME`; -1: this line is another. */
  #matched = 0
  #lineOctets = 0
  #headerEnded = false

  add(content: Uint8Array): void {
    for (let at = 0; at < content.length && !this.#headerEnded; at++) {
      const octet = content[at]!
      if (octet === LF) {
        // The empty line ends the header (RFC 5322 §2.1).
        if (this.#lineOctets === 0) this.#headerEnded = true
        this.#matched = 0
        this.#lineOctets = 0
        continue
      }
      if (octet === CR) continue
      this.#lineOctets++
      if (this.#matched < 0) continue
      // Setting bit 5 makes letters lower case and leaves the colon as it is.
      if ((octet | 0x20) !== NAME[this.#matched]) this.#matched = -1
      else if (++this.#matched === NAME.length) {
        this.count++
        this.#matched = -1
      }
    }
  }
}
