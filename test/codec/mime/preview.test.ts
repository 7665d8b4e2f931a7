import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { previewOf, previewText } from '../../../shared/codec/mime/preview.ts'
import { scanMessage } from '../../../shared/codec/mime/structure.ts'
import { textParts } from '../../../shared/codec/mime/text-parts.ts'
import { crlf, octets } from './chunks.ts'

const preview = (message: string, head = message.length): string =>
  previewOf(scanMessage(octets(message)).root, octets(message.slice(0, head)))

const MIXED = 'Content-Type: multipart/mixed; boundary=a'
const ALTERNATIVE = 'Content-Type: multipart/alternative; boundary=b'
const HTML = crlf(
  'Content-Type: text/html; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<p>=C3=A4 <b>html</b>',
)

const CASES: [name: string, message: string, is: string][] = [
  ['plain text', crlf('A: b', '', 'Hello', '', '  world'), 'Hello world'],
  ['nothing', '', ''],
  ['HTML', HTML, 'ä html'],
  ['the plain one of alternatives', crlf(ALTERNATIVE, '', '--b', `${HTML}--b`, '', 'plain', '--b--'), 'plain'],
  [
    'HTML where there is no other',
    crlf(MIXED, '', '--a', `${HTML}--a`, 'Content-Type: image/png', '', 'x', '--a--'),
    'ä html',
  ],
  ['no attachment', crlf(MIXED, '', '--a', 'Content-Disposition: attachment', '', 'x', '--a--'), ''],
  ['no text', crlf('Content-Type: image/png', '', 'x'), ''],
  [
    'base64',
    crlf('Content-Type: text/plain; charset=iso-8859-1', 'Content-Transfer-Encoding: base64', '', '5A=='),
    'ä',
  ],
]

describe('preview', () => {
  for (const [name, message, is] of CASES) test(name, () => assert.equal(preview(message), is))

  test('200 characters, whole ones, after style and padding of any length', () => {
    assert.equal([...preview(crlf('', '😀'.repeat(300)).replaceAll('\r\n', '\r\n'))].length, 200)
    const style = `<style>${'x'.repeat(40_000)}</style>${'&zwnj;&nbsp;\u00ad'.repeat(500)}`
    const html = crlf('Content-Type: text/html', '', `${style}<p>${'word '.repeat(100)}`)
    assert.equal(preview(html), 'word '.repeat(40).trim())
  })

  test('of the beginning of a message, as far as it goes', () => {
    const message = crlf('Content-Type: text/plain; charset=utf-8', '', 'abc \xc3\xa4')
    assert.equal(preview(message, message.indexOf('\xa4')), 'abc')
    assert.equal(preview(message, 10), '')
  })

  test('control characters and marks of direction go', () => {
    assert.equal(previewText(' a\u0000b\u202ec \u200b d\u{1f600} ', 6), 'abc d😀')
  })

  test('all texts for SEARCH, in order', () => {
    const inner = crlf('Content-Type: message/rfc822', '', 'Subject: x', '', 'inner')
    const message = crlf(
      MIXED,
      '',
      '--a',
      '',
      'one',
      '--a',
      `${inner}--a`,
      'Content-Type: text/calendar',
      '',
      'two',
      '--a--',
    )
    const bodies = textParts(scanMessage(octets(message)).root).map(({ body }) =>
      message.slice(body.offset, body.offset + body.length),
    )
    assert.deepEqual(bodies, ['one', 'inner', 'two'])
  })

  for (const [type, isText] of [
    ['message/delivery-status', true],
    ['message/partial; id=x; number=1', true],
    ['message/feedback-report', true],
    ['multipart/mixed; boundary=another', true],
    ['multipart/mixed', true],
    ['application/octet-stream', false],
    ['image/png', false],
  ] as const) {
    test(`${type} is ${isText ? '' : 'not '}looked through`, () => {
      assert.equal(textParts(scanMessage(octets(`Content-Type: ${type}\r\n\r\nx`)).root).length, isText ? 1 : 0)
    })
  }
})
