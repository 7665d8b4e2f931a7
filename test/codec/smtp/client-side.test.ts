import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import { type DataState, decodeData } from '../../../shared/codec/smtp/data.ts'
import { decodeXtext, encodeXtext, formatOrcpt, parseOrcpt } from '../../../shared/codec/smtp/dsn.ts'
import { parseOffers, ReplyReader, type ServerReply } from '../../../shared/codec/smtp/server-reply.ts'
import { DotStuffing, LineEnding } from '../../../shared/codec/smtp/stuff-dots.ts'

/** The octets in two pieces, cut at every place. */
function* splits(octets: Buffer): Generator<Buffer[]> {
  for (let at = 0; at <= octets.length; at++) yield [octets.subarray(0, at), octets.subarray(at)]
  yield [...octets].map((octet) => Buffer.of(octet))
}

describe('replies of a server', () => {
  it('are read however they are cut', () => {
    const octets = Buffer.from('220 a\r\n250-a\r\n250-SIZE 10\r\n250 AUTH=PLAIN\r\n\r\n354\r\n550 5.1.1 no\n')
    const wanted = [
      { code: 220, text: '220 a' },
      { code: 250, text: '250-a\n250-SIZE 10\n250 AUTH=PLAIN' },
      { code: 354, text: '354' },
      { code: 550, text: '550 5.1.1 no' },
    ]
    for (const chunks of splits(octets)) {
      const reader = new ReplyReader()
      const replies: ServerReply[] = chunks.flatMap((chunk) => reader.push(chunk))
      assert.deepEqual(replies, wanted)
    }
  })

  it('are refused where they are none', () => {
    for (const octets of [
      'SSH-2.0\r\n',
      '25\r\n',
      '250+x\r\n',
      '650 x\r\n',
      'x'.repeat(70_000),
      '250-x\r\n'.repeat(10_000),
    ]) {
      assert.throws(() => new ReplyReader().push(Buffer.from(octets)), ParseError)
    }
  })

  it('tell what is offered', () => {
    const text =
      '250-a.test hello\n250-size 10\n250-PIPELINING\n250-AUTH PLAIN\n250-AUTH=LOGIN PLAIN\n250 limits RCPTMAX=5'
    assert.deepEqual(
      [...parseOffers({ code: 250, text })],
      [
        ['SIZE', '10'],
        ['PIPELINING', ''],
        ['AUTH', 'PLAIN LOGIN PLAIN'],
        ['LIMITS', 'RCPTMAX=5'],
      ],
    )
  })
})

describe('content after DATA', () => {
  for (const text of ['', 'a\r\n', '.', '.\r\n', '..\r\n.a\r\n', 'a.b\r\n.\r\n.\r\nc', '\r\n.', 'a\r\n..']) {
    it(`comes out as ${JSON.stringify(text)} went in`, () => {
      for (const chunks of splits(Buffer.from(text))) {
        const stuffing = new DotStuffing()
        const sent = Buffer.concat([...chunks.flatMap((chunk) => stuffing.write(chunk)), stuffing.end()])
        const { content, rest } = decodeData('line-start' as DataState, sent)
        const wanted = text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`
        assert.equal(Buffer.concat(content).toString(), wanted)
        assert.equal(rest?.length, 0)
      }
    })
  }

  it('has lines that end in CR LF', () => {
    for (const [text, wanted] of [
      ['a\r\nb', 'a\r\nb'],
      ['a\nb\rc', 'a\r\nb\r\nc'],
      ['\n\r', '\r\n\r\n'],
      ['\r\r\n\n', '\r\n\r\n\r\n'],
      ['a\r', 'a\r\n'],
    ] as const) {
      for (const chunks of splits(Buffer.from(text))) {
        const ending = new LineEnding()
        const ended = Buffer.concat([...chunks.map((chunk) => ending.write(chunk)), ending.end()])
        assert.equal(ended.toString(), wanted)
      }
    }
  })
})

describe('parameters of DSN', () => {
  it('go out as they came in', () => {
    for (const text of ['plain', 'a+b=c d~!']) assert.equal(decodeXtext(encodeXtext(text)), text)
    for (const one of [
      'rfc822;a+b@c.test',
      'utf-8;gr\u00fc\u00dfe+\\=@c.test',
      'utf-8;\u{1f600}@c.test',
      'x400;/a=b/',
    ]) {
      assert.equal(parseOrcpt(formatOrcpt(one)), one)
    }
  })
})
