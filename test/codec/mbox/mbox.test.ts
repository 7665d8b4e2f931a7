import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatFromLine, parseFromLine } from '../../../shared/codec/mbox/from-line.ts'
import { type MboxFormat, MboxReader } from '../../../shared/codec/mbox/reader.ts'
import { formatStatusFields, headerLength, takeStatusFields } from '../../../shared/codec/mbox/status-fields.ts'
import { writeMboxMessage } from '../../../shared/codec/mbox/writer.ts'

const FROM = 'From a@x.test Thu Jan  2 03:04:05 2025'
const AT = Date.UTC(2025, 0, 2, 3, 4, 5)

function read(text: string, size: number, format?: MboxFormat): [number, string][] {
  const reader = new MboxReader(format)
  const octets = Buffer.from(text, 'latin1')
  const messages: [number, string][] = []
  const events = []
  for (let at = 0; at < octets.length; at += size) events.push(...reader.write(octets.subarray(at, at + size)))
  for (const event of [...events, ...reader.end()]) {
    if (event.kind === 'message') messages.push([event.receivedAt, ''])
    else messages.at(-1)![1] += Buffer.from(event.octets).toString('latin1')
  }
  return messages
}

const FILES: [string, string, MboxFormat, [number, string][]][] = [
  ['nothing', '', 'mboxrd', []],
  ['no mbox', 'Subject: x\n\ntext\n', 'mboxrd', []],
  ['one', `${FROM}\nSubject: x\n\ntext\n\n`, 'mboxrd', [[AT, 'Subject: x\r\n\r\ntext\r\n']]],
  [
    'two',
    `${FROM}\nA: 1\n\none\n\n${FROM}\nB: 2\n\ntwo\n`,
    'mboxrd',
    [
      [AT, 'A: 1\r\n\r\none\r\n'],
      [AT, 'B: 2\r\n\r\ntwo\r\n'],
    ],
  ],
  [
    'CR LF',
    `${FROM}\r\nA: 1\r\n\r\none\r\n\r\n${FROM}\r\nB: 2\r\n\r\n`,
    'mboxrd',
    [
      [AT, 'A: 1\r\n\r\none\r\n'],
      [AT, 'B: 2\r\n\r\n'],
    ],
  ],
  ['a lone CR stays', `${FROM}\nA: 1\n\none\rtwo\n`, 'mboxrd', [[AT, 'A: 1\r\n\r\none\rtwo\r\n']]],
  ['no last line end', `${FROM}\nA: 1\n\none`, 'mboxrd', [[AT, 'A: 1\r\n\r\none\r\n']]],
  [
    'a sentence',
    `${FROM}\nA: 1\n\n\nFrom here on it rains.\n`,
    'mboxrd',
    [[AT, 'A: 1\r\n\r\n\r\nFrom here on it rains.\r\n']],
  ],
  ['no empty line before', `${FROM}\nA: 1\n\none\n${FROM}\n`, 'mboxrd', [[AT, `A: 1\r\n\r\none\r\n${FROM}\r\n`]]],
  [
    'mboxrd',
    `${FROM}\n\n>From a\n>>From b\n> From c\n>Fro\n`,
    'mboxrd',
    [[AT, '\r\nFrom a\r\n>From b\r\n> From c\r\n>Fro\r\n']],
  ],
  ['mboxo', `${FROM}\n\n>From a\n>>From b\n`, 'mboxo', [[AT, '\r\nFrom a\r\n>>From b\r\n']]],
  ['raw', `${FROM}\n\n>From a\n`, 'raw', [[AT, '\r\n>From a\r\n']]],
  [
    'empty lines',
    `${FROM}\nA: 1\n\n\n\n\n${FROM}\nB: 2\n\n`,
    'mboxrd',
    [
      [AT, 'A: 1\r\n\r\n\r\n\r\n'],
      [AT, 'B: 2\r\n\r\n'],
    ],
  ],
  ['octets', `${FROM}\nA: 1\n\n\xff\xfe\x00\n`, 'mboxrd', [[AT, 'A: 1\r\n\r\n\xff\xfe\x00\r\n']]],
]

describe('mbox files', () => {
  for (const [name, text, format, messages] of FILES) {
    test(`${name}, at every split`, () => {
      for (let size = 1; size <= text.length + 1; size += 1) assert.deepEqual(read(text, size, format), messages)
    })
  }

  test('a line without an end costs no memory and is not lost', () => {
    const long = 'x'.repeat(100_000)
    const text = `${FROM}\nA: 1\n\n${long}\r\n>From ${long}\n`
    for (const size of [1000, 8192, 65_536]) {
      assert.deepEqual(read(text, size), [[AT, `A: 1\r\n\r\n${long}\r\nFrom ${long}\r\n`]])
    }
  })

  const LINES: [string, number | undefined][] = [
    [FROM, AT],
    ['From - Thu Jan 2 03:04:05 2025', AT],
    ['From a b@x.test Thu Jan  2 03:04:05 2025', AT],
    ['From a@x.test Thu Jan  2 04:04:05 +0100 2025', AT],
    ['From a@x.test Thu Jan  2 02:04:05 2025 -0100', AT],
    ['From 1820@xxx Thu Jan 02 03:04:05 +0000 2025', AT],
    ['From a@x.test Thu, 2 Jan 2025 03:04:05 +0000', AT],
    ['From a@x.test Thu Jan  2 03:04 2025', AT - 5000],
    ['From here on it rains.', undefined],
    ['From a@x.test', undefined],
    ['From ', undefined],
    ['from a@x.test Thu Jan  2 03:04:05 2025', undefined],
    ['From a@x.test Thu Jan  2 2025', undefined],
  ]
  for (const [line, at] of LINES) test(`${line}: ${at}`, () => assert.equal(parseFromLine(Buffer.from(line)), at))

  test('a From_ line comes back', () => {
    for (const at of [0, AT, Date.UTC(1999, 11, 31, 23, 59, 59)]) {
      assert.equal(parseFromLine(Buffer.from(formatFromLine('MAILER-DAEMON', at))), at)
    }
  })

  const HEADERS: [string, string, string[], boolean][] = [
    ['Subject: x\r\n\r\n', 'Subject: x\r\n\r\n', [], false],
    [
      'Status: RO\r\nSubject: x\r\nX-Status: AF\r\nX-Keywords: work $Forwarded\r\n\r\n',
      'Subject: x\r\n\r\n',
      ['\\Seen', '\\Answered', '\\Flagged', 'work', '$Forwarded'],
      false,
    ],
    [
      'X-Mozilla-Status: 1003\r\nX-Mozilla-Status2: 00000000\r\nX-Mozilla-Keys: $label1  later\r\n\r\n',
      '\r\n',
      ['\\Seen', '\\Answered', '$Forwarded', '$label1', 'later'],
      false,
    ],
    ['X-Mozilla-Status: 0009\r\nA: 1\r\n\r\n', 'A: 1\r\n\r\n', ['\\Seen'], true],
    ['X-UID: 12\r\nContent-Length: 12\r\nX-IMAPbase: 1 2\r\n\r\n', '\r\n', [], false],
    ['X-Keywords: a\r\n\tb\r\nA: 1\r\n 2\r\n\r\n', 'A: 1\r\n 2\r\n\r\n', ['a', 'b'], false],
    ['Statusx: R\r\n\r\n', 'Statusx: R\r\n\r\n', [], false],
  ]
  for (const [given, kept, flags, expunged] of HEADERS) {
    test(`${JSON.stringify(given.slice(0, 40))}`, () => {
      assert.equal(headerLength(Buffer.from(`${given}body`)), given.length)
      const { header, status } = takeStatusFields(Buffer.from(given))
      assert.deepEqual([Buffer.from(header).toString(), status], [kept, { flags, expunged }])
    })
  }

  test('a message goes out and comes back', async () => {
    const flags = ['\\Seen', '\\Answered', '\\Draft', 'work', '$Forwarded']
    const body = 'A: 1\r\n\r\nFrom here\r\n>From there\r\n\r\nFrom a@x.test Thu Jan  2 03:04:05 2025\r\nend\r\n'
    for (let size = 1; size <= body.length; size += 1) {
      async function* pieces() {
        for (let at = 0; at < body.length; at += size) yield Buffer.from(body.slice(at, at + size))
      }
      const written = await Array.fromAsync(writeMboxMessage({ receivedAt: AT, flags }, pieces()))
      const file = Buffer.concat(written).toString()
      const [first, second] = read(file + file, 7)
      for (const [at, octets] of [first!, second!]) {
        assert.equal(at, AT)
        const length = headerLength(Buffer.from(octets))!
        const { header, status } = takeStatusFields(Buffer.from(octets.slice(0, length)))
        assert.equal(Buffer.from(header).toString() + octets.slice(length), body)
        assert.deepEqual(new Set(status.flags), new Set(flags))
      }
    }
    assert.equal(formatStatusFields([]), 'Status: O\r\n')
  })
})
