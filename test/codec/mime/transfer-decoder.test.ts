import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  decodedSizeOctets,
  decodeTransfer,
  isKnownEncoding,
  transferDecoder,
} from '../../../shared/codec/mime/transfer-decoder.ts'
import { everySplit, octets } from './chunks.ts'

const SPACES = ' '.repeat(2500)

const CASES: [encoding: string, body: string, is: string][] = [
  ['7bit', 'a=3D\r\n', 'a=3D\r\n'],
  ['8bit', '\xe4\0', '\xe4\0'],
  ['x-nobody-knows', 'abc', 'abc'],
  ['base64', '', ''],
  ['base64', 'aGVsbG8=', 'hello'],
  ['base64', 'aGVs\r\nbG8=\r\n', 'hello'],
  ['base64', 'aG!V*s\tb-G_8', 'hello'],
  ['base64', 'aGVsbA', 'hell'],
  ['base64', 'aGVsb', 'hel'],
  ['base64', 'aGk=aG8=', 'hiho'],
  ['base64', 'aA==\r\naA==', 'hh'],
  ['base64', '====', ''],
  ['base64', '/+8A', '\xff\xef\0'],
  ['quoted-printable', '', ''],
  ['quoted-printable', 'a=3Db=e4=E4\r\n', 'a=b\xe4\xe4\r\n'],
  ['quoted-printable', 'soft=\r\nbreak', 'softbreak'],
  ['quoted-printable', 'soft=\nbreak= \t\r\nagain=', 'softbreakagain'],
  ['quoted-printable', 'padding \t \r\nand  \nlast  ', 'padding\r\nand\nlast'],
  ['quoted-printable', 'kept=20\r\n', 'kept \r\n'],
  ['quoted-printable', 'a  b \rc', 'a  b \rc'],
  ['quoted-printable', 'end \r', 'end\r'],
  ['quoted-printable', '=ZZ =4 =4=41 == = x =\r', '=ZZ =4 =4A == = x '],
  ['quoted-printable', '=4', '=4'],
  ['quoted-printable', '\xe4 raw', '\xe4 raw'],
]

describe('transfer-decoder', () => {
  for (const [encoding, body, is] of CASES) {
    test(`${encoding} ${JSON.stringify(body)}`, () => {
      for (const chunks of everySplit(octets(body))) {
        const decoder = transferDecoder(encoding)
        const decoded = Buffer.concat([...chunks.map((chunk) => Buffer.from(decoder.write(chunk))), decoder.end()])
        assert.equal(decoded.toString('latin1'), is)
      }
    })
  }

  test('white space without end is not held back', () => {
    for (const body of [`a${SPACES}b`, `a=${SPACES}b`]) {
      for (const step of [1, 7, 998, 4000]) {
        const decoder = transferDecoder('quoted-printable')
        let decoded = ''
        for (let at = 0; at < body.length; at += step) {
          const out = decoder.write(octets(body.slice(at, at + step)))
          decoded += Buffer.from(out).toString('latin1')
          assert.ok(decoded.length >= at + Math.min(step, body.length - at) - 1000)
        }
        assert.equal(decoded + Buffer.from(decoder.end()).toString('latin1'), body)
      }
    }
  })

  test('what Node encodes is decoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
        assert.deepEqual(
          Buffer.from(decodeTransfer(octets(Buffer.from(content).toString('base64')), 'base64')),
          Buffer.from(content),
        )
        const quoted = Array.from(content, (octet) => `=${octet.toString(16).padStart(2, '0')}`).join('=\r\n')
        assert.deepEqual(Buffer.from(decodeTransfer(octets(quoted), 'quoted-printable')), Buffer.from(content))
      }),
    )
  })

  test('any octets are decoded, the same at every split', () => {
    const piece = fc.constantFrom('=', ' ', '\t', '\r', '\n', '4', 'A', 'g', '\xff')
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.constantFrom('base64', 'quoted-printable'),
        (pieces, encoding) => {
          const whole = octets(pieces.join(''))
          const decoder = transferDecoder(encoding)
          const single = Array.from(whole, (_, at) => Buffer.from(decoder.write(whole.subarray(at, at + 1))))
          assert.deepEqual(Buffer.concat([...single, decoder.end()]), Buffer.from(decodeTransfer(whole, encoding)))
        },
      ),
    )
  })

  test('sizes known without reading, encodings known at all', () => {
    assert.equal(decodedSizeOctets('8bit', 7), 7)
    assert.equal(decodedSizeOctets('base64', 7), undefined)
    assert.deepEqual(['7bit', 'base64', 'x-uuencode'].map(isKnownEncoding), [true, true, false])
  })
})
