import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import { formatAddress, parseAddress } from '../../../shared/codec/smtp/address.ts'

const LABEL_63 = 'd'.repeat(63)
const VALID: [text: string, localPart: string, domain: string, formatted?: string][] = [
  ['a@b.test', 'a', 'b.test'],
  ['Alice@EXAMPLE.Test', 'Alice', 'example.test', 'Alice@example.test'],
  ["!#$%&'*+-/=?^_`{|}~@b.test", "!#$%&'*+-/=?^_`{|}~", 'b.test'],
  ['a.b.c@b', 'a.b.c', 'b'],
  ['"a b"@b.test', 'a b', 'b.test'],
  ['"a"@b.test', 'a', 'b.test', 'a@b.test'],
  ['"a\\"b\\\\c"@b.test', 'a"b\\c', 'b.test'],
  ['"a\\b"@b.test', 'ab', 'b.test', 'ab@b.test'],
  ['""@b.test', '', 'b.test'],
  ['"a@b>"@b.test', 'a@b>', 'b.test'],
  ['".a."@b.test', '.a.', 'b.test'],
  ['a@[192.0.2.1]', 'a', '[192.0.2.1]'],
  ['a@[ipv6:2001:DB8::1]', 'a', '[IPv6:2001:db8::1]', 'a@[IPv6:2001:db8::1]'],
  ['a@[IPv6:::ffff:192.0.2.1]', 'a', '[IPv6:::ffff:192.0.2.1]'],
  ['a@1-2.3', 'a', '1-2.3'],
  ['a@xn--bcher-kva.test', 'a', 'xn--bcher-kva.test'],
  ['a@Bücher.test', 'a', 'xn--bcher-kva.test', 'a@xn--bcher-kva.test'],
  ['jürgen@b.test', 'jürgen', 'b.test'],
  ['"jür gen"@b.test', 'jür gen', 'b.test'],
  ['ユーザ@例え.テスト', 'ユーザ', 'xn--r8jz45g.xn--zckzah', 'ユーザ@xn--r8jz45g.xn--zckzah'],
  [`${'l'.repeat(64)}@b.test`, 'l'.repeat(64), 'b.test'],
  [`a@${LABEL_63}.test`, 'a', `${LABEL_63}.test`],
]
const INVALID = [
  '',
  'a',
  'a@',
  '@b.test',
  'a@@b.test',
  'a b@c.test',
  '.a@b.test',
  'a.@b.test',
  'a..b@b.test',
  '"a@b.test',
  '"a"b@b.test',
  'a"b"@b.test',
  '"a\\"@b.test',
  '"a\u0001"@b.test',
  'a@b..test',
  'a@.test',
  'a@b.test.',
  'a@-b.test',
  'a@b-.test',
  'a@b_c.test',
  'a@[192.0.2]',
  'a@[192.0.2.256]',
  'a@[192.0.2.1',
  'a@192.0.2.1]',
  'a@[2001:db8::1]',
  'a@[IPv6:1::2::3]',
  'a@[IPv6:fe80::1%eth0]',
  'a@[x:y]',
  'a@b.test ',
  ' a@b.test',
  'a@b.test>',
  '<a@b.test>',
  'a(c)@b.test',
  'a@b.test\r\n',
  'a@b\0.test',
  'a,b@c.test',
  `${'l'.repeat(65)}@b.test`,
  `a@${'d'.repeat(64)}.test`,
  `a@${Array(5).fill(LABEL_63).join('.')}`,
  `${'ü'.repeat(33)}@b.test`,
  'a@xn--\u00ad.test',
]

for (const [text, localPart, domain, formatted] of VALID) {
  test(`address ${text}`, () => {
    assert.deepEqual(parseAddress(text), { localPart, domain })
    assert.equal(formatAddress({ localPart, domain }), formatted ?? text)
    assert.deepEqual(parseAddress(formatAddress({ localPart, domain })), { localPart, domain })
  })
}
for (const text of INVALID) {
  test(`no address ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseAddress(text), ParseError)
  })
}
