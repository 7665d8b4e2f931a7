/**
 * Message numbers and UIDs as ranges (RFC 9051 §9, sequence-set). Nothing here ever counts through a range, as
 * `1:4294967295` is nine words of a client and four thousand million numbers.
 */
import { ParseError } from '../parse-error.ts'

/** Both ends included, `first` ≤ `last`. */
export type NumberRange = readonly [first: number, last: number]

/** Ascending, disjoint and not adjacent: the one form of a set of numbers. */
export type NumberRanges = readonly NumberRange[]

/** `*`: the largest number in use. */
export const STAR = Number.POSITIVE_INFINITY

/** As written: in any order, overlapping, with STAR; or `$`, the result of the last search saved (RFC 5182 §2.1). */
export type SequenceSet = readonly (readonly [number, number])[] | '$'

const MAX_NUMBER = 0xffff_ffff

/** Reads a whole sequence-set. Throws ParseError. */
export function parseSequenceSet(text: string): SequenceSet {
  if (text === '$') return '$'
  return text.split(',').map((range) => {
    const colon = range.indexOf(':')
    if (colon < 0) {
      const number = parseSequenceNumber(range)
      return [number, number] as const
    }
    return [parseSequenceNumber(range.slice(0, colon)), parseSequenceNumber(range.slice(colon + 1))] as const
  })
}

function parseSequenceNumber(text: string): number {
  if (text === '*') return STAR
  let value = text.length <= 10 ? 0 : Number.NaN
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) throw new ParseError('A sequence set holds numbers, : , and *')
    value = value * 10 + digit
  }
  if (!(value >= 1 && value <= MAX_NUMBER)) throw new ParseError('A number in a sequence set is from 1 to 4294967295')
  return value
}

/**
 * What the set means while `largest` is the largest number in use: `*` is `largest`, and what is above it is left out.
 * `3:*` with 2 as the largest is 2:3, so 2 (RFC 9051 §9, seq-range). None in use (0): empty.
 */
export function resolveSequenceSet(set: Exclude<SequenceSet, '$'>, largest: number): NumberRanges {
  const ranges: NumberRange[] = []
  for (const [a, b] of set) {
    const one = a === STAR ? largest : a
    const other = b === STAR ? largest : b
    const first = Math.min(one, other)
    const last = Math.min(Math.max(one, other), largest)
    if (first >= 1 && first <= last) ranges.push([first, last])
  }
  return mergeRanges(ranges)
}

/** Whether the set names a number above `largest`, which for message numbers is an error of the client (RFC 9051 §9). */
export function exceeds(set: Exclude<SequenceSet, '$'>, largest: number): boolean {
  return set.some(
    ([a, b]) => (a === STAR ? largest : a) > largest || (b === STAR ? largest : b) > largest || largest === 0,
  )
}

/** Any ranges, brought into the one form. */
export function mergeRanges(ranges: NumberRanges): NumberRanges {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const [first, last] of sorted) {
    const before = merged.at(-1)
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else merged.push([first, last])
  }
  return merged
}

/** Ascending numbers, as a list of messages has them, as ranges. */
export function rangesOf(ascending: Iterable<number>): NumberRanges {
  const ranges: [number, number][] = []
  for (const number of ascending) {
    const before = ranges.at(-1)
    if (before && number <= before[1] + 1) before[1] = number
    else ranges.push([number, number])
  }
  return ranges
}

export function countOf(ranges: NumberRanges): number {
  let count = 0
  for (const [first, last] of ranges) count += last - first + 1
  return count
}

export function contains(ranges: NumberRanges, number: number): boolean {
  let low = 0
  let high = ranges.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const [first, last] = ranges[middle]!
    if (number < first) high = middle - 1
    else if (number > last) low = middle + 1
    else return true
  }
  return false
}

/** What both hold, in time of their ranges. */
export function intersect(a: NumberRanges, b: NumberRanges): NumberRanges {
  const both: NumberRange[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const first = Math.max(a[i]![0], b[j]![0])
    const last = Math.min(a[i]![1], b[j]![1])
    if (first <= last) both.push([first, last])
    if (a[i]![1] < b[j]![1]) i++
    else j++
  }
  return both
}

/** What `a` holds and `b` does not. */
export function subtract(a: NumberRanges, b: NumberRanges): NumberRanges {
  const left: NumberRange[] = []
  let j = 0
  for (const [first, last] of a) {
    let from = first
    while (j < b.length && b[j]![1] < from) j++
    for (let k = j; k < b.length && b[k]![0] <= last; k++) {
      if (b[k]![0] > from) left.push([from, b[k]![0] - 1])
      from = Math.max(from, b[k]![1] + 1)
    }
    if (from <= last) left.push([from, last])
  }
  return left
}

/** Each number in turn: bound the ranges first (`resolveSequenceSet`, `intersect`), or this has no end worth waiting for. */
export function* numbersOf(ranges: NumberRanges): Generator<number> {
  for (const [first, last] of ranges) for (let number = first; number <= last; number++) yield number
}

/** `1:4,7`. Empty is '', which no response may carry (RFC 9051 §9): leave the item or response out. */
export function formatRanges(ranges: NumberRanges): string {
  let text = ''
  for (const [first, last] of ranges) {
    if (text !== '') text += ','
    text += first === last ? first : `${first}:${last}`
  }
  return text
}

/** Numbers in the order given, as COPYUID wants its second set to follow its first: `9,1:3` (RFC 9051 §7.1, COPYUID). */
export function formatInOrder(numbers: readonly number[]): string {
  const runs: [number, number][] = []
  for (const number of numbers) {
    const run = runs.at(-1)
    if (run && number === run[1] + 1) run[1] = number
    else runs.push([number, number])
  }
  return formatRanges(runs)
}

/** The set as a client writes it. */
export function formatSequenceSet(set: SequenceSet): string {
  if (set === '$') return '$'
  const name = (number: number) => (number === STAR ? '*' : String(number))
  return set.map(([a, b]) => (a === b ? name(a) : `${name(a)}:${name(b)}`)).join(',')
}
