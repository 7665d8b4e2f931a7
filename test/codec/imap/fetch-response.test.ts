import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBodyStructure } from '../../../shared/codec/imap/body-structure.ts'
import { formatEnvelope } from '../../../shared/codec/imap/envelope.ts'
import type { SectionItem } from '../../../shared/codec/imap/fetch.ts'
import {
  FETCH_ITEMS,
  formatFetch,
  formatItemName,
  formatSectionLiteral,
  formatSectionNil,
  formatVanished,
} from '../../../shared/codec/imap/fetch-response.ts'
import type { ImapAddress, ImapEnvelope, MimePart } from '../../../shared/codec/mime/structure-types.ts'

const NOWHERE = { offset: 0, length: 0 }
const address = (name: string | null, mailbox: string | null, host: string | null): ImapAddress => ({
  name,
  adl: null,
  mailbox,
  host,
})
const part = (type: string, subtype: string, length: number, more: Partial<MimePart> = {}): MimePart => ({
  header: NOWHERE,
  body: { offset: 0, length },
  type,
  subtype,
  parameters: [],
  encoding: '7bit',
  ...more,
})

const TERRY = address('Terry Gray', 'gray', 'cac.washington.edu')
/** RFC 9051 §8. */
const EXAMPLE: ImapEnvelope = {
  date: 'Wed, 17 Jul 1996 02:23:25 -0700 (PDT)',
  subject: 'IMAP4rev2 WG mtg summary and minutes',
  from: [TERRY],
  sender: [TERRY],
  replyTo: [TERRY],
  to: [address(null, 'imap', 'cac.washington.edu')],
  cc: [address(null, 'minutes', 'CNRI.Reston.VA.US'), address('John Klensin', 'KLENSIN', 'MIT.EDU')],
  bcc: [],
  inReplyTo: null,
  messageId: '<B27397-0100000@cac.washington.ed>',
}
const EMPTY: ImapEnvelope = {
  date: null,
  subject: null,
  from: [],
  sender: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
  inReplyTo: null,
  messageId: null,
}
const NILS = '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)'

const ENVELOPES: [name: string, envelope: ImapEnvelope, utf8: boolean, formatted: string][] = [
  [
    'RFC 9051 §8',
    EXAMPLE,
    false,
    '("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" ' +
      '(("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ' +
      '(("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ' +
      '((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL ' +
      '"<B27397-0100000@cac.washington.ed>")',
  ],
  ['nothing at all', EMPTY, false, NILS],
  ['8-bit as literal', { ...EMPTY, subject: '\xc3\xa9' }, false, NILS.replace('NIL NIL', 'NIL {2}\r\n\xc3\xa9')],
  ['8-bit in quotes', { ...EMPTY, subject: '\xc3\xa9' }, true, NILS.replace('NIL NIL', 'NIL "\xc3\xa9"')],
  ['an empty subject', { ...EMPTY, subject: '' }, false, NILS.replace('NIL NIL', 'NIL ""')],
  [
    'a group, and an address without a domain',
    { ...EMPTY, to: [address(null, 'friends', null), address(null, 'a', ''), address(null, null, null)] },
    false,
    '(NIL NIL NIL NIL NIL ((NIL NIL "friends" NIL)(NIL NIL "a" "")(NIL NIL NIL NIL)) NIL NIL NIL NIL)',
  ],
]
for (const [name, envelope, utf8, formatted] of ENVELOPES) {
  test(`ENVELOPE: ${name}`, () => assert.equal(formatEnvelope(envelope, utf8), formatted))
}

const TEXT = part('text', 'plain', 3028, { parameters: [['charset', 'us-ascii']], lines: 92 })
const NESTED = { envelope: EMPTY, part: part('text', 'plain', 7, { lines: 1 }) }
const BODIES: [name: string, body: MimePart, options: { extended: boolean; rev2: boolean }, formatted: string][] = [
  [
    'RFC 9051 §8',
    TEXT,
    { extended: false, rev2: false },
    '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3028 92)',
  ],
  [
    'text with extensions',
    TEXT,
    { extended: true, rev2: false },
    '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3028 92 NIL NIL NIL NIL)',
  ],
  [
    'RFC 9051 §7.5.2: two texts',
    part('multipart', 'mixed', 0, {
      parameters: [['boundary', 'x']],
      children: [
        part('text', 'plain', 1152, { parameters: [['charset', 'US-ASCII']], lines: 23 }),
        part('text', 'plain', 4554, {
          parameters: [
            ['charset', 'US-ASCII'],
            ['name', 'cc.diff'],
          ],
          id: '<960723163407.20117h@cac.washington.edu>',
          description: 'Compiler diff',
          encoding: 'base64',
          lines: 73,
          disposition: { type: 'attachment', parameters: [['filename', 'cc "x".diff']] },
          language: ['en', 'de'],
          location: 'http://x/',
          md5: 'Q2hlY2s=',
        }),
      ],
    }),
    { extended: true, rev2: false },
    '(("text" "plain" ("charset" "US-ASCII") NIL NIL "7bit" 1152 23 NIL NIL NIL NIL)' +
      '("text" "plain" ("charset" "US-ASCII" "name" "cc.diff") "<960723163407.20117h@cac.washington.edu>" "Compiler diff" ' +
      '"base64" 4554 73 "Q2hlY2s=" ("attachment" ("filename" "cc \\"x\\".diff")) ("en" "de") "http://x/")' +
      ' "mixed" ("boundary" "x") NIL NIL NIL)',
  ],
  [
    'a message within',
    part('message', 'rfc822', 99, { lines: 5, message: NESTED }),
    { extended: false, rev2: false },
    `("message" "rfc822" NIL NIL NIL "7bit" 99 ${NILS} ("text" "plain" NIL NIL NIL "7bit" 7 1) 5)`,
  ],
  [
    'a message within, with extensions',
    part('message', 'rfc822', 99, { lines: 5, message: NESTED }),
    { extended: true, rev2: false },
    `("message" "rfc822" NIL NIL NIL "7bit" 99 ${NILS} ("text" "plain" NIL NIL NIL "7bit" 7 1 NIL NIL NIL NIL) 5 NIL NIL NIL NIL)`,
  ],
  [
    'a message that was not opened',
    part('message', 'rfc822', 99, { lines: 5 }),
    { extended: false, rev2: false },
    '("application" "octet-stream" NIL NIL NIL "7bit" 99)',
  ],
  [
    'message/global for rev1',
    part('message', 'global', 99, { lines: 5, message: NESTED }),
    { extended: false, rev2: false },
    '("message" "global" NIL NIL NIL "7bit" 99)',
  ],
  [
    'message/global for rev2',
    part('message', 'global', 99, { lines: 5, message: NESTED }),
    { extended: false, rev2: true },
    `("message" "global" NIL NIL NIL "7bit" 99 ${NILS} ("text" "plain" NIL NIL NIL "7bit" 7 1) 5)`,
  ],
  [
    'message/delivery-status',
    part('message', 'delivery-status', 9),
    { extended: false, rev2: false },
    '("message" "delivery-status" NIL NIL NIL "7bit" 9)',
  ],
  [
    'a multipart without parts',
    part('multipart', 'mixed', 9, { children: [] }),
    { extended: true, rev2: false },
    '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed" NIL NIL NIL NIL)',
  ],
  [
    'a multipart cut by a limit',
    part('multipart', 'mixed', 9),
    { extended: true, rev2: false },
    '("application" "octet-stream" NIL NIL NIL "7bit" 9 NIL NIL NIL NIL)',
  ],
  [
    'RFC 9051 §7.5.2: parameters in pieces',
    part('image', 'png', 9, {
      parameters: [
        ['name*0', 'a'],
        ['name*1', 'b.png'],
      ],
      disposition: {
        type: 'attachment',
        parameters: [
          ['filename*0*', "utf-8''%c3"],
          ['filename*1*', '%a4.png'],
        ],
      },
    }),
    { extended: true, rev2: false },
    `("image" "png" ("name" "ab.png") NIL NIL "7bit" 9 NIL ("attachment" ("filename*" "utf-8''%c3%a4.png")) NIL NIL)`,
  ],
  [
    'an 8-bit name',
    part('image', 'png', 9, { parameters: [['name', '\xe9']] }),
    { extended: false, rev2: true },
    '("image" "png" ("name" {1}\r\n\xe9) NIL NIL "7bit" 9)',
  ],
]
for (const [name, body, options, formatted] of BODIES) {
  test(`BODY: ${name}`, () => assert.equal(formatBodyStructure(body, options), formatted))
}

test('FETCH responses', () => {
  const items = [
    FETCH_ITEMS.UID(7),
    FETCH_ITEMS.FLAGS(['\\Seen', '$x']),
    FETCH_ITEMS.INTERNALDATE(0),
    FETCH_ITEMS['RFC822.SIZE'](44827),
    FETCH_ITEMS.MODSEQ(624140003),
    FETCH_ITEMS.EMAILID('M1'),
    FETCH_ITEMS.THREADID(null),
    FETCH_ITEMS.SAVEDATE(null),
    FETCH_ITEMS.PREVIEW('Gr\xc3\xbc\xc3\x9fe', true),
    FETCH_ITEMS['BINARY.SIZE']([1, 2], 9),
    FETCH_ITEMS.ENVELOPE(EMPTY, false),
  ]
  assert.equal(
    formatFetch(12, items),
    '* 12 FETCH (UID 7 FLAGS (\\Seen $x) INTERNALDATE " 1-Jan-1970 00:00:00 +0000" RFC822.SIZE 44827 MODSEQ (624140003) ' +
      `EMAILID (M1) THREADID NIL SAVEDATE NIL PREVIEW "Gr\xc3\xbc\xc3\x9fe" BINARY.SIZE[1.2] 9 ENVELOPE ${NILS})\r\n`,
  )
})

test('a preview that is not ASCII is quoted only for who has enabled UTF-8', () => {
  assert.equal(FETCH_ITEMS.PREVIEW('\xc3\xbc', true), 'PREVIEW "\xc3\xbc"')
  assert.equal(FETCH_ITEMS.PREVIEW('\xc3\xbc', false), 'PREVIEW {2}\r\n\xc3\xbc')
  assert.equal(FETCH_ITEMS.PREVIEW('u', false), 'PREVIEW "u"')
  assert.equal(FETCH_ITEMS.PREVIEW(null, false), 'PREVIEW NIL')
})

test('what stands around content that is not text of ours', () => {
  const item: SectionItem = { item: 'SECTION', section: { part: [1] }, peek: true, partial: { offset: 0, count: 2048 } }
  assert.equal(formatSectionLiteral(formatItemName(item), 342), 'BODY[1]<0> {342}\r\n')
  assert.equal(
    formatSectionLiteral(formatItemName({ item: 'BINARY', part: [1], peek: true }), 3, true),
    'BINARY[1] ~{3}\r\n',
  )
  assert.equal(
    formatSectionNil(formatItemName({ item: 'SECTION', section: { part: [9] }, peek: false })),
    'BODY[9] NIL',
  )
  assert.equal(formatVanished('300:310,405', true), '* VANISHED (EARLIER) 300:310,405\r\n')
  assert.equal(formatVanished('405', false), '* VANISHED 405\r\n')
})

test('10,000 ENVELOPE and BODYSTRUCTURE are formatted at once', () => {
  const root = part('multipart', 'mixed', 0, {
    parameters: [['boundary', 'x']],
    children: [TEXT, TEXT, part('image', 'png', 99_999, { encoding: 'base64' })],
  })
  const started = performance.now()
  let octets = 0
  for (let n = 0; n < 10_000; n++) {
    octets += Buffer.byteLength(
      formatFetch(n, [
        FETCH_ITEMS.UID(n),
        FETCH_ITEMS.ENVELOPE(EXAMPLE, false),
        FETCH_ITEMS.BODYSTRUCTURE(root, false),
      ]),
      'latin1',
    )
  }
  const ms = performance.now() - started
  assert.ok(octets > 5_000_000)
  assert.ok(ms < 3000, `${ms} ms`) // tens of ms on a machine of one's own
})
