import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatAstring, formatNstring, formatString } from '../../../shared/codec/imap/format.ts'
import { Cursor } from '../../../shared/codec/imap/tokens.ts'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import { argsOf } from './parse-table.ts'

const cursor = (text: string) => new Cursor({ text, literals: [] })

const NUMBERS: [text: string, number: number | undefined, number64: number | undefined][] = [
  ['0', 0, 0],
  ['4294967295', 4294967295, 4294967295],
  ['4294967296', undefined, 4294967296],
  ['9223372036854775807', undefined, Number.MAX_SAFE_INTEGER],
  ['00000000000000000001', undefined, undefined],
  ['', undefined, undefined],
  ['-1', undefined, undefined],
  ['x', undefined, undefined],
]
for (const [text, number, number64] of NUMBERS) {
  test(`number ${JSON.stringify(text)}`, () => {
    for (const [read, expected] of [
      [() => cursor(text).number(), number],
      [() => cursor(text).number64(), number64],
    ] as const) {
      if (expected === undefined) assert.throws(read, ParseError)
      else assert.equal(read(), expected)
    }
  })
}

const PARTIALS: [text: string, expected: unknown][] = [
  ['<0.2048>', { offset: 0, count: 2048 }],
  ['<5000000000.1>', { offset: 5_000_000_000, count: 1 }],
  ['', undefined],
]
for (const [text, expected] of PARTIALS)
  test(`partial ${text}`, () => assert.deepEqual(cursor(text).partial(), expected))
for (const text of ['<0>', '<0.0>', '<.1>', '<1.>', '<1.2', '<-1.2>']) {
  test(`no partial: ${text}`, () => assert.throws(() => cursor(text).partial(), ParseError))
}

test('dates stand with or without quotes, date-times with them', () => {
  assert.equal(cursor('1-Feb-1994').date(), 8797)
  assert.equal(cursor('"1-Feb-1994"').date(), 8797)
  assert.equal(cursor('" 1-Feb-1994 00:00:00 +0000"').dateTime(), 8797 * 86_400_000)
  assert.throws(() => cursor('1-Feb-1994').dateTime(), ParseError)
})

test('flags', () => {
  assert.deepEqual(cursor('(\\SEEN \\flagged $Forwarded NonJunk)').flagList(), [
    '\\Seen',
    '\\Flagged',
    '$Forwarded',
    'NonJunk',
  ])
  assert.deepEqual(cursor('()').flagList(), [])
  for (const text of ['(\\Seen', '(\\ Seen)', '( \\Seen)', '(\\Seen )', '("x")', '(\\*)', '\\Seen']) {
    assert.throws(() => cursor(text).flagList(), ParseError, text)
  }
})

test('NIL is nothing, "NIL" is a word', () => {
  assert.equal(cursor('nil').nstring(), null)
  assert.equal(cursor('"NIL"').nstring(), 'NIL')
  assert.throws(() => cursor('NILS').nstring(), ParseError)
})

test('words end where they end', () => {
  assert.equal(cursor('RETURNS').skipWord('RETURN'), false)
  assert.equal(cursor('return (').skipWord('RETURN'), true)
  const args = cursor(' (LAZYX)')
  assert.equal(args.skipSpaceOption('LAZY'), false)
  assert.equal(args.skip(' '), true)
})

test('strings come back as they were formatted, whatever is in them but NUL', () => {
  const octets = fc.string({
    unit: fc.integer({ min: 1, max: 255 }).map((octet) => String.fromCharCode(octet)),
    maxLength: 600,
  })
  // What the server formats and what a client writes differ in one thing: a literal that does not wait has a +.
  const asSent = (text: string) => text.replace(/^\{(\d+)\}/, '{$1+}')
  fc.assert(
    fc.property(octets, fc.boolean(), (value, utf8) => {
      const read = (text: string) => {
        const args = argsOf(`X ${asSent(text)}`)
        args.space()
        return args
      }
      assert.equal(read(formatString(value, utf8)).string(), value)
      assert.equal(read(formatAstring(value, utf8)).astring(), value)
      assert.equal(read(formatNstring(value, utf8)).nstring(), value)
    }),
    { numRuns: 1000 },
  )
})
