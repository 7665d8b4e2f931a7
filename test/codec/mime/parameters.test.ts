import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  parseContentType,
  parseDisposition,
  parseEncoding,
  parseLanguages,
} from '../../../shared/codec/mime/parameters.ts'
import type { MimeParameter } from '../../../shared/codec/mime/structure-types.ts'

const TYPES: [value: string, is: [type: string, parameters: MimeParameter[]] | undefined][] = [
  ['text/plain', ['text/plain', []]],
  // RFC 2045 §5.1: comments and quotes say the same
  ['text/plain; charset=us-ascii (Plain text)', ['text/plain', [['charset', 'us-ascii']]]],
  ['text/plain; charset="us-ascii"', ['text/plain', [['charset', 'us-ascii']]]],
  [
    'Text / (c) HTML ;Charset = UTF-8 ; x="a\\"b;c"',
    [
      'text/html',
      [
        ['charset', 'UTF-8'],
        ['x', 'a"b;c'],
      ],
    ],
  ],
  [
    'a/b; name=my file (1).pdf; c=d',
    [
      'a/b',
      [
        ['name', 'my file'],
        ['c', 'd'],
      ],
    ],
  ],
  ['a/b; name=file(1).pdf', ['a/b', [['name', 'file(1).pdf']]]],
  ['a/b;;; ;c=d;', ['a/b', [['c', 'd']]]],
  [
    'a/b; c; d=e; =f; g=',
    [
      'a/b',
      [
        ['d', 'e'],
        ['g', ''],
      ],
    ],
  ],
  ['a/b; c="never closed; d=e', ['a/b', [['c', 'never closed; d=e']]]],
  [
    'a/b; c="x" y; d=e',
    [
      'a/b',
      [
        ['c', 'x'],
        ['d', 'e'],
      ],
    ],
  ],
  ['a/b charset=x', ['a/b', [['charset', 'x']]]],
  ['a/b; boundary="=_x/y?:"', ['a/b', [['boundary', '=_x/y?:']]]],
  ['a/b; boundary==_x=y', ['a/b', [['boundary', '=_x=y']]]],
  [
    "a/b; title*0*=us-ascii'en'This%20is; title*1=x",
    [
      'a/b',
      [
        ['title*0*', "us-ascii'en'This%20is"],
        ['title*1', 'x'],
      ],
    ],
  ],
  ['a/b; \xc4=\xe4', ['a/b', [['\xc4', '\xe4']]]],
  ['', undefined],
  ['text', undefined],
  ['text/', undefined],
  ['/plain', undefined],
  ['(text/plain', undefined],
  [';charset=x', undefined],
]

describe('parameters', () => {
  for (const [value, is] of TYPES) {
    test(JSON.stringify(value), () => {
      const said = parseContentType(value)
      assert.deepEqual(said && [`${said.type}/${said.subtype}`, said.parameters], is)
    })
  }

  test('Content-Disposition, Content-Language, Content-Transfer-Encoding', () => {
    assert.deepEqual(parseDisposition('Attachment; FileName="a.b"'), {
      type: 'attachment',
      parameters: [['filename', 'a.b']],
    })
    assert.deepEqual(parseDisposition('; filename=x'), undefined)
    assert.deepEqual(parseLanguages('mi, en (x,y), , x-klingon'), ['mi', 'en', 'x-klingon'])
    assert.equal(parseLanguages(' (none) '), undefined)
  })

  for (const [value, encoding] of [
    ['', '7bit'],
    ['base64', 'base64'],
    [' (c) Quoted-Printable; x', 'quoted-printable'],
    ['8bit (all of it)', '8bit'],
    ['x-uuencode', 'x-uuencode'],
    ['7-bit;', '7-bit'],
    ['base64 charset=utf-8', 'base64'],
    ['8 bit', '7bit'],
    ['quoted printable', '7bit'],
    ['text/html; charset=utf-8', '7bit'],
    ['"base64"', '7bit'],
  ] as const) {
    test(`the encoding of ${JSON.stringify(value)}`, () => assert.equal(parseEncoding(value), encoding))
  }
})
