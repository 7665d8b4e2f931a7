/**
 * A set of UIDs as ascending, disjoint, non-adjacent ranges in one flat list: [first, last, first, last, …]. Stored as varints of the
 * gaps, so that a mailbox with every second message of 100,000 gone is 100 KB, not 800.
 */
export type UidRanges = readonly number[]

/** Takes UIDs in ascending order without repeats. */
export function rangesOf(uids: Iterable<number>): UidRanges {
  const ranges: number[] = []
  for (const uid of uids) {
    if (ranges.length > 0 && ranges[ranges.length - 1] === uid - 1) ranges[ranges.length - 1] = uid
    else ranges.push(uid, uid)
  }
  return ranges
}

export function* uidsIn(ranges: UidRanges): Generator<number> {
  for (let at = 0; at < ranges.length; at += 2) {
    for (let uid = ranges[at]!; uid <= ranges[at + 1]!; uid += 1) yield uid
  }
}

export function countOf(ranges: UidRanges): number {
  let count = 0
  for (let at = 0; at < ranges.length; at += 2) count += ranges[at + 1]! - ranges[at]! + 1
  return count
}

/** Whether `uid` is in the set; logarithmic. */
export function inRanges(ranges: UidRanges, uid: number): boolean {
  let low = 0
  let high = ranges.length / 2
  while (low < high) {
    const middle = (low + high) >> 1
    if (ranges[2 * middle + 1]! < uid) low = middle + 1
    else high = middle
  }
  return 2 * low < ranges.length && ranges[2 * low]! <= uid
}

export function encodeRanges(ranges: UidRanges): Uint8Array {
  const octets: number[] = []
  let previous = 0
  for (const bound of ranges) {
    encodeVarint(octets, bound - previous)
    previous = bound
  }
  return Uint8Array.from(octets)
}

/** Throws RangeError where the octets end inside a number or hold half a range. */
export function decodeRanges(octets: Uint8Array): UidRanges {
  const ranges: number[] = []
  let previous = 0
  let value = 0
  let scale = 1
  for (const octet of octets) {
    value += (octet & 0x7f) * scale
    if (octet & 0x80) {
      scale *= 0x80
      continue
    }
    previous += value
    ranges.push(previous)
    value = 0
    scale = 1
  }
  if (scale !== 1 || ranges.length % 2 === 1) throw new RangeError('UID ranges are cut off')
  return ranges
}

function encodeVarint(octets: number[], value: number): void {
  let rest = value
  while (rest >= 0x80) {
    octets.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  octets.push(rest)
}
