/** Messages as the world sends them, and then a little wrong: MIME trees whose lines were changed, lost, doubled or cut. Binary strings. */
import fc from 'fast-check'

const encodings = fc.constantFrom('7bit', '8bit', 'base64', 'quoted-printable', 'binary', 'x-unknown', 'BASE64 ', '')
const types = fc.constantFrom(
  'text/plain',
  'text/plain; charset=utf-8',
  'text/html; charset=iso-8859-1',
  'text/plain; charset="utf-16"',
  'text/plain; charset=no-such; format=flowed',
  'image/png; name="=?utf-8?q?=FF?="',
  "application/octet-stream; name*0*=utf-8''%e2; name*1=x\"",
  'text',
  'multipart/mixed',
  'message/rfc822',
  '',
)
const bodies = fc.oneof(
  fc.constantFrom(
    '',
    'one\r\ntwo\r\n',
    'SGVsbG8=\r\n',
    '=C3=A9=\r\n=ZZ',
    '.\r\n..\r\n',
    'no end',
    '\0\xff\xfe\r\n',
    '\r\n\r\n',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }).map((octets) => Buffer.from(octets).toString('latin1')),
)
const fields = fc.array(
  fc.constantFrom(
    'Subject: hello',
    'Subject: =?utf-8?b?w6k=?= (x)',
    'Subject: \xe9\xff',
    'From: "A \\" B" <a@b.test>, group: c@d;, <@x:e@f>',
    'To: undisclosed-recipients:;',
    'From: ((((',
    'Date: Mon, 23 Nov 2026 10:00:00 +0100',
    'Date: never',
    'Message-ID: <a@b>',
    'In-Reply-To: <a@b>',
    'References: <a@b>\r\n <c@d>',
    'References: <',
    'Content-ID: <x>',
    'Content-Disposition: attachment; filename="a\\"b"',
    'Content-Language: en, de',
    'Content-MD5: x',
    'Content-Location: \r\n http://x/',
    'Bcc: x@y\r\n\t(folded)',
    ' starts with space',
    'no colon here',
    ': no name',
    'MIME-Version: 1.0',
  ),
  { maxLength: 5 },
)

const header = fc
  .tuple(fields, types, encodings)
  .map(([lines, type, encoding]) =>
    [
      ...lines,
      ...(type === '' ? [] : [`Content-Type: ${type}`]),
      ...(encoding === '' ? [] : [`Content-Transfer-Encoding: ${encoding}`]),
    ]
      .map((line) => `${line}\r\n`)
      .join(''),
  )

const { entity } = fc.letrec<{ entity: string }>((tie) => ({
  entity: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(header, bodies).map(([head, body]) => `${head}\r\n${body}`),
    fc
      .tuple(fields, tie('entity'))
      .map(
        ([lines, inner]) =>
          `${lines.map((line) => `${line}\r\n`).join('')}Content-Type: message/rfc822\r\n\r\n${inner}`,
      ),
    fc
      .tuple(
        fields,
        fc.constantFrom('b', 'bb', 'b-', '=_b c', 'B'),
        fc.constantFrom('mixed', 'alternative', 'digest', 'related', 'signed'),
        fc.array(tie('entity'), { maxLength: 3 }),
        fc.constantFrom('', 'preamble\r\n', '--b\r\n'),
        fc.boolean(),
      )
      .map(([lines, boundary, subtype, parts, preamble, ends]) =>
        [
          ...lines.map((line) => `${line}\r\n`),
          `Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n${preamble}`,
          ...parts.map((part) => `\r\n--${boundary}\r\n${part}`),
          ends ? `\r\n--${boundary}--\r\nepilogue` : '',
        ].join(''),
      ),
  ),
}))

type Mutation = (text: string) => string
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(30)).map(
    ([at, length]): Mutation =>
      (text) => {
        const start = at % (text.length + 1)
        return text.slice(0, start) + text.slice(start + length)
      },
  ),
  fc.tuple(fc.nat(), fc.constantFrom('\r', '\n', '\0', '\r\n', '\r\n\r\n', '--b', '"', '(', ' ', ':', '\xff')).map(
    ([at, piece]): Mutation =>
      (text) => {
        const start = at % (text.length + 1)
        return text.slice(0, start) + piece + text.slice(start)
      },
  ),
  fc.tuple(fc.nat(), fc.nat()).map(
    ([from, to]): Mutation =>
      (text) => {
        const lines = text.split('\r\n')
        lines.splice(to % lines.length, 0, lines[from % lines.length]!)
        return lines.join('\r\n')
      },
  ),
  fc.nat().map(
    (at): Mutation =>
      (text) =>
        text.slice(0, at % (text.length + 1)),
  ),
  fc.constant<Mutation>((text) => text.replaceAll('\r\n', '\n')),
)

/** A binary string, never empty. */
export const mutatedMessage: fc.Arbitrary<string> = fc
  .tuple(entity, fc.array(mutation, { maxLength: 4 }))
  .map(([whole, mutations]) => mutations.reduce((text, mutate) => mutate(text), whole) || '\r\n')
