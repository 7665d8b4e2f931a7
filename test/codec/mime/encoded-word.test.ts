import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { displayText, parameterText, partFilename } from '../../../shared/codec/mime/encoded-word.ts'
import type { MimeParameter } from '../../../shared/codec/mime/structure-types.ts'

const WORDS: [value: string, is: string][] = [
  ['', ''],
  ['plain', 'plain'],
  // RFC 2047 §8
  ['=?ISO-8859-1?Q?a?=', 'a'],
  ['=?ISO-8859-1?Q?a?= b', 'a b'],
  ['=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=', 'ab'],
  ['=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=', 'ab'],
  ['=?ISO-8859-1?Q?a_b?=', 'a b'],
  ['=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=', 'a b'],
  [
    '=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=',
    'If you can read this you understand the example.',
  ],
  ['=?utf-8*de?q?=C3=A4?=', 'ä'], // RFC 2231 §5
  ['=?utf-8?q?=C3?= =?UTF-8?b?pA==?=', 'ä'], // cut inside a character
  ['=?utf-8?q?a?==?utf-8?q?b?=', 'ab'],
  ['x=?utf-8?q?a?=y', 'xay'],
  ['=?utf-8?q?with space?=', 'with space'],
  ['=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=', 'こんにちは'],
  ['=?koi8-r?B?8NLJ18XU?=', 'Привет'],
  ['=?x-nobody?q?=E4?=', 'ä'],
  ['\xc3\xa4 \xe2\x82\xac', 'ä €'], // RFC 6532
  ['\xe4', 'ä'],
  // what is no encoded word stays
  ['=?', '=?'],
  ['=?utf-8?q?a', '=?utf-8?q?a'],
  ['=?utf-8?x?a?=', '=?utf-8?x?a?='],
  ['=??q?a?=', '=??q?a?='],
  ['=?a?= =?utf-8?q?b?=', '=?a?= b'],
]

const PARAMETERS: [parameters: MimeParameter[], is: string | undefined][] = [
  [[], undefined],
  [[['filename', 'a.txt']], 'a.txt'],
  [[['filename', '=?utf-8?q?=C3=A4?=.txt']], 'ä.txt'],
  [[['filename*', "utf-8'de'%c3%A4.txt"]], 'ä.txt'],
  [
    [
      ['filename', 'a.txt'],
      ['filename*', "utf-8''%c3%a4.txt"],
    ],
    'ä.txt',
  ],
  // RFC 2231 §4.1
  [
    [
      ['filename*0*', "us-ascii'en'This%20is%20even%20more%20"],
      ['filename*1*', '%2A%2A%2Afun%2A%2A%2A%20'],
      ['filename*2', "isn't it!"],
    ],
    "This is even more ***fun*** isn't it!",
  ],
  [
    [
      ['filename*1', 'b'],
      ['filename*0', 'a'],
      ['filename*3', 'd'],
    ],
    'ab',
  ],
  [
    [
      ['filename*0*', "utf-8''%c3"],
      ['filename*1*', '%a4'],
    ],
    'ä',
  ],
  [
    [
      ['filename*0', 'a'],
      ['filename*0', 'x'],
      ['filename*1', 'b'],
    ],
    'ab',
  ],
  [[['filename*1', 'b']], undefined],
  [
    [
      ['filename*x', 'b'],
      ['filename', 'a'],
    ],
    'a',
  ],
  [[['filename*', '%zz%4']], '%zz%4'],
  [[['filename*', "nobody''%e4"]], 'ä'],
]

describe('encoded-word', () => {
  for (const [value, is] of WORDS) test(JSON.stringify(value), () => assert.equal(displayText(value), is))
  for (const [parameters, is] of PARAMETERS) {
    test(JSON.stringify(parameters), () => assert.equal(parameterText(parameters, 'filename'), is))
  }

  test('the name of a part', () => {
    const disposition = { parameters: [['filename', 'a']] as MimeParameter[] }
    assert.equal(partFilename({ parameters: [['name', 'b']], disposition }), 'a')
    assert.equal(partFilename({ parameters: [['name', 'b']] }), 'b')
    assert.equal(partFilename({ parameters: [] }), undefined)
  })

  test('any string gives a text, in time that grows with its length', () => {
    const piece = fc.constantFrom('=?', '?=', '?', '=', 'utf-8', 'q', 'b', '_', ' ', '\xc3', '*', "'", '%')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => typeof displayText(pieces.join('')) === 'string'),
    )
    for (const bomb of ['=?', '=?x?q?', '=?x?q? ', '=?x?q?a?= ', '=?a', '?=']) {
      const value = bomb.repeat(Math.floor(250_000 / bomb.length))
      assert.ok(displayText(value).length <= value.length)
    }
  })
})
