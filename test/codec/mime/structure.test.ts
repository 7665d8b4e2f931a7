import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ScanLimits, StructureScanner, scanMessage } from '../../../shared/codec/mime/structure.ts'
import type { ImapAddress, MimePart, ScannedMessage } from '../../../shared/codec/mime/structure-types.ts'
import { crlf, everySplit, octets } from './chunks.ts'

function scanChunks(chunks: readonly Uint8Array[], limits?: Partial<ScanLimits>): ScannedMessage {
  const scanner = new StructureScanner(limits)
  for (const chunk of chunks) scanner.write(chunk)
  return scanner.end()
}

/** The structure with each body as its octets: "type/subtype:lines «body»", children in [], a message in (). */
function sketch(part: MimePart, message: string): string {
  const body = JSON.stringify(message.slice(part.body.offset, part.body.offset + part.body.length))
  const lines = part.lines === undefined ? '' : `:${part.lines}`
  const name = `${part.type}/${part.subtype}${lines}`
  if (part.children) return `${name} [${part.children.map((child) => sketch(child, message)).join(', ')}]`
  return part.message ? `${name} (${sketch(part.message.part, message)})` : `${name} ${body}`
}

const MIXED = 'Content-Type: multipart/mixed; boundary=b'
const RFC822 = 'Content-Type: message/rfc822'

const CASES: { name: string; message: string; is: string; limits?: Partial<ScanLimits>; truncated?: true }[] = [
  { name: 'nothing', message: '', is: 'text/plain:0 ""' },
  { name: 'a header only', message: 'Subject: x\r\n', is: 'text/plain:0 ""' },
  { name: 'a header without an ending', message: 'Subject: x', is: 'text/plain:0 ""' },
  { name: 'no header', message: '\r\nhello\r\n', is: 'text/plain:1 "hello\\r\\n"' },
  { name: 'a simple text', message: 'A: b\r\n\r\nhello\r\nworld\r\n', is: 'text/plain:2 "hello\\r\\nworld\\r\\n"' },
  { name: 'an unended last line', message: 'A: b\r\n\r\nhello\r\nworld', is: 'text/plain:1 "hello\\r\\nworld"' },
  { name: 'bare LF', message: 'A: b\n\nhello\n', is: 'text/plain:1 "hello\\n"' },
  { name: 'a bare CR ends no line', message: 'A: b\r\rC: d\r\n\r\nx\ry\r\n', is: 'text/plain:1 "x\\ry\\r\\n"' },
  { name: 'a line of white space is no end of a header', message: 'A: b\r\n \r\nx', is: 'text/plain:0 ""' },
  { name: 'NUL', message: 'A: \0\r\n\r\n\0\r\n', is: 'text/plain:1 "\\u0000\\r\\n"' },
  {
    name: 'a header line without a colon does not end the header',
    message: crlf('nonsense', MIXED, '', '--b', '', 'x', '--b--'),
    is: 'multipart/mixed [text/plain:0 "x"]',
  },
  {
    name: 'RFC 2046 §5.1.1: preamble, two parts, one of which ends its line, epilogue',
    message: crlf(
      'From: Nathaniel Borenstein <nsb@bellcore.com>',
      'To: Ned Freed <ned@innosoft.com>',
      'Date: Sun, 21 Mar 1993 23:56:48 -0800 (PST)',
      'Subject: Sample message',
      'MIME-Version: 1.0',
      'Content-type: multipart/mixed; boundary="simple boundary"',
      '',
      'This is the preamble.  It is to be ignored, though it',
      'is a handy place for composition agents to include an',
      'explanatory note to non-MIME conformant readers.',
      '',
      '--simple boundary',
      '',
      'This is implicitly typed plain US-ASCII text.',
      'It does NOT end with a linebreak.',
      '--simple boundary',
      'Content-type: text/plain; charset=us-ascii',
      '',
      'This is explicitly typed plain US-ASCII text.',
      'It DOES end with a linebreak.',
      '',
      '--simple boundary--',
      '',
      'This is the epilogue.  It is also to be ignored.',
    ),
    is: 'multipart/mixed [text/plain:1 "This is implicitly typed plain US-ASCII text.\\r\\nIt does NOT end with a linebreak.", text/plain:2 "This is explicitly typed plain US-ASCII text.\\r\\nIt DOES end with a linebreak.\\r\\n"]',
  },
  {
    name: 'a body that is empty: its header ends right before the boundary line',
    message: crlf(MIXED, '', '--b', 'Content-Type: image/png', '', '--b', '', '', '--b--'),
    is: 'multipart/mixed [image/png "", text/plain:0 ""]',
  },
  {
    name: 'a header cut by a boundary line',
    message: crlf(MIXED, '', '--b', 'Content-Type: image/png', '--b', RFC822, '--b', '--b--'),
    is: 'multipart/mixed [image/png "", message/rfc822:0 (text/plain:0 ""), text/plain:0 ""]',
  },
  {
    name: 'white space after boundary lines',
    message: crlf(MIXED, '', '--b \t', '', 'x', '--b  ', '', 'y', '--b-- \t '),
    is: 'multipart/mixed [text/plain:0 "x", text/plain:0 "y"]',
  },
  {
    name: 'what only begins like a boundary line is content',
    message: crlf(MIXED, '', '--b', '', '--bx', '--b-', '--b x', '---b', ' --b', '--B', '--b'),
    is: 'multipart/mixed [text/plain:5 "--bx\\r\\n--b-\\r\\n--b x\\r\\n---b\\r\\n --b\\r\\n--B", text/plain:0 ""]',
  },
  {
    name: 'no closing boundary line',
    message: `${crlf(MIXED, '', '--b', '', 'x', '--b', '', 'y')}`,
    is: 'multipart/mixed [text/plain:0 "x", text/plain:1 "y\\r\\n"]',
  },
  {
    name: 'cut in the middle of a boundary line',
    message: `${crlf(MIXED, '', '--b', '', 'x')}--`,
    is: 'multipart/mixed [text/plain:1 "x\\r\\n--"]',
  },
  {
    name: 'a closing boundary line without an ending',
    message: `${crlf(MIXED, '', '--b', '', 'x')}--b--`,
    is: 'multipart/mixed [text/plain:0 "x"]',
  },
  {
    name: 'after the closing boundary line the boundary is over',
    message: crlf(MIXED, '', '--b', '', 'x', '--b--', '--b', '', 'y'),
    is: 'multipart/mixed [text/plain:0 "x"]',
  },
  { name: 'no boundary line at all', message: crlf(MIXED, '', 'x'), is: 'multipart/mixed []' },
  {
    name: 'no boundary parameter',
    message: crlf('Content-Type: multipart/mixed', '', '--', 'x'),
    is: 'multipart/mixed []',
  },
  { name: 'only a closing boundary line', message: crlf(MIXED, '', '--b--'), is: 'multipart/mixed []' },
  {
    name: 'an outer boundary that an inner one begins with',
    message: crlf(
      MIXED,
      '',
      '--b',
      'Content-Type: multipart/alternative; boundary=b1',
      '',
      '--b1',
      '',
      'x',
      '--b1',
      '',
      'y',
      '--b1--',
      '--b',
      '',
      'z',
      '--b--',
    ),
    is: 'multipart/mixed [multipart/alternative [text/plain:0 "x", text/plain:0 "y"], text/plain:0 "z"]',
  },
  {
    name: 'an inner boundary that an outer one begins with',
    message: crlf(
      'Content-Type: multipart/mixed; boundary=b1',
      '',
      '--b1',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      '--b',
      '',
      'x',
      '--b1',
      '',
      'z',
      '--b1--',
    ),
    is: 'multipart/mixed [multipart/alternative [text/plain:0 "x"], text/plain:0 "z"]',
  },
  {
    name: 'the same boundary inside and outside: the inner one has it until it is closed',
    message: crlf(MIXED, '', '--b', MIXED, '', '--b', '', 'x', '--b--', '--b', '', 'y', '--b--'),
    is: 'multipart/mixed [multipart/mixed [text/plain:0 "x"], text/plain:0 "y"]',
  },
  {
    name: 'an outer boundary line closes all inside',
    message: crlf(
      MIXED,
      '',
      '--b',
      RFC822,
      '',
      'Content-Type: multipart/mixed; boundary=c',
      '',
      '--c',
      '',
      'x',
      '--b',
      '',
      'y',
      '--b--',
    ),
    is: 'multipart/mixed [message/rfc822:4 (multipart/mixed [text/plain:0 "x"]), text/plain:0 "y"]',
  },
  {
    name: 'multipart/digest holds messages by default',
    message: crlf(
      'Content-Type: multipart/digest; boundary=b',
      '',
      '--b',
      '',
      'Subject: x',
      '',
      'y',
      '--b',
      'Content-Type: text/html',
      '',
      'z',
      '--b--',
    ),
    is: 'multipart/digest [message/rfc822:2 (text/plain:0 "y"), text/html:0 "z"]',
  },
  {
    name: 'a message/rfc822 encoded against the rule is not opened',
    message: crlf(RFC822, 'Content-Transfer-Encoding: BASE64', '', 'QTogYg=='),
    is: 'message/rfc822:1 "QTogYg==\\r\\n"',
  },
  {
    name: 'a multipart that only claims to be encoded is opened',
    message: crlf(MIXED, 'Content-Transfer-Encoding: base64', '', '--b', '', 'x', '--b--'),
    is: 'multipart/mixed [text/plain:0 "x"]',
  },
  {
    name: 'message/global is opened, message/partial is not',
    message: crlf(
      MIXED,
      '',
      '--b',
      'Content-Type: message/global',
      '',
      'A: b',
      '',
      'x',
      '--b',
      'Content-Type: message/partial',
      '',
      'A: b',
      '--b--',
    ),
    is: 'multipart/mixed [message/global:2 (text/plain:0 "x"), message/partial "A: b"]',
  },
  {
    name: 'a message whose own type is message/rfc822',
    message: crlf(RFC822, '', 'Subject: x', '', 'y'),
    is: 'message/rfc822:3 (text/plain:1 "y\\r\\n")',
  },
  {
    name: 'a Content-Type that is none counts as absent',
    message: crlf('Content-Type: text', '', 'x'),
    is: 'text/plain:1 "x\\r\\n"',
  },
  {
    name: 'bare LF around boundary lines',
    message: crlf(MIXED, '', '--b', '', 'x', '--b', '', 'y', '--b--').replaceAll('\r', ''),
    is: 'multipart/mixed [text/plain:0 "x", text/plain:0 "y"]',
  },
  {
    name: 'parts beyond the limit stay octets',
    message: crlf(MIXED, '', '--b', '', 'x', '--b', '', 'y', '--b', '', 'z', '--b--'),
    limits: { parts: 3 },
    is: 'multipart/mixed [text/plain:0 "x", text/plain:0 "y"]',
    truncated: true,
  },
  {
    name: 'levels beyond the limit stay octets',
    message: crlf(
      MIXED,
      '',
      '--b',
      RFC822,
      '',
      'A: b',
      '',
      'x',
      '--b',
      'Content-Type: multipart/mixed; boundary=c',
      '',
      '--c',
      '--b--',
    ),
    limits: { levels: 2 },
    is: 'multipart/mixed [message/rfc822:2 "A: b\\r\\n\\r\\nx", multipart/mixed "--c"]',
    truncated: true,
  },
  {
    name: 'a header beyond the limit is read as far as it is whole',
    message: crlf('Content-Type: text/html', 'Subject: 0123456789', '', 'x'),
    limits: { headerOctets: 30 },
    is: 'text/html:1 "x\\r\\n"',
    truncated: true,
  },
]

describe('structure', () => {
  for (const { name, message, is, limits, truncated = false } of CASES) {
    test(name, () => {
      const whole = octets(message)
      const expected = scanMessage(whole, limits)
      assert.equal(sketch(expected.root, message), is)
      assert.equal(expected.truncated, truncated)
      assert.equal(expected.sizeOctets, whole.length)
      for (const chunks of everySplit(whole)) assert.deepEqual(scanChunks(chunks, limits), expected)
    })
  }

  test('a boundary line longer than a line may be is content, wherever chunks end', () => {
    for (const [spaces, parts] of [
      [997, 2],
      [998, 1],
    ] as const) {
      const message = octets(crlf(MIXED, '', '--b', '', 'x', `--b${' '.repeat(spaces - 1)}`, '', 'y', '--b--'))
      for (const step of [1, 7, 999, 1000, 1001, 4096]) {
        const chunks: Uint8Array[] = []
        for (let at = 0; at < message.length; at += step) chunks.push(message.subarray(at, at + step))
        assert.equal(scanChunks(chunks).root.children?.length, parts, `${spaces} by ${step}`)
      }
    }
  })

  test('an array that is no Buffer and does not start on a word', () => {
    const text = 'line\n'.repeat(1000)
    for (let shift = 0; shift < 4; shift++) {
      const message = new Uint8Array(octets(`${'-'.repeat(shift)}A: b\n\n${text}`)).subarray(shift)
      assert.equal(scanMessage(message).root.lines, 1000)
    }
  })
})

const address = (name: string | null, mailbox: string, host: string): ImapAddress => ({
  name,
  adl: null,
  mailbox,
  host,
})

describe('what the header says', () => {
  test('RFC 3501 §8: the envelope of the example session', () => {
    const terry = address('Terry Gray', 'gray', 'cac.washington.edu')
    const { envelope, root } = scanMessage(
      octets(
        crlf(
          'Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)',
          'From: Terry Gray <gray@cac.washington.edu>',
          'Subject: IMAP4rev1 WG mtg summary and minutes',
          'To: imap@cac.washington.edu',
          'cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>',
          'Message-Id: <B27397-0100000@cac.washington.edu>',
          'MIME-Version: 1.0',
          'Content-Type: TEXT/PLAIN; CHARSET=US-ASCII',
          '',
          'x',
        ),
      ),
    )
    assert.deepEqual(envelope, {
      date: 'Wed, 17 Jul 1996 02:23:25 -0700 (PDT)',
      subject: 'IMAP4rev1 WG mtg summary and minutes',
      from: [terry],
      sender: [terry],
      replyTo: [terry],
      to: [address(null, 'imap', 'cac.washington.edu')],
      cc: [address(null, 'minutes', 'CNRI.Reston.VA.US'), address('John Klensin', 'KLENSIN', 'MIT.EDU')],
      bcc: [],
      inReplyTo: null,
      messageId: '<B27397-0100000@cac.washington.edu>',
    })
    assert.deepEqual(root, {
      header: { offset: 0, length: 342 },
      body: { offset: 342, length: 3 },
      type: 'text',
      subtype: 'plain',
      parameters: [['charset', 'US-ASCII']],
      encoding: '7bit',
      lines: 1,
    })
  })

  test('every field BODYSTRUCTURE knows', () => {
    const { root } = scanMessage(
      octets(
        crlf(
          'Content-Type: Application/PDF;',
          '\tname="a;b.pdf"; X-Y = z (comment)',
          'Content-Transfer-Encoding: Base64 (as usual)',
          'Content-ID: <1@x>',
          'Content-Description: a',
          ' description',
          'Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==',
          "Content-Disposition: ATTACHMENT; filename*0*=utf-8''%c3; filename*1*=%a4",
          'Content-Language: de, en-GB (British)',
          'Content-Location: http://x/y',
          '',
        ),
      ),
    )
    const { header: _header, body: _body, ...said } = root
    assert.deepEqual(said, {
      type: 'application',
      subtype: 'pdf',
      parameters: [
        ['name', 'a;b.pdf'],
        ['x-y', 'z'],
      ],
      encoding: 'base64',
      id: '<1@x>',
      description: 'a description',
      md5: 'Q2hlY2sgSW50ZWdyaXR5IQ==',
      disposition: {
        type: 'attachment',
        parameters: [
          ['filename*0*', "utf-8''%c3"],
          ['filename*1*', '%a4'],
        ],
      },
      language: ['de', 'en-GB'],
      location: 'http://x/y',
    })
  })

  test('octets above 127 survive one for one, and are reported', () => {
    const all = Buffer.from(Array.from({ length: 128 }, (_, at) => at + 128))
    const message = Buffer.concat([
      octets('Subject: a'),
      all,
      octets('z\r\nContent-Type: a/b; c="'),
      all,
      octets('"\r\n\r\n'),
    ])
    const scanned = scanMessage(message)
    assert.deepEqual(octets(scanned.envelope.subject ?? ''), Buffer.concat([octets('a'), all, octets('z')]))
    assert.deepEqual(octets(scanned.root.parameters[0]?.[1] ?? ''), all)
    assert.equal(scanned.eightBitHeader && scanned.eightBit, true)
    const inBody = scanMessage(octets('Subject: a\r\n\r\n\xe4'))
    assert.deepEqual([inBody.eightBitHeader, inBody.eightBit], [false, true])
    const inPart = scanMessage(octets(crlf(MIXED, '', '--b', 'Content-Description: \xe4', '', 'x', '--b--')))
    assert.deepEqual([inPart.eightBitHeader, inPart.eightBit], [true, true])
  })

  test('of fields that occur twice the first counts, save those of recipients; empty is not absent', () => {
    const { envelope } = scanMessage(
      octets(
        crlf('Subject:', 'Subject: b', 'From: a@x', 'From: b@x', 'To: a@x', 'To: b@x', 'Sender:', 'Reply-To: r@x', ''),
      ),
    )
    assert.equal(envelope.subject, '')
    assert.deepEqual(envelope.from, [address(null, 'a', 'x')])
    assert.deepEqual(envelope.sender, envelope.from)
    assert.deepEqual(envelope.replyTo, [address(null, 'r', 'x')])
    assert.deepEqual(envelope.to, [address(null, 'a', 'x'), address(null, 'b', 'x')])
    assert.equal(envelope.date, null)
  })

  test('message ids for threads', () => {
    const { messageIds } = scanMessage(
      octets(
        crlf(
          'Message-ID: <1@x>',
          'In-Reply-To: Your mail <2@x> of <2@x>',
          'References: <3@x>',
          '\t<4',
          ' @x> <broken <5@x>',
          '',
        ),
      ),
    )
    assert.deepEqual(messageIds, { messageId: '1@x', inReplyTo: ['2@x'], references: ['3@x', '4@x', '5@x'] })
  })

  for (const [name, value] of [
    ['In-Reply-To', '<yes>'],
    ['In-Reply-To', '<y> <2@x>'],
    ['References', '<n> <2@x> <>'],
  ] as const) {
    test(`what has no "@" refers to no message: ${name}: ${value}`, () => {
      const { messageIds } = scanMessage(octets(crlf('Message-ID: <1>', `${name}: ${value}`, '')))
      const ids = value.includes('@') ? ['2@x'] : []
      const [inReplyTo, references] = name === 'References' ? [[], ids] : [ids, []]
      assert.deepEqual(messageIds, { messageId: '1', inReplyTo, references })
    })
  }

  test('the fields clients list are kept whole, those that do not fit are named', () => {
    const message = octets(
      crlf(
        'Received: from a',
        ' by b',
        'X-Other: 1',
        'subject: x',
        'References: <1@x>',
        '\t<2@x>',
        'Received: from c',
        '',
        'x',
      ),
    )
    const all = scanMessage(message)
    assert.equal(
      Buffer.from(all.headerFields).toString(),
      crlf('Received: from a', ' by b', 'subject: x', 'References: <1@x>', '\t<2@x>', 'Received: from c'),
    )
    assert.deepEqual(all.headerFieldsMissing, [])
    const few = scanMessage(message, { keptFieldOctets: 50 })
    assert.equal(Buffer.from(few.headerFields).toString(), crlf('subject: x', 'References: <1@x>', '\t<2@x>'))
    assert.deepEqual(few.headerFieldsMissing, ['received'])
  })
})
