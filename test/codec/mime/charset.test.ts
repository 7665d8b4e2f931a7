import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { charsetDecoder, decodeCharset } from '../../../shared/codec/mime/charset.ts'
import { everySplit } from './chunks.ts'

const CASES: [charset: string, octets: number[], is: string][] = [
  ['', [0x61], 'a'],
  ['us-ascii', [0x61, 0xc3, 0xa4], 'aä'],
  ['US-ASCII', [0xe4, 0x61], 'äa'],
  ['us-ascii', [0x80], '€'],
  ['us-ascii', [0xc3], 'Ã'],
  ['us-ascii', [0xf0, 0x9f, 0x98, 0x80], '😀'],
  ['UTF-8', [0xe2, 0x82, 0xac], '€'],
  ['utf-8', [0xff, 0x61], '\ufffda'],
  ['iso-8859-1', [0xe4], 'ä'],
  ['ISO-8859-15', [0xa4], '€'],
  ['windows-1251', [0xcf], 'П'],
  ['cp437', [0x82], 'é'],
  ['cp850', [0x84], 'ä'],
  ['utf-7', [...Buffer.from('Hi +AOQ-!')], 'Hi ä!'],
  ['UTF7', [...Buffer.from('+AOQ---+-+AOQA5A')], 'ä--+ää'],
  ['utf-7', [...Buffer.from('+2D3eAA-/+,+A')], '😀/,'],
  ['utf-7', [0xe4, ...Buffer.from('+')], 'ä'],
  ['utf-32', [0xff, 0xfe, 0, 0, 0xe4, 0, 0, 0], 'ä'],
  ['utf-32', [0, 0, 0xfe, 0xff, 0, 1, 0xf6, 0], '😀'],
  ['UTF-32BE', [0, 0, 0, 0xe4, 0, 0x11, 0, 0, 0, 0, 0xd8, 0, 0], 'ä\ufffd\ufffd\ufffd'],
  ['UTF-32LE', [0xe4, 0, 0, 0], 'ä'],
  ['CP-850', [0x84], 'ä'],
  ['IBM852', [0xa5], 'ą'],
  ['437', [0xe1], 'ß'],
  ['x-mac-ce', [0x88], 'ą'],
  ['armscii-8', [0xb2], 'Ա'],
  ['TIS-620', [0xa1], 'ก'],
  ['cp936', [0xc4, 0xe3], '你'],
  ['MS-950', [0xa7, 0x41], '你'],
  ['windows-932', [0x82, 0xb1], 'こ'],
  ['eucJP', [0xa4, 0xb3], 'こ'],
  ['cp949', [0xc7, 0xd1], '한'],
  ['ucs2', [0x61, 0], 'a'],
  ['constructor', [0xe4], 'ä'],
  ['gb18030', [0xc4, 0xe3], '你'],
  ['big5', [0xa7, 0x41], '你'],
  ['shift_jis', [0x82, 0xb1], 'こ'],
  ['euc-kr', [0xc7, 0xd1], '한'],
  ['iso-2022-jp', [...Buffer.from('\x1b$B$3\x1b(B')], 'こ'],
  ['utf-16le', [0x61, 0, 0x62, 0], 'ab'],
  ['x-nobody-knows', [0xe4], 'ä'],
  ['base64', [0x61], 'a'],
  ['hz-gb-2312', [0x61], 'a'],
  ['__proto__', [0x61], 'a'],
]

describe('charset', () => {
  for (const [charset, octets, is] of CASES) {
    test(`${charset} ${octets.join(' ')}`, () => {
      const whole = Uint8Array.from(octets)
      assert.equal(decodeCharset(whole, charset), is)
      for (const chunks of everySplit(whole)) {
        const decoder = charsetDecoder(charset)
        assert.equal(chunks.map((chunk) => decoder.write(chunk)).join('') + decoder.end(), is)
      }
    })
  }

  test('any name and octets give a text', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.uint8Array(),
        (charset, octets) => typeof decodeCharset(octets, charset) === 'string',
      ),
    )
  })
})
