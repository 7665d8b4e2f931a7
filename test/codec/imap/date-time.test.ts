import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatDate, formatDateTime, parseDate, parseDateTime } from '../../../shared/codec/imap/date-time.ts'
import { ParseError } from '../../../shared/codec/parse-error.ts'

const DATES: [text: string, iso: string][] = [
  ['1-Feb-1994', '1994-02-01'],
  ['01-FEB-1994', '1994-02-01'],
  ['29-Feb-2024', '2024-02-29'],
  ['31-Dec-0001', '0001-12-31'],
  ['1-Jan-1970', '1970-01-01'],
]
for (const [text, iso] of DATES) {
  test(text, () => assert.equal(parseDate(text), Date.parse(`${iso}T00:00:00Z`) / 86_400_000))
}
for (const text of [
  '',
  '1-Feb',
  '1-Feb-94',
  '1-Feb-1994-1',
  '29-Feb-2023',
  '0-Jan-2000',
  '32-Jan-2000',
  '1-Foo-2000',
  '001-Jan-2000',
  '-Jan-2000',
  ' 1-Jan-2000',
  '1-Jan-20x0',
]) {
  test(`${JSON.stringify(text)} is no date`, () => assert.throws(() => parseDate(text), ParseError))
}

const DATE_TIMES: [text: string, iso: string][] = [
  ['17-Jul-1996 02:44:25 -0700', '1996-07-17T09:44:25Z'],
  [' 7-Feb-1994 21:52:25 -0800', '1994-02-08T05:52:25Z'],
  ['07-feb-1994 00:00:00 +0530', '1994-02-06T18:30:00Z'],
  ['31-Dec-2016 23:59:60 +0000', '2017-01-01T00:00:00Z'],
]
for (const [text, iso] of DATE_TIMES) test(text, () => assert.equal(parseDateTime(text), Date.parse(iso)))
for (const text of [
  '',
  '7-Feb-1994 21:52:25 -0800',
  ' 7-Feb-1994 24:52:25 -0800',
  ' 7-Feb-1994 21:60:25 -0800',
  ' 7-Feb-1994 21:52:25 00800',
  ' 7-Feb-1994 21:52:25 +08x0',
  ' 7-Feb-1994T21:52:25 +0800',
  ' 7-Feb-1994 21.52.25 +0800',
  '  -Feb-1994 21:52:25 +0800',
]) {
  test(`${JSON.stringify(text)} is no date-time`, () => assert.throws(() => parseDateTime(text), ParseError))
}

test('dates come back as they were', () => {
  fc.assert(
    fc.property(fc.integer({ min: -700_000, max: 2_900_000 }), fc.integer({ min: 0, max: 86_399 }), (day, second) => {
      assert.equal(parseDate(formatDate(day)), day)
      const epochMs = (day * 86_400 + second) * 1000
      assert.equal(parseDateTime(formatDateTime(epochMs)), epochMs)
      assert.equal(formatDateTime(epochMs + 999), formatDateTime(epochMs))
    }),
  )
})
