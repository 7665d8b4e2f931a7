import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatAstring,
  formatCapability,
  formatCondition,
  formatContinuation,
  formatCount,
  formatFlagsResponse,
  formatMailbox,
  formatNstring,
  formatQuotedDateTime,
  formatString,
} from '../../../shared/codec/imap/format.ts'

const STRINGS: [octets: string, utf8: boolean, formatted: string][] = [
  ['', false, '""'],
  ['a b', false, '"a b"'],
  ['a"b\\c', false, '"a\\"b\\\\c"'],
  ['a\r\nb', false, '{4}\r\na\r\nb'],
  ['\xc3\xa9', false, '{2}\r\n\xc3\xa9'],
  ['\xc3\xa9"', true, '"\xc3\xa9\\""'],
  ['\xe9', true, '{1}\r\n\xe9'],
  ['a\0b', false, '{3}\r\na?b'],
  ['x'.repeat(513), false, `{513}\r\n${'x'.repeat(513)}`],
]
for (const [octets, utf8, formatted] of STRINGS) {
  test(`string ${JSON.stringify(octets).slice(0, 40)}${utf8 ? ' in UTF-8' : ''}`, () =>
    assert.equal(formatString(octets, utf8), formatted))
}

test('astring and nstring', () => {
  assert.equal(formatAstring('INBOX'), 'INBOX')
  assert.equal(formatAstring('nil'), '"nil"')
  assert.equal(formatAstring(''), '""')
  assert.equal(formatAstring('a%'), '"a%"')
  assert.equal(formatNstring(null), 'NIL')
  assert.equal(formatNstring('NIL'), '"NIL"')
  assert.equal(formatMailbox('Entwürfe', false), 'Entw&APw-rfe')
  assert.equal(formatMailbox('Entwürfe', true), '"Entw\xc3\xbcrfe"')
})

test('conditions and response codes', () => {
  assert.equal(formatCondition('a1', 'OK', 'done'), 'a1 OK done\r\n')
  assert.equal(
    formatCondition('A003', 'OK', 'COPY completed', ['COPYUID', 38505, [304, 319, 320], [3956, 3957, 3958]]),
    'A003 OK [COPYUID 38505 304,319:320 3956:3958] COPY completed\r\n', // RFC 4315 §3
  )
  assert.equal(
    formatCondition('*', 'OK', 'Limited', ['PERMANENTFLAGS', { list: ['\\Deleted', '\\*'] }]),
    '* OK [PERMANENTFLAGS (\\Deleted \\*)] Limited\r\n',
  )
  assert.equal(formatCondition('a', 'NO', '', ['LIMIT']), 'a NO [LIMIT] NO\r\n')
  assert.equal(formatCondition('a', 'BAD', 'x\r\n* OK y\xe9'), 'a BAD x??* OK y?\r\n')
})

test('the other lines', () => {
  assert.equal(formatContinuation(''), '+ \r\n')
  assert.equal(formatCapability(['IMAP4rev1', 'IDLE']), '* CAPABILITY IMAP4rev1 IDLE\r\n')
  assert.equal(formatCount(18, 'EXISTS'), '* 18 EXISTS\r\n')
  assert.equal(formatFlagsResponse(['\\Seen', '$x']), '* FLAGS (\\Seen $x)\r\n')
  assert.equal(formatQuotedDateTime(Date.UTC(1996, 6, 7, 9, 44, 25)), '" 7-Jul-1996 09:44:25 +0000"')
})
