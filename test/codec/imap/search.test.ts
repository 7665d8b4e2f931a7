import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadCharset } from '../../../shared/codec/imap/charset.ts'
import { parseSearch, type SearchKey } from '../../../shared/codec/imap/search.ts'
import { formatEsearch, formatSearch } from '../../../shared/codec/imap/search-response.ts'
import { STAR } from '../../../shared/codec/imap/sequence-set.ts'
import { parseSort } from '../../../shared/codec/imap/sort.ts'
import { formatThreads, parseThread, type ThreadNode } from '../../../shared/codec/imap/thread.ts'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import { argsOf, parseTable, REFUSED, type Row } from './parse-table.ts'

const flag = (name: string, set = true) => ({ key: 'FLAG', flag: name, set })
const header = (field: string, text: string) => ({ key: 'HEADER', field, text })
const date = (of: string, is: string, day = 8797) => ({ key: 'DATE', of, is, day })
const and = (...keys: unknown[]) => ({ key: 'AND', keys })
const is = (input: string, criteria: unknown): Row => [`SEARCH ${input}`, { criteria }]

parseTable('SEARCH', parseSearch, [
  is(
    'FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"',
    and(flag('\\Flagged'), date('INTERNALDATE', 'SINCE'), { key: 'NOT', not: header('from', 'Smith') }),
  ),
  is('CHARSET UTF-8 TEXT {6}\r\n\xd0\xbc\xd0\xb0\xd1\x82', { key: 'TEXT', text: 'мат' }),
  is('TEXT "string not in mailbox"', { key: 'TEXT', text: 'string not in mailbox' }),
  is('ALL', { key: 'ALL' }),
  is('answered', flag('\\Answered')),
  is('UNANSWERED', flag('\\Answered', false)),
  is('DELETED', flag('\\Deleted')),
  is('UNDELETED', flag('\\Deleted', false)),
  is('DRAFT', flag('\\Draft')),
  is('UNDRAFT', flag('\\Draft', false)),
  is('UNFLAGGED', flag('\\Flagged', false)),
  is('SEEN', flag('\\Seen')),
  is('UNSEEN', flag('\\Seen', false)),
  is('RECENT', flag('\\Recent')),
  is('OLD', flag('\\Recent', false)),
  is('NEW', and(flag('\\Recent'), flag('\\Seen', false))),
  is('KEYWORD $Forwarded', flag('$Forwarded')),
  is('UNKEYWORD Junk', flag('Junk', false)),
  is('BCC a', header('bcc', 'a')),
  is('CC a', header('cc', 'a')),
  is('TO a', header('to', 'a')),
  is('SUBJECT "a b"', header('subject', 'a b')),
  is('BODY {0+}\r\n', { key: 'BODY', text: '' }),
  is('HEADER X-Spam ""', header('x-spam', '')),
  is('BEFORE 1-Feb-1994', date('INTERNALDATE', 'BEFORE')),
  is('ON "1-Feb-1994"', date('INTERNALDATE', 'ON')),
  is('SENTBEFORE 1-Feb-1994', date('SENT', 'BEFORE')),
  is('SENTON 1-Feb-1994', date('SENT', 'ON')),
  is('SENTSINCE 1-Feb-1994', date('SENT', 'SINCE')),
  is('SAVEDBEFORE 1-Feb-1994', date('SAVED', 'BEFORE')),
  is('SAVEDON 1-Feb-1994', date('SAVED', 'ON')),
  is('SAVEDSINCE 1-Feb-1994', date('SAVED', 'SINCE')),
  is('SAVEDATESUPPORTED', { key: 'SAVEDATESUPPORTED' }),
  is('LARGER 5000000000', { key: 'LARGER', sizeOctets: 5_000_000_000 }),
  is('SMALLER 0', { key: 'SMALLER', sizeOctets: 0 }),
  is('OLDER 86400', { key: 'OLDER', seconds: 86400 }),
  is('YOUNGER 1', { key: 'YOUNGER', seconds: 1 }),
  is('UID 1:*', { key: 'UID', messages: [[1, STAR]] }),
  is('2,4:7', {
    key: 'MESSAGES',
    messages: [
      [2, 2],
      [4, 7],
    ],
  }),
  is('* UNSEEN', and({ key: 'MESSAGES', messages: [[STAR, STAR]] }, flag('\\Seen', false))),
  is('$ SMALLER 4096', and({ key: 'MESSAGES', messages: '$' }, { key: 'SMALLER', sizeOctets: 4096 })),
  is('UID $', { key: 'UID', messages: '$' }),
  is(
    'UID "1:5,7" UNKEYWORD "Junk"',
    and(
      {
        key: 'UID',
        messages: [
          [1, 5],
          [7, 7],
        ],
      },
      flag('Junk', false),
    ),
  ),
  is('MODSEQ 620162338', { key: 'MODSEQ', modseq: 620162338 }),
  is('MODSEQ "/flags/\\\\draft" all 620162338', { key: 'MODSEQ', modseq: 620162338 }),
  is('EMAILID M6d99ac3275bb4e', { key: 'EMAILID', id: 'M6d99ac3275bb4e' }),
  is('THREADID T1', { key: 'THREADID', id: 'T1' }),
  is('OR SEEN (FLAGGED NOT (DRAFT))', {
    key: 'OR',
    keys: [flag('\\Seen'), and(flag('\\Flagged'), { key: 'NOT', not: flag('\\Draft') })],
  }),
  is('OR OR 1 2 3', {
    key: 'OR',
    keys: [
      { key: 'OR', keys: [1, 2].map((n) => ({ key: 'MESSAGES', messages: [[n, n]] })) },
      { key: 'MESSAGES', messages: [[3, 3]] },
    ],
  }),
  is('((ALL))', { key: 'ALL' }),
  is('CHARSET ISO-8859-1 SUBJECT "\xe9t\xe9"', header('subject', 'été')),
  is('charset "iso-2022-jp" SUBJECT "\x1b$B%F%9%H\x1b(B"', header('subject', 'テスト')),
  is('CHARSET US-ASCII SUBJECT "\xc3\xa9"', header('subject', 'é')),
  is('SUBJECT "\xc3\xa9"', header('subject', 'é')),
  ['SEARCH RETURN (MIN COUNT) DELETED', { returns: new Set(['MIN', 'COUNT']), criteria: flag('\\Deleted') }],
  ['UID SEARCH return () ALL', { returns: new Set(['ALL']), criteria: { key: 'ALL' } }],
  ['SEARCH RETURN (SAVE) CHARSET utf-8 ALL', { returns: new Set(['SAVE']), criteria: { key: 'ALL' } }],
  ['SEARCH RETURN (FOO) ALL', REFUSED],
  ['SEARCH SUBJECT "\xe9"', REFUSED],
  ['SEARCH CHARSET KLINGON ALL', REFUSED],
  ['SEARCH', REFUSED],
  ['SEARCH FOO', REFUSED],
  ['SEARCH CONSTRUCTOR', REFUSED],
  ['SEARCH ()', REFUSED],
  ['SEARCH (ALL', REFUSED],
  ['SEARCH ALL)', REFUSED],
  ['SEARCH OR ALL', REFUSED],
  ['SEARCH NOT', REFUSED],
  ['SEARCH FROM', REFUSED],
  ['SEARCH OLDER 0', REFUSED],
  ['SEARCH SINCE 31-Feb-2020', REFUSED],
  ['SEARCH KEYWORD \\Foo', REFUSED],
  ['SEARCH UID "1', REFUSED],
  ['SEARCH UID ""', REFUSED],
  ['SEARCH MODSEQ "/flags/x" some 1', REFUSED],
])

test('an unknown charset has an error of its own', () => {
  assert.throws(() => parseSearch(argsOf('SEARCH CHARSET KLINGON SUBJECT x')), BadCharset)
  assert.throws(() => parseSort(argsOf('SORT (DATE) KLINGON ALL')), BadCharset)
})

test('nesting without end is refused, in each of its forms', () => {
  for (const bomb of [
    '('.repeat(60_000),
    'NOT '.repeat(15_000),
    'OR '.repeat(20_000),
    '(NOT OR '.repeat(8000),
    `${'('.repeat(65)}ALL${')'.repeat(65)}`,
  ]) {
    assert.throws(() => parseSearch(argsOf(`SEARCH ${bomb}`)), ParseError)
  }
  assert.deepEqual(parseSearch(argsOf(`SEARCH ${'('.repeat(63)}ALL${')'.repeat(63)}`)), { criteria: { key: 'ALL' } })
  assert.throws(() => parseSearch(argsOf('SEARCH ((ALL))'), { depth: 2 }), ParseError)
})

test('as many keys as a line holds', () => {
  const { criteria } = parseSearch(argsOf(`SEARCH ${Array(16_000).fill('ALL').join(' ')}`))
  assert.equal((criteria as Extract<SearchKey, { keys: unknown }>).keys.length, 16_000)
})

test('SEARCH and ESEARCH responses', () => {
  assert.equal(formatSearch('SEARCH', [2, 84, 882]), '* SEARCH 2 84 882\r\n')
  assert.equal(formatSearch('SEARCH', [2, 5], 917162500), '* SEARCH 2 5 (MODSEQ 917162500)\r\n')
  assert.equal(formatSearch('SEARCH', [], 5), '* SEARCH\r\n')
  assert.equal(formatSearch('SORT', [5, 3, 4]), '* SORT 5 3 4\r\n')
  assert.equal(formatEsearch({ tag: 'A282', uid: false, min: 2, count: 3 }), '* ESEARCH (TAG "A282") MIN 2 COUNT 3\r\n')
  assert.equal(
    formatEsearch({ tag: 'A283', uid: true, all: [2, 10, 11, 12] }),
    '* ESEARCH (TAG "A283") UID ALL 2,10:12\r\n',
  )
  assert.equal(
    formatEsearch({ tag: 'a', uid: false, all: [5, 3, 4], max: 5, modseq: 7 }),
    '* ESEARCH (TAG "a") MAX 5 ALL 5,3:4 MODSEQ 7\r\n',
  )
  assert.equal(formatEsearch({ tag: 'a', uid: true, all: [], count: 0 }), '* ESEARCH (TAG "a") UID COUNT 0\r\n')
})

parseTable('SORT', parseSort, [
  [
    'SORT (SUBJECT) UTF-8 SINCE 1-Feb-1994',
    { order: [{ by: 'SUBJECT', reverse: false }], criteria: date('INTERNALDATE', 'SINCE') },
  ],
  [
    'UID SORT (REVERSE date DisplayFrom) US-ASCII ALL',
    {
      order: [
        { by: 'DATE', reverse: true },
        { by: 'DISPLAYFROM', reverse: false },
      ],
      criteria: { key: 'ALL' },
    },
  ],
  [
    'SORT RETURN (COUNT) (REVERSE SIZE) UTF-8 UNDELETED',
    { returns: new Set(['COUNT']), order: [{ by: 'SIZE', reverse: true }], criteria: flag('\\Deleted', false) },
  ],
  ['SORT (REVERSE) UTF-8 ALL', REFUSED],
  ['SORT () UTF-8 ALL', REFUSED],
  ['SORT (FOO) UTF-8 ALL', REFUSED],
  ['SORT (DATE) ALL', REFUSED],
])

parseTable('THREAD', parseThread, [
  ['THREAD REFERENCES US-ASCII TEXT "gewp"', { algorithm: 'REFERENCES', criteria: { key: 'TEXT', text: 'gewp' } }],
  [
    'THREAD ORDEREDSUBJECT UTF-8 SINCE 1-Feb-1994',
    { algorithm: 'ORDEREDSUBJECT', criteria: date('INTERNALDATE', 'SINCE') },
  ],
  ['THREAD REFS UTF-8 ALL', REFUSED],
])

const node = (number: number | undefined, ...children: ThreadNode[]): ThreadNode =>
  number === undefined ? { children } : { number, children }
const THREADS: [threads: ThreadNode[], formatted: string][] = [
  [[], '* THREAD\r\n'],
  // RFC 5256 §4
  [
    [node(2), node(3, node(6, node(4, node(23)), node(44, node(7, node(96)))))],
    '* THREAD (2)(3 6 (4 23)(44 7 96))\r\n',
  ],
  [[node(undefined, node(3), node(5))], '* THREAD ((3)(5))\r\n'],
  [[node(1, node(2, node(3)))], '* THREAD (1 2 3)\r\n'],
]
for (const [threads, formatted] of THREADS)
  test(formatted.trim(), () => assert.equal(formatThreads(threads), formatted))

test('a thread of 200,000 answers to answers, each with a second one', () => {
  let root = node(1)
  for (let n = 2; n < 200_000; n++) root = node(n, root, node(n))
  assert.ok(formatThreads([root]).endsWith(')\r\n'))
})
