import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PartText } from '../../../shared/codec/mime/part-text.ts'
import { scanMessage } from '../../../shared/codec/mime/structure.ts'
import { crlf, everySplit, octets } from './chunks.ts'

const CASES: [message: string, is: string][] = [
  [crlf('', 'plain =3D'), 'plain =3D\r\n'],
  [
    crlf('Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64', '', '4oKsIMOk', 'Cg=='),
    '€ ä\n',
  ],
  [
    crlf('Content-Type: text/plain; charset=koi8-r', 'Content-Transfer-Encoding: quoted-printable', '', '=F0=D2=C9'),
    'При\r\n',
  ],
  [crlf('Content-Type: text/html; charset=iso-8859-1', '', '<p>\xe4 &amp;', '<b>b</b>'), 'ä & b'],
  [crlf('Content-Type: text/csv; charset=nobody', '', '\xe4'), 'ä\r\n'],
]

describe('part-text', () => {
  for (const [message, is] of CASES) {
    test(JSON.stringify(is), () => {
      const { root } = scanMessage(octets(message))
      const body = octets(message).subarray(root.body.offset, root.body.offset + root.body.length)
      for (const chunks of everySplit(body)) {
        const stream = new PartText(root)
        assert.equal(chunks.map((chunk) => stream.write(chunk)).join('') + stream.end(), is)
      }
    })
  }
})
