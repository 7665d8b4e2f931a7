import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  contains,
  countOf,
  exceeds,
  formatInOrder,
  formatRanges,
  formatSequenceSet,
  intersect,
  mergeRanges,
  type NumberRange,
  type NumberRanges,
  numbersOf,
  parseSequenceSet,
  rangesOf,
  resolveSequenceSet,
  STAR,
  subtract,
} from '../../../shared/codec/imap/sequence-set.ts'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import { cpuMs } from '../../cpu-time.ts'

const RESOLVED: [set: string, largest: number, ranges: string][] = [
  ['2,4:7,9,12:*', 15, '2,4:7,9,12:15'], // RFC 9051 §9, sequence-set
  ['*:4,5:7', 10, '4:10'],
  ['3:*', 2, '2'],
  ['*', 0, ''],
  ['1:*', 0, ''],
  ['1:4294967295', 3, '1:3'],
  ['4294967295:1', 3, '1:3'],
  ['5,3,4,3', 9, '3:5'],
  ['7', 5, ''],
  ['*,*', 5, '5'],
]
for (const [set, largest, ranges] of RESOLVED) {
  test(`${set} where ${largest} is the largest`, () => {
    const parsed = parseSequenceSet(set)
    assert.ok(parsed !== '$')
    assert.equal(formatRanges(resolveSequenceSet(parsed, largest)), ranges)
    assert.equal(formatSequenceSet(parsed), set)
  })
}

for (const set of [
  '',
  ',',
  '1,',
  ':',
  '1:',
  ':1',
  '0',
  '1:0',
  '4294967296',
  '99999999999',
  'a',
  '1:2:3',
  '1 ',
  '$,1',
  '**',
  '-1',
]) {
  test(`${JSON.stringify(set)} is no sequence set`, () => assert.throws(() => parseSequenceSet(set), ParseError))
}

test('what is above the largest number is told', () => {
  const exceedsThree = (set: string) => exceeds(parseSequenceSet(set) as NumberRange[], 3)
  assert.deepEqual(['1:3', '*', '4', '1:4', '4:*'].map(exceedsThree), [false, false, true, true, true])
  assert.equal(exceeds([[STAR, STAR]], 0), true)
})

test('$ is the saved result', () => {
  assert.equal(parseSequenceSet('$'), '$')
  assert.equal(formatSequenceSet('$'), '$')
})

test('numbers in their order, runs only where they ascend', () => {
  assert.equal(formatInOrder([304, 319, 320]), '304,319:320')
  assert.equal(formatInOrder([9, 8, 7, 1, 2]), '9,8,7,1:2')
  assert.equal(formatInOrder([]), '')
})

test('a set of the longest line and ranges of all numbers cost nothing to speak of', () => {
  const startedMs = cpuMs()
  const long = parseSequenceSet(Array.from({ length: 32_000 }, (_, n) => (n * 7919) % 65_536 || 1).join(','))
  const all = parseSequenceSet('1:4294967295')
  assert.ok(long !== '$' && all !== '$')
  assert.equal(countOf(resolveSequenceSet(all, 4_294_967_295)), 4_294_967_295)
  assert.ok(countOf(intersect(resolveSequenceSet(long, 65_536), resolveSequenceSet(all, 4_294_967_295))) > 30_000)
  assert.ok(cpuMs() - startedMs < 3000)
})

test('ranges behave as the sets of numbers they stand for', () => {
  const numbers = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 })
  const asRanges = (list: number[]): NumberRanges => mergeRanges(list.map((n) => [n, n] as const))
  const sorted = (set: Iterable<number>) => [...set].sort((a, b) => a - b)
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const one = asRanges(a)
      const other = asRanges(b)
      assert.deepEqual([...numbersOf(one)], sorted(new Set(a)))
      assert.deepEqual(rangesOf(sorted(a)), one)
      assert.deepEqual([...numbersOf(intersect(one, other))], sorted(new Set(a.filter((n) => b.includes(n)))))
      assert.deepEqual([...numbersOf(subtract(one, other))], sorted(new Set(a.filter((n) => !b.includes(n)))))
      assert.equal(countOf(one), new Set(a).size)
      for (let n = 0; n <= 61; n++) assert.equal(contains(one, n), a.includes(n))
      if (a.length > 0)
        assert.deepEqual(resolveSequenceSet(parseSequenceSet(formatRanges(one)) as NumberRange[], 60), one)
    }),
  )
})
