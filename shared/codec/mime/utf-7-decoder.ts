import { HYPHEN } from './octets.ts'

const PLUS = 0x2b
const NO_DIGIT = -1

/** Base64 without padding (RFC 2152, Rule 2). */
const DIGITS = new Int8Array(256).fill(NO_DIGIT)
for (const [value, digit] of Buffer.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
).entries()) {
  DIGITS[digit] = value
}

/** UTF-7 (RFC 2152): octets of their own meaning, and between "+" and what is no digit UTF-16 in base64. Whatever comes, there is a text. */
export class Utf7Decoder {
  /** Digits since the "+"; undefined: in no run. */
  #digits: number | undefined
  #bits = 0
  #bitCount = 0

  write(octets: Uint8Array): string {
    const units = new Uint16Array(octets.length) // no octet makes two
    let length = 0
    for (const octet of octets) {
      if (this.#digits === undefined) {
        if (octet === PLUS) this.#begin()
        else units[length++] = octet
        continue
      }
      const value = DIGITS[octet]!
      if (value === NO_DIGIT) {
        // "+-" is "+"; any other "-" that ends a run goes with it. Bits that make no unit are padding.
        if (octet === HYPHEN && this.#digits === 0) units[length++] = PLUS
        else if (octet !== HYPHEN) units[length++] = octet
        this.#digits = undefined
        continue
      }
      this.#digits++
      this.#bits = ((this.#bits << 6) | value) & 0x3f_ffff
      this.#bitCount += 6
      if (this.#bitCount < 16) continue
      this.#bitCount -= 16
      units[length++] = this.#bits >> this.#bitCount
    }
    return textOf(units.subarray(0, length))
  }

  end(): string {
    this.#digits = undefined
    return ''
  }

  #begin(): void {
    this.#digits = 0
    this.#bits = 0
    this.#bitCount = 0
  }
}

const AT_ONCE = 8192

function textOf(units: Uint16Array): string {
  let text = ''
  for (let at = 0; at < units.length; at += AT_ONCE) {
    text += String.fromCharCode(...units.subarray(at, at + AT_ONCE))
  }
  return text
}
