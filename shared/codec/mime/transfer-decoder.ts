/**
 * Content-Transfer-Encodings undone (RFC 2045 §6), for BINARY (RFC 3516) and for text. Nothing is refused, and the result
 * does not depend on how the octets are cut into chunks.
 */
import { CR, LF, SPACE, TAB } from './octets.ts'

export interface OctetStream {
  write(octets: Uint8Array): Uint8Array
  /** What was held back; the stream is over. */
  end(): Uint8Array
}

const NOTHING = new Uint8Array()
const EQUALS = 0x3d

/** 0 to 63, 64 for "=", 255 for octets that are no base64 and are passed over (§6.8). */
const BASE64_VALUE = new Uint8Array(256).fill(255)
for (const [value, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  BASE64_VALUE[char.charCodeAt(0)] = value
}
BASE64_VALUE[EQUALS] = 64

/** "=" ends a group of four, not the data: bodies that are several encodings one after the other are read whole. */
class Base64Decoder implements OctetStream {
  #bits = 0
  #count = 0

  write(octets: Uint8Array): Uint8Array {
    const decoded = new Uint8Array(Math.ceil((octets.length + 3) / 4) * 3)
    let length = 0
    let bits = this.#bits
    let count = this.#count
    for (let at = 0; at < octets.length; at++) {
      const value = BASE64_VALUE[octets[at]!]!
      if (value < 64) {
        bits = ((bits & 0x3ffff) << 6) | value
        if (++count < 4) continue
        decoded[length++] = bits >> 16
        decoded[length++] = bits >> 8
        decoded[length++] = bits
        count = 0
      } else if (value === 64) {
        length = this.#flush(decoded, length, bits, count)
        count = 0
      }
    }
    this.#bits = bits
    this.#count = count
    return decoded.subarray(0, length)
  }

  /** Data that ends without its padding is decoded as far as whole octets go. */
  end(): Uint8Array {
    const rest = new Uint8Array(2)
    return rest.subarray(0, this.#flush(rest, 0, this.#bits, this.#count))
  }

  #flush(into: Uint8Array, from: number, bits: number, count: number): number {
    let length = from
    if (count === 2) into[length++] = bits >> 4
    if (count === 3) {
      into[length++] = bits >> 10
      into[length++] = bits >> 2
    }
    return length
  }
}

function hexValue(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30
  const letter = octet | 0x20 // lower case is wrong but meant (§6.7, note to rule 1)
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** The octet of two hex digits; -1 if they are not. */
function hexOctet(high: number, low: number): number {
  const highValue = hexValue(high)
  const lowValue = hexValue(low)
  return highValue === -1 || lowValue === -1 ? -1 : (highValue << 4) | lowValue
}

/** White space longer than a line may be (RFC 5322 §2.1.1) is content: it bounds what is held back. */
const HELD_OCTETS = 998

type QuotedPrintableState = 'text' | 'space' | 'space-cr' | 'equals' | 'equals-hex' | 'equals-space' | 'equals-cr'

/**
 * White space at the end of a line is dropped (rule 3), a soft line break goes with what white space was added to it, and
 * an "=" that begins nothing valid is kept as it is. What is undecided is held back.
 */
class QuotedPrintableDecoder implements OctetStream {
  #state: QuotedPrintableState = 'text'
  #held = new Uint8Array(HELD_OCTETS)
  #heldLength = 0
  #decoded: Uint8Array = NOTHING
  #length = 0

  write(octets: Uint8Array): Uint8Array {
    this.#decoded = new Uint8Array(this.#heldLength + octets.length)
    this.#length = 0
    let at = 0
    while (at < octets.length) {
      if (this.#state === 'text') at = this.#plain(octets, at)
      if (at < octets.length && this.#takes(octets[at]!)) at++
    }
    return this.#decoded.subarray(0, this.#length)
  }

  /** The end of the data ends its last line: white space before it goes, and so does an "=". */
  end(): Uint8Array {
    this.#decoded = new Uint8Array(this.#heldLength)
    this.#length = 0
    if (this.#state === 'equals-hex') this.#flush()
    if (this.#state === 'space-cr') this.#decoded[this.#length++] = CR
    this.#drop()
    return this.#decoded.subarray(0, this.#length)
  }

  /** Copies what the octets at hand decide by themselves, which is nearly all, and tells where that ends. */
  #plain(octets: Uint8Array, from: number): number {
    const decoded = this.#decoded
    let length = this.#length
    let at = from
    for (; at < octets.length; at++) {
      const octet = octets[at]!
      if (octet === EQUALS) {
        const value = at + 2 < octets.length ? hexOctet(octets[at + 1]!, octets[at + 2]!) : -1
        if (value === -1) break
        decoded[length++] = value
        at += 2
      } else if (octet !== SPACE && octet !== TAB) decoded[length++] = octet
      else if (octets[at + 1]! > SPACE) decoded[length++] = octet
      else break // the line may end after it, or the chunk does
    }
    this.#length = length
    return at
  }

  /** Moves on by one octet; false where it ended what is held and is itself still to be read. */
  #takes(octet: number): boolean {
    const state = this.#state
    const isSpace = octet === SPACE || octet === TAB
    if (state === 'text') return this.#hold(octet, octet === EQUALS ? 'equals' : 'space')
    if (octet === LF && state !== 'equals-hex') {
      const ending = state === 'space' ? [LF] : state === 'space-cr' ? [CR, LF] : []
      this.#drop()
      for (const each of ending) this.#decoded[this.#length++] = each
      return true
    }
    if (state === 'space') {
      if (isSpace) return this.#hold(octet, 'space')
      if (octet === CR) return this.#hold(octet, 'space-cr')
    } else if (state === 'equals' || state === 'equals-space') {
      if (isSpace) return this.#hold(octet, 'equals-space')
      if (octet === CR) return this.#hold(octet, 'equals-cr')
      if (state === 'equals' && hexValue(octet) !== -1) return this.#hold(octet, 'equals-hex')
    } else if (state === 'equals-hex' && hexValue(octet) !== -1) {
      const high = this.#held[1]!
      this.#drop()
      this.#decoded[this.#length++] = hexOctet(high, octet)
      return true
    }
    this.#flush()
    return false
  }

  /** False at the limit: what was held is content, and the octet is read anew. */
  #hold(octet: number, state: QuotedPrintableState): boolean {
    if (this.#heldLength >= HELD_OCTETS) {
      this.#flush()
      return false
    }
    this.#held[this.#heldLength++] = octet
    this.#state = state
    return true
  }

  #flush(): void {
    this.#decoded.set(this.#held.subarray(0, this.#heldLength), this.#length)
    this.#length += this.#heldLength
    this.#drop()
  }

  #drop(): void {
    this.#heldLength = 0
    this.#state = 'text'
  }
}

/** 7bit, 8bit and binary (§6.2): the octets are the content. */
class IdentityDecoder implements OctetStream {
  write(octets: Uint8Array): Uint8Array {
    return octets
  }

  end(): Uint8Array {
    return NOTHING
  }
}

/** Whether it is one of the five encodings of RFC 2045; BINARY answers others with NO [UNKNOWN-CTE] (RFC 3516 §4.3). */
export function isKnownEncoding(encoding: string): boolean {
  return ['7bit', '8bit', 'binary', 'base64', 'quoted-printable'].includes(encoding)
}

/** A decoder for `MimePart.encoding`; one that nobody knows is read as if it were not there. */
export function transferDecoder(encoding: string): OctetStream {
  if (encoding === 'base64') return new Base64Decoder()
  return encoding === 'quoted-printable' ? new QuotedPrintableDecoder() : new IdentityDecoder()
}

/** Octets at hand whole. */
export function decodeTransfer(octets: Uint8Array, encoding: string): Uint8Array {
  const decoder = transferDecoder(encoding)
  const decoded = decoder.write(octets)
  const rest = decoder.end()
  return rest.length === 0 ? decoded : Buffer.concat([decoded, rest])
}

/** BINARY.SIZE where it needs no reading: a body of `octets` that is its own content. undefined: it has to be decoded. */
export function decodedSizeOctets(encoding: string, octets: number): number | undefined {
  return encoding === 'base64' || encoding === 'quoted-printable' ? undefined : octets
}
