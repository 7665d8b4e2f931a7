import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFetch } from '../../../shared/codec/imap/fetch.ts'
import { formatItemName } from '../../../shared/codec/imap/fetch-response.ts'
import { STAR } from '../../../shared/codec/imap/sequence-set.ts'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import { cpuMs } from '../../cpu-time.ts'
import { argsOf, parseTable, REFUSED, type Row } from './parse-table.ts'

const FAST = [{ item: 'FLAGS' }, { item: 'INTERNALDATE' }, { item: 'RFC822.SIZE' }]
const ALL = [...FAST, { item: 'ENVELOPE' }]
const section = (part: number[], more: object = {}, item: object = {}) => ({
  item: 'SECTION',
  section: { part, ...more },
  peek: false,
  ...item,
})
const one = (input: string, ...items: unknown[]): Row => [input, { messages: [[1, 1]], items, vanished: false }]

parseTable('FETCH', parseFetch, [
  [
    'FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])',
    {
      messages: [[2, 4]],
      items: [{ item: 'FLAGS' }, section([], { text: 'HEADER.FIELDS', fields: ['DATE', 'FROM'] })],
      vanished: false,
    },
  ],
  one('FETCH 1 all', ...ALL),
  one('FETCH 1 FAST', ...FAST),
  one('FETCH 1 FULL', ...ALL, { item: 'BODY' }),
  one('FETCH 1 (UID FULL)', { item: 'UID' }, ...ALL, { item: 'BODY' }),
  one(
    'FETCH 1 (uid envelope bodystructure body)',
    { item: 'UID' },
    { item: 'ENVELOPE' },
    { item: 'BODYSTRUCTURE' },
    { item: 'BODY' },
  ),
  one('FETCH 1 BODY[]', section([])),
  one('FETCH 1 BODY.PEEK[]<0.10024>', section([], {}, { peek: true, partial: { offset: 0, count: 10024 } })),
  one('FETCH 1 BODY[1.2.3]', section([1, 2, 3])),
  one('FETCH 1 body[4.2.text]<5.6>', section([4, 2], { text: 'TEXT' }, { partial: { offset: 5, count: 6 } })),
  one('FETCH 1 BODY[3.HEADER]', section([3], { text: 'HEADER' })),
  one('FETCH 1 BODY[3.1.MIME]', section([3, 1], { text: 'MIME' })),
  one(
    'FETCH 1 BODY[1.2.HEADER.FIELDS.NOT ("x y" {2+}\r\nTo)]<1.2>',
    section([1, 2], { text: 'HEADER.FIELDS.NOT', fields: ['x y', 'To'] }, { partial: { offset: 1, count: 2 } }),
  ),
  one(
    'FETCH 1 (RFC822 RFC822.HEADER RFC822.TEXT)',
    section([], {}, { name: 'RFC822' }),
    section([], { text: 'HEADER' }, { peek: true, name: 'RFC822.HEADER' }),
    section([], { text: 'TEXT' }, { name: 'RFC822.TEXT' }),
  ),
  one(
    'FETCH 1 (MODSEQ EMAILID THREADID SAVEDATE)',
    { item: 'MODSEQ' },
    { item: 'EMAILID' },
    { item: 'THREADID' },
    { item: 'SAVEDATE' },
  ),
  one('FETCH 1 (PREVIEW UID)', { item: 'PREVIEW', lazy: false }, { item: 'UID' }),
  one('FETCH 1 (preview (lazy) UID)', { item: 'PREVIEW', lazy: true }, { item: 'UID' }),
  one('FETCH 1 PREVIEW (LAZY)', { item: 'PREVIEW', lazy: true }),
  one('FETCH 1 BINARY.PEEK[1.2]<0.5>', { item: 'BINARY', part: [1, 2], peek: true, partial: { offset: 0, count: 5 } }),
  one(
    'FETCH 1 (BINARY[] BINARY.SIZE[3])',
    { item: 'BINARY', part: [], peek: false },
    { item: 'BINARY.SIZE', part: [3] },
  ),
  [
    'UID FETCH 1:* (FLAGS) (CHANGEDSINCE 0)',
    { messages: [[1, STAR]], items: [{ item: 'FLAGS' }], changedSince: 0, vanished: false },
  ], // iOS
  [
    'UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)',
    { messages: [[300, 500]], items: [{ item: 'FLAGS' }], changedSince: 12345, vanished: true },
  ],
  [
    'FETCH $ PREVIEW (CHANGEDSINCE 7)',
    { messages: '$', items: [{ item: 'PREVIEW', lazy: false }], changedSince: 7, vanished: false },
  ],
  ['FETCH 1 FLAGS (VANISHED)', REFUSED],
  ['FETCH 1 FLAGS (FOO)', REFUSED],
  ['FETCH 1 FLAGS ()', REFUSED],
  ['FETCH 1 ()', REFUSED],
  ['FETCH 1 (FLAGS', REFUSED],
  ['FETCH 1 FLAGS UID', REFUSED],
  ['FETCH 1 FOO', REFUSED],
  ['FETCH 1 CONSTRUCTOR', REFUSED],
  ['FETCH 1 BODY[0]', REFUSED],
  ['FETCH 1 BODY[1.]', REFUSED],
  ['FETCH 1 BODY[.1]', REFUSED],
  ['FETCH 1 BODY[MIME]', REFUSED],
  ['FETCH 1 BODY[1.FOO]', REFUSED],
  ['FETCH 1 BODY[TEXT.1]', REFUSED],
  ['FETCH 1 BODY[HEADER.FIELDS]', REFUSED],
  ['FETCH 1 BODY[HEADER.FIELDS ()]', REFUSED],
  ['FETCH 1 BODY.PEEK', REFUSED],
  ['FETCH 1 BODY[]<0>', REFUSED],
  ['FETCH 1 BINARY[TEXT]', REFUSED],
  ['FETCH 1 BINARY', REFUSED],
  ['FETCH 1 BINARY.SIZE[1]<0.1>', REFUSED],
  ['FETCH 1', REFUSED],
  ['FETCH FLAGS', REFUSED],
])

const NAMES: [asked: string, answered: string][] = [
  ['BODY[]', 'BODY[]'],
  ['BODY.PEEK[1.2]<0.100>', 'BODY[1.2]<0>'],
  ['BODY[HEADER.FIELDS (Subject "X Y")]', 'BODY[HEADER.FIELDS (Subject "X Y")]'],
  ['BODY[1.2.mime]<9.1>', 'BODY[1.2.MIME]<9>'],
  ['BODY[4.HEADER.FIELDS.NOT (a b)]', 'BODY[4.HEADER.FIELDS.NOT (a b)]'],
  ['RFC822.TEXT', 'RFC822.TEXT'],
  ['BINARY.PEEK[2]<4.5>', 'BINARY[2]<4>'],
]
for (const [asked, answered] of NAMES) {
  test(`${asked} is answered as ${answered}`, () => {
    const [item] = parseFetch(argsOf(`FETCH 1 ${asked}`)).items
    assert.ok(item?.item === 'SECTION' || item?.item === 'BINARY')
    assert.equal(formatItemName(item), answered)
  })
}

test('a part number of the longest line is read or refused at once', () => {
  const startedMs = cpuMs()
  assert.equal(parseFetch(argsOf(`FETCH 1 BODY[${'1.'.repeat(32_000)}1]`)).items.length, 1)
  assert.throws(() => parseFetch(argsOf(`FETCH 1 ${'('.repeat(60_000)}`)), ParseError)
  assert.ok(cpuMs() - startedMs < 3000)
})
