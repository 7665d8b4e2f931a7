/** Octets with a name, and what is asked of many of them at once. */

export const TAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SPACE = 0x20
export const HYPHEN = 0x2d
export const COLON = 0x3a

/** A Buffer over the same octets: its search methods are native. */
export function asBuffer(octets: Uint8Array): Buffer {
  return Buffer.isBuffer(octets) ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
}

/**
 * LFs in octets[from, to). Four octets a step and no branch on what they are, so that a body of empty lines costs what
 * any other does; a hop from LF to LF by indexOf is slower on mail and twenty times slower on such a body.
 */
export function countLineFeeds(octets: Uint8Array, from: number, to: number): number {
  let count = 0
  let at = from
  // A line is counted sooner than a view on it is made.
  const alone = to - from < 256 ? to : from + ((4 - ((octets.byteOffset + from) % 4)) % 4)
  while (at < alone) if (octets[at++] === LF) count++
  if (at === to) return count
  const words = new Uint32Array(octets.buffer, octets.byteOffset + at, (to - at) >> 2)
  let word = 0
  while (word < words.length) {
    // Four counters of 8 bits in one number: they are read out before one can overflow.
    const stop = Math.min(words.length, word + 255)
    let sums = 0
    for (; word < stop; word++) {
      const zeroWhereLf = words[word]! ^ 0x0a0a0a0a
      const highBitUnlessLf = ((zeroWhereLf & 0x7f7f7f7f) + 0x7f7f7f7f) | zeroWhereLf
      sums = (sums + ((~highBitUnlessLf >>> 7) & 0x01010101)) | 0
    }
    count += (sums & 255) + ((sums >>> 8) & 255) + ((sums >>> 16) & 255) + (sums >>> 24)
  }
  for (at += words.length * 4; at < to; at++) if (octets[at] === LF) count++
  return count
}
