import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolvePart, resolveSection } from '../../../shared/codec/mime/part-path.ts'
import { scanMessage } from '../../../shared/codec/mime/structure.ts'
import { crlf, octets } from './chunks.ts'

const multipart = (subtype: string, boundary: string, parts: string[]): string =>
  `${crlf(`Content-Type: multipart/${subtype}; boundary=${boundary}`, '')}${parts
    .map((part) => `--${boundary}\r\n${part}\r\n`)
    .join('')}--${boundary}--`

const leaf = (type: string, body: string): string => `${crlf(`Content-Type: ${type}`, '')}${body}`
const message = (inner: string): string => `${crlf('Content-Type: MESSAGE/RFC822', '')}${inner}`

/** The message of which RFC 3501 §6.4.5 numbers the parts. */
const inner3 = multipart('mixed', 'c', [leaf('TEXT/PLAIN', 'three one'), leaf('APPLICATION/OCTET-STREAM', 'three two')])
const alternatives = [leaf('TEXT/PLAIN', 'plain'), leaf('TEXT/RICHTEXT', 'rich')]
const inner42 = multipart('mixed', 'e', [
  leaf('TEXT/PLAIN', 'four two one'),
  multipart('alternative', 'f', alternatives),
])
const whole = multipart('mixed', 'a', [
  leaf('TEXT/PLAIN', 'one'),
  leaf('APPLICATION/OCTET-STREAM', 'two'),
  message(inner3),
  multipart('mixed', 'd', [leaf('IMAGE/GIF', 'four one'), message(inner42)]),
])

const headerOf = (entity: string): string => entity.slice(0, entity.indexOf('\r\n\r\n') + 4)
const bodyOf = (entity: string): string => entity.slice(entity.indexOf('\r\n\r\n') + 4)
const NIL = undefined

const plain = crlf('Subject: x', '', 'body')

const SECTIONS: [
  message: string,
  path: number[],
  kind: 'HEADER' | 'TEXT' | 'MIME' | undefined,
  is: string | undefined,
][] = [
  [whole, [], undefined, whole],
  // BODYSTRUCTURE, whose grammar wants a part, shows an empty one.
  [multipart('mixed', 'x', []), [1], undefined, ''],
  [multipart('mixed', 'x', []), [1], 'MIME', ''],
  [multipart('mixed', 'x', []), [2], undefined, NIL],
  [whole, [], 'HEADER', headerOf(whole)],
  [whole, [], 'TEXT', bodyOf(whole)],
  [whole, [], 'MIME', NIL],
  [whole, [1], undefined, 'one'],
  [whole, [1], 'MIME', crlf('Content-Type: TEXT/PLAIN', '')],
  [whole, [1], 'HEADER', NIL],
  [whole, [1], 'TEXT', NIL],
  [whole, [1, 1], undefined, NIL],
  [whole, [2], undefined, 'two'],
  [whole, [3], undefined, inner3],
  [whole, [3], 'MIME', crlf('Content-Type: MESSAGE/RFC822', '')],
  [whole, [3], 'HEADER', headerOf(inner3)],
  [whole, [3], 'TEXT', bodyOf(inner3)],
  [whole, [3, 1], undefined, 'three one'],
  [whole, [3, 2], undefined, 'three two'],
  [whole, [3, 2], 'MIME', crlf('Content-Type: APPLICATION/OCTET-STREAM', '')],
  [whole, [3, 3], undefined, NIL],
  [whole, [4], undefined, bodyOf(multipart('mixed', 'd', [leaf('IMAGE/GIF', 'four one'), message(inner42)]))],
  [whole, [4, 1], undefined, 'four one'],
  [whole, [4, 1], 'MIME', crlf('Content-Type: IMAGE/GIF', '')],
  [whole, [4, 2], 'HEADER', headerOf(inner42)],
  [whole, [4, 2], 'TEXT', bodyOf(inner42)],
  [whole, [4, 2, 1], undefined, 'four two one'],
  [whole, [4, 2, 2], undefined, bodyOf(multipart('alternative', 'f', alternatives))],
  [whole, [4, 2, 2, 1], undefined, 'plain'],
  [whole, [4, 2, 2, 2], undefined, 'rich'],
  [whole, [4, 2, 2, 3], undefined, NIL],
  [whole, [5], undefined, NIL],
  [whole, [0], undefined, NIL],
  // A message without a multipart has part 1, its text, whose MIME header is the message's.
  [plain, [1], undefined, 'body\r\n'],
  [plain, [1], 'MIME', crlf('Subject: x', '')],
  [plain, [1], 'HEADER', NIL],
  [plain, [2], undefined, NIL],
  [plain, [1, 1], undefined, NIL],
  // A message in a message: 1 is the one held, and its parts count below.
  [message(plain), [1], undefined, plain],
  [message(plain), [1], 'HEADER', crlf('Subject: x', '')],
  [message(plain), [1], 'TEXT', 'body\r\n'],
  [message(plain), [1, 1], undefined, 'body\r\n'],
  [message(message(plain)), [1, 1], undefined, plain],
  [message(message(plain)), [1, 1, 1], undefined, 'body\r\n'],
  [message(whole), [1, 3, 1], undefined, 'three one'],
]

describe('part-path', () => {
  for (const [text, path, kind, is] of SECTIONS) {
    const name = [path.join('.'), kind].filter(Boolean).join('.')
    test(`${text === whole ? 'RFC 3501' : JSON.stringify(text.slice(0, 40))} BODY[${name}]`, () => {
      const range = resolveSection(scanMessage(octets(text)).root, path, kind)
      assert.equal(range && text.slice(range.offset, range.offset + range.length), is)
    })
  }

  test('where a limit cut the structure, the body is part 1', () => {
    const { root } = scanMessage(octets(whole), { levels: 1 })
    assert.equal(resolveSection(root, [1])?.length, bodyOf(whole).length)
    const cutInside = scanMessage(octets(whole), { levels: 2 }).root
    assert.equal(resolvePart(cutInside, [4, 1]), undefined)
    assert.equal(resolveSection(cutInside, [3], 'HEADER'), undefined)
  })
})
