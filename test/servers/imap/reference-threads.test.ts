import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatThreads } from '../../../shared/codec/imap/thread.ts'
import { type Threaded, threadByReferences } from '../../../shared/servers/imap/reference-threads.ts'

type Row = [id: string | null, references: string[], subject?: string, isReply?: boolean]

function threads(rows: readonly Row[]): string {
  const messages = rows.map(
    ([messageId, references, subject = '', isReply = false], index): Threaded => ({
      number: index + 1,
      messageId,
      references,
      subject,
      isReply,
      sentAt: index,
    }),
  )
  return formatThreads(threadByReferences(messages)).replace('* THREAD', '').trim()
}

const ROWS: { name: string; rows: Row[]; threads: string }[] = [
  { name: 'nothing', rows: [], threads: '' },
  {
    name: 'strangers',
    rows: [
      ['a', []],
      ['b', []],
    ],
    threads: '(1)(2)',
  },
  {
    name: 'a chain',
    rows: [
      ['a', []],
      ['b', ['a']],
      ['c', ['a', 'b']],
    ],
    threads: '(1 2 3)',
  },
  {
    name: 'two answers',
    rows: [
      ['a', []],
      ['b', ['a']],
      ['c', ['a']],
    ],
    threads: '(1 (2)(3))',
  },
  {
    name: 'the answer came first',
    rows: [
      ['b', ['a']],
      ['a', []],
    ],
    threads: '(2 1)',
  },
  { name: 'a missing parent of one', rows: [['b', ['gone']]], threads: '(1)' },
  {
    name: 'a missing parent of two',
    rows: [
      ['b', ['gone']],
      ['c', ['gone']],
    ],
    threads: '((1)(2))',
  },
  {
    name: 'a missing link in the middle',
    rows: [
      ['a', []],
      ['c', ['a', 'gone']],
    ],
    threads: '(1 2)',
  },
  {
    name: 'a loop',
    rows: [
      ['a', ['b']],
      ['b', ['a']],
    ],
    threads: '(2 1)',
  },
  { name: 'itself', rows: [['a', ['a']]], threads: '(1)' },
  {
    name: 'the same id twice',
    rows: [
      ['a', []],
      ['a', []],
    ],
    threads: '(1)(2)',
  },
  {
    name: 'no id',
    rows: [
      [null, []],
      [null, ['x']],
    ],
    threads: '(1)(2)',
  },
  {
    name: 'one subject, an answer',
    rows: [
      ['a', [], 'x'],
      ['b', [], 'x', true],
    ],
    threads: '(1 2)',
  },
  {
    name: 'one subject, no answers',
    rows: [
      ['a', [], 'x'],
      ['b', [], 'x'],
    ],
    threads: '((1)(2))',
  },
  {
    name: 'one subject, three',
    rows: [
      ['a', [], 'x'],
      ['b', [], 'x'],
      ['c', [], 'x'],
    ],
    threads: '((1)(2)(3))',
  },
]

for (const row of ROWS) test(`RFC 5256 §3, REFERENCES: ${row.name}`, () => assert.equal(threads(row.rows), row.threads))

test('a long chain and many answers end soon', () => {
  const chain = Array.from({ length: 20_000 }, (_, index): Row => [`m${index}`, index === 0 ? [] : [`m${index - 1}`]])
  const answers = Array.from({ length: 20_000 }, (_, index): Row => [`a${index}`, ['m0'], 'x', true])
  assert.ok(threads([...chain, ...answers]).length > 100_000)
})
