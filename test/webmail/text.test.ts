import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatAddress, looksDeliverable, parseAddresses } from '../../functions/webmail/text/addresses.ts'
import { blocksOf, piecesOf } from '../../functions/webmail/text/plain-text.ts'
import { forwardSubject, quoted, replySubject } from '../../functions/webmail/text/quote.ts'
import { parseSearch } from '../../functions/webmail/text/search-query.ts'
import { parseSize, sizeText } from '../../functions/webmail/text/sizes.ts'
import { cpuMs } from '../cpu-time.ts'

const NOW = new Date(2026, 4, 15, 12).getTime()
const day = (year: number, month: number, date: number) => new Date(year, month - 1, date).toISOString()

describe('what is typed into the search box', () => {
  const ROWS: [string, object][] = [
    ['hello', { text: 'hello' }],
    ['hello world', { operator: 'AND', conditions: [{ text: 'hello' }, { text: 'world' }] }],
    ['"hello world"', { text: 'hello world' }],
    ['“hello world”', { text: 'hello world' }],
    ['-spam', { operator: 'NOT', conditions: [{ text: 'spam' }] }],
    ['-"two words"', { operator: 'NOT', conditions: [{ text: 'two words' }] }],
    ['from:ann', { from: 'ann' }],
    ['from:"Ann Lee"', { from: 'Ann Lee' }],
    ['FROM:ann', { from: 'ann' }],
    ['-from:ann', { operator: 'NOT', conditions: [{ from: 'ann' }] }],
    ['to:bob', { to: 'bob' }],
    ['subject:关于', { subject: '关于' }],
    ['is:unread', { notKeyword: '$seen' }],
    ['is:flagged', { hasKeyword: '$flagged' }],
    ['has:attachment', { hasAttachment: true }],
    ['in:archive', { inMailbox: 'archive-id' }],
    ['before:2026-05-01', { before: day(2026, 5, 1) }],
    ['after:2026/4/30', { after: day(2026, 4, 30) }],
    ['after:7d', { after: day(2026, 5, 8) }],
    ['before:1m', { before: day(2026, 4, 15) }],
    ['on:yesterday', { after: day(2026, 5, 14), before: day(2026, 5, 15) }],
    ['larger:5MB', { minSize: 5_000_000 }],
    ['smaller:100k', { maxSize: 100_000 }],
    // None of ours: words, colon and all.
    ['http://example.com/a', { text: 'http://example.com/a' }],
    ['10:30', { text: '10:30' }],
    ['before:soon', { text: 'before:soon' }],
    ['larger:much', { text: 'larger:much' }],
    ['is:purple', { text: 'is:purple' }],
    ['in:nowhere', { text: 'in:nowhere' }],
    ['from:', {}],
    ['"open end', { text: 'open end' }],
    ['-', { text: '-' }],
  ]
  for (const [typed, filter] of ROWS) {
    test(typed, () => {
      const mailboxId = (name: string) => (name === 'archive' ? 'archive-id' : undefined)
      const found = parseSearch(typed, { mailboxId, hidden: [], nowMs: NOW }).filter
      assert.deepEqual(
        found,
        'text' in filter || Object.keys(filter).length > 0 ? filter : { operator: 'AND', conditions: [] },
      )
    })
  }

  test('Trash and Junk are looked into only where they are named', () => {
    const context = { mailboxId: () => 'trash-id', hidden: ['trash-id', 'junk-id'], nowMs: NOW }
    assert.deepEqual(parseSearch('a', context).filter, {
      operator: 'AND',
      conditions: [{ text: 'a' }, { inMailboxOtherThan: ['trash-id', 'junk-id'] }],
    })
    assert.deepEqual(parseSearch('in:trash', context).filter, { inMailbox: 'trash-id' })
  })

  test('words that mean nothing are told', () => {
    const { unknown } = parseSearch('is:purple in:nowhere a', { mailboxId: () => undefined, hidden: [], nowMs: NOW })
    assert.deepEqual(unknown, ['is:purple', 'in:nowhere'])
  })
})

describe('addresses as they are typed', () => {
  const ROWS: [string, [string | null, string][]][] = [
    ['a@b.c', [[null, 'a@b.c']]],
    [
      'a@b.c, d@e.f',
      [
        [null, 'a@b.c'],
        [null, 'd@e.f'],
      ],
    ],
    [
      'Ann <a@b.c>; Bob <d@e.f>,',
      [
        ['Ann', 'a@b.c'],
        ['Bob', 'd@e.f'],
      ],
    ],
    ['"Lee, Ann" <a@b.c>', [['Lee, Ann', 'a@b.c']]],
    ['"A \\"B\\" C" <a@b.c>', [['A "B" C', 'a@b.c']]],
    [
      '王小明 <w@b.c>\nمحمد <m@b.c>',
      [
        ['王小明', 'w@b.c'],
        ['محمد', 'm@b.c'],
      ],
    ],
    ['Ann <a@b.c', [['Ann', 'a@b.c']]],
    ['', []],
    [' , ;', []],
    ['nobody', [[null, 'nobody']]],
  ]
  for (const [typed, list] of ROWS) {
    test(JSON.stringify(typed), () =>
      assert.deepEqual(
        parseAddresses(typed).map(({ name, email }) => [name, email]),
        list,
      ),
    )
  }

  test('what is formatted is parsed as it was', () => {
    for (const name of ['Ann', 'Lee, Ann', 'A "B" \\ C', 'a@b', '王', null]) {
      const address = { name, email: 'x@y.z' }
      assert.deepEqual(parseAddresses(formatAddress(address)), [address])
    }
  })

  test('what cannot be sent to is seen', () => {
    assert.deepEqual(['a@b', 'ü@ö.test', 'a', '@b', 'a@', 'a b@c', 'a@b,c'].map(looksDeliverable), [
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ])
  })
})

describe('plain text', () => {
  const links = (line: string) => piecesOf(line).flatMap((piece) => ('href' in piece ? piece.href : []))
  const ROWS: [string, string[]][] = [
    ['see https://example.com/a.', ['https://example.com/a']],
    ['(https://example.com/a_(b))', ['https://example.com/a_(b)']],
    ['<https://example.com>', ['https://example.com']],
    ['www.example.com, and', ['https://www.example.com']],
    ['mailto:a@b.c!', ['mailto:a@b.c']],
    ['https://a.b https://c.d', ['https://a.b', 'https://c.d']],
    ['xhttps://a.b', []],
    ['https://', []],
    ['javascript:alert(1)', []],
    ['关于https://例子.test/路径。', []],
  ]
  for (const [line, found] of ROWS) test(line, () => assert.deepEqual(links(line), found))

  test('all of a line is kept', () => {
    for (const [line] of ROWS)
      assert.equal(
        piecesOf(line)
          .map(({ text }) => text)
          .join(''),
        line,
      )
  })

  test('a line of brackets takes no longer than it is', () => {
    const startedMs = cpuMs()
    piecesOf(`https://a.b/${')'.repeat(300_000)} ${'www.'.repeat(100_000)}`)
    assert.ok(cpuMs() - startedMs < 2000)
  })

  test('quotes are levels', () => {
    const levels = blocksOf('a\n> b\n> c\n>> d\n> > e\n\nf\n').map(({ level, lines }) => [level, lines.length])
    assert.deepEqual(levels, [
      [0, 1],
      [1, 2],
      [2, 2],
      [0, 2],
    ])
  })
})

describe('replies', () => {
  test('one mark before the subject is enough', () => {
    const rows = ['Hello', 'Re: Hello', 'RE: Hello', 'Aw: Hallo', '回复:你好', 'Recall: it', null]
    assert.deepEqual(rows.map(replySubject), [
      'Re: Hello',
      'Re: Hello',
      'RE: Hello',
      'Aw: Hallo',
      '回复:你好',
      'Re: Recall: it',
      'Re: ',
    ])
    assert.deepEqual(['Hello', 'Fwd: Hello', 'WG: Hallo'].map(forwardSubject), [
      'Fwd: Hello',
      'Fwd: Hello',
      'WG: Hallo',
    ])
  })
  test('quotes count', () => assert.equal(quoted('a\n\n> b\n'), '> a\n>\n>> b'))
})

test('sizes', () => {
  assert.deepEqual([0, 999, 1000, 1_500_000, 123_456_789, 5e12].map(sizeText), [
    '0 bytes',
    '999 bytes',
    '1.0 KB',
    '1.5 MB',
    '123 MB',
    '5.0 TB',
  ])
  assert.deepEqual(['5', '5k', '5KB', '1.5m', '2GB', 'x', '', '-1'].map(parseSize), [
    5,
    5000,
    5000,
    1_500_000,
    2e9,
    undefined,
    undefined,
    undefined,
  ])
})
