import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeMailboxName, encodeMailboxName } from '../../../shared/codec/imap/mailbox-name.ts'
import { ParseError } from '../../../shared/codec/parse-error.ts'

const NAMES: [octets: string, name: string][] = [
  ['~peter/mail/&U,BTFw-/&ZeVnLIqe-', '~peter/mail/台北/日本語'], // RFC 3501 §5.1.3
  ['R&AOk-sum&AOk-', 'Résumé'],
  ['Tom &- Jerry', 'Tom & Jerry'],
  ['&-&-', '&&'],
  ['&2D3eAA-', '😀'],
  ['&AOkA6A-', 'éè'],
  ['INBOX/x', 'INBOX/x'],
  ['inbox/x', 'inbox/x'],
  ['"\\%*()', '"\\%*()'],
]
for (const [octets, name] of NAMES) {
  test(`${octets} is ${name}`, () => {
    assert.equal(decodeMailboxName(octets, false), name)
    assert.equal(encodeMailboxName(name, false), octets)
  })
}

test('INBOX in any case is INBOX', () => {
  for (const octets of ['INBOX', 'inbox', 'InBoX']) assert.equal(decodeMailboxName(octets, false), 'INBOX')
  assert.equal(decodeMailboxName('\xc4\xb1nbox', true), 'ınbox')
})

const WRONG: [octets: string, why: string][] = [
  ['&', 'a shift that does not end'],
  ['&AOk', 'a shift that does not end'],
  ['a&b', 'a bare &'],
  ['&AGE-', 'a printable character in base64'],
  ['&U,BTFw-&ZeVnLIqe-', 'a null shift (RFC 3501 §5.1.3)'],
  ['&AOl-', 'bits left over that are not zero'],
  ['&AOkA-', 'half a unit'],
  ['&AO/-', 'the / of ordinary base64'],
  ['&2D0-', 'half a surrogate pair'],
  ['&AAo-', 'a line feed'],
  ['&AAA-', 'NUL'],
  ['\xe9', 'octets above 127 that are not UTF-8'],
  ['\xc3\xa9 & co', 'a bare & beside UTF-8'],
  ['a\tb', 'a control character'],
  ['\x7f', 'DEL'],
]
for (const [octets, why] of WRONG) {
  test(`refused: ${JSON.stringify(octets)}, ${why}`, () =>
    assert.throws(() => decodeMailboxName(octets, false), ParseError))
}

test('UTF-8 is read beside modified UTF-7', () => {
  assert.equal(decodeMailboxName('Entw\xc3\xbcrfe &- R&AOk-sum\xc3\xa9', false), 'Entwürfe & Résumé')
  assert.equal(encodeMailboxName('Entwürfe', false), 'Entw&APw-rfe')
})

test('in UTF-8 names stand as they are', () => {
  assert.equal(decodeMailboxName('R\xc3\xa9sum\xc3\xa9 & co', true), 'Résumé & co')
  assert.equal(encodeMailboxName('Résumé & co', true), 'R\xc3\xa9sum\xc3\xa9 & co')
  assert.equal(decodeMailboxName('&AOk-', true), '&AOk-')
  assert.throws(() => decodeMailboxName('\xe9', true), ParseError)
  assert.throws(() => decodeMailboxName('a\r\nb', true), ParseError)
  assert.throws(() => decodeMailboxName('\xc2\x85', true), ParseError)
})

test('every name comes back as it was, in both ways of writing', () => {
  const printable = fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .filter((name) => name.toUpperCase() !== 'INBOX' && !/[\0-\x1f\x7f-\x9f]/.test(name))
  fc.assert(
    fc.property(printable, (name) => {
      assert.equal(decodeMailboxName(encodeMailboxName(name, false), false), name)
      assert.equal(decodeMailboxName(encodeMailboxName(name, true), true), name)
    }),
    { numRuns: 500 },
  )
})

test('what decodes has one spelling; what does not is refused', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('&', '-', 'A', 'O', 'k', ',', '+', 'x', '\xe9', '/'), { maxLength: 16 }),
      (parts) => {
        const octets = parts.join('')
        let name: string
        try {
          name = decodeMailboxName(octets, false)
        } catch (error) {
          assert.ok(error instanceof ParseError)
          return
        }
        assert.equal(encodeMailboxName(name, false), octets)
      },
    ),
    { numRuns: 3000 },
  )
})
