const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const LETTER_U = 0x75
/** `\uXXXX` */
const UNIT_OCTETS = 6
const LOW_SURROGATE = 0xdc00
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Lists and objects one inside the other, and values beside each other or not. */
export interface JsonLimits {
  levels: number
  values: number
}

/**
 * Whether JSON stays within limits, before it is parsed: what is parsed takes many times the room of the text, `[[[[` and `[],[],` above all. Linear in its
 * length, and strings are passed over quickly. Of what is no JSON it says something.
 */
export function isJsonWithin(octets: Uint8Array, { levels, values }: JsonLimits): boolean {
  let level = 0
  let count = 1
  for (let at = 0; at < octets.length; at += 1) {
    const octet = octets[at]
    if (octet === QUOTE) {
      at = endOfString(octets, at)
      if (at < 0) return true // without an end: no JSON
    } else if (octet === OPEN_LIST || octet === OPEN_OBJECT) {
      level += 1
      count += 1
      if (level > levels) return false
    } else if (octet === CLOSE_LIST || octet === CLOSE_OBJECT) level -= 1
    else if (octet === COMMA) count += 1
    if (count > values) return false
  }
  return true
}

/**
 * Whether a string holds half of a surrogate pair, by an escape: no character, which no UTF-8 can say (RFC 8259 §8.2, RFC 7493 §2.1). Linear;
 * of what is no JSON it says something.
 */
export function holdsHalfCharacters(octets: Uint8Array): boolean {
  let at = octets.indexOf(BACKSLASH)
  while (at >= 0) {
    const unit = escapedUnit(octets, at)
    let length = 2
    if (unit !== undefined && isSurrogate(unit)) {
      const low = escapedUnit(octets, at + UNIT_OCTETS)
      if (unit >= LOW_SURROGATE || low === undefined || low < LOW_SURROGATE || !isSurrogate(low)) return true
      length = 2 * UNIT_OCTETS
    }
    at = octets.indexOf(BACKSLASH, at + length)
  }
  return false
}

/** Of `\uXXXX` there. */
function escapedUnit(octets: Uint8Array, at: number): number | undefined {
  if (octets[at] !== BACKSLASH || octets[at + 1] !== LETTER_U) return undefined
  let unit = 0
  for (let digit = at + 2; digit < at + UNIT_OCTETS; digit += 1) {
    const value = Number.parseInt(String.fromCharCode(octets[digit] ?? 0), 16)
    if (Number.isNaN(value)) return undefined
    unit = unit * 16 + value
  }
  return unit
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

/** Of its closing quote; -1 where there is none. */
function endOfString(octets: Uint8Array, start: number): number {
  for (let at = octets.indexOf(QUOTE, start + 1); at >= 0; at = octets.indexOf(QUOTE, at + 1)) {
    let backslashes = 0
    while (octets[at - 1 - backslashes] === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return at
  }
  return -1
}
