import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findHead, type OpenMailbox, pageOfHeads, threadHeads } from '../../../shared/flows/inboxes/thread-index.ts'
import { SEEN } from '../../../shared/mailbox/flags.ts'
import type { ContentId, ThreadId } from '../../../shared/mailbox/ids.ts'
import { MessageTable } from '../../../shared/store/message-table.ts'

type Row = [thread: string, date: number, seen?: boolean, keywords?: string[]]

function mailbox(folder: OpenMailbox['folder'], rows: readonly Row[]): OpenMailbox {
  const table = new MessageTable()
  for (const [index, [thread, internalDate, seen = false, keywords = []]] of rows.entries()) {
    const message = {
      content: `01900000-0000-7000-8000-${String(index).padStart(12, '0')}` as ContentId,
      thread: thread as ThreadId,
      flags: { system: seen ? SEEN : 0, keywords },
      internalDate,
      sizeOctets: 1,
      token: new Uint8Array(12),
      furtherCopy: false,
    }
    table.append(index + 1, message, index + 1)
  }
  return { replica: undefined as never, table, count: table.count, folder }
}

const A = 'ffffffff00000001'
/** Begins as A does. */
const B = 'ffffffff00000002'
const C = '0000000000000003'

test('heads: newest date, first folder, unread and keywords of all messages; drafts do not count', () => {
  const heads = threadHeads([
    mailbox('trash', [[A, 5, true]]),
    mailbox('inbox', [
      [A, 3, false, ['Urgent']],
      [B, 4, true],
      [A, 1, true, ['urgent', 'Late']],
    ]),
    mailbox('drafts', [
      [B, 9],
      [C, 9],
    ]),
    mailbox('sent', [[B, 2, true]]),
  ])
  assert.deepEqual(
    heads.map(({ id, newestAt, folder, unread, keywords }) => [id, newestAt, folder, unread, [...keywords].sort()]),
    [
      [A, 5, 'inbox', true, ['late', 'urgent']],
      [B, 4, 'inbox', false, []],
    ],
  )
  assert.equal(findHead(heads, B)!.id, B)
  for (const id of [C, '', 'ffffffff', 'FFFFFFFF00000001', 'x'.repeat(16)]) assert.equal(findHead(heads, id), undefined)
})

test('pages: every cursor, both ways, as of the whole list sorted', () => {
  const rows = Array.from(
    { length: 57 },
    (_, at): Row => [((at * 2654435761) % 2 ** 32).toString(16).padStart(16, '0'), at % 7],
  )
  const heads = threadHeads([mailbox('inbox', rows)])
  const all = pageOfHeads(heads, { limit: 100 }).items.map(({ id }) => id)
  const dates = new Map(heads.map(({ id, newestAt }) => [id as string, newestAt]))
  assert.deepEqual(
    all.toSorted((a, b) => dates.get(b)! - dates.get(a)! || (a < b ? 1 : -1)),
    all,
  )
  for (const limit of [1, 10, 56, 57]) {
    for (const [at, id] of all.entries()) {
      const after = pageOfHeads(heads, { limit, after: id })
      assert.deepEqual(
        [after.items.map((head) => head.id), after.hasMore],
        [all.slice(at + 1, at + 1 + limit), at + 1 + limit < all.length],
      )
      const before = pageOfHeads(heads, { limit, before: id })
      assert.deepEqual(
        [before.items.map((head) => head.id), before.hasMore],
        [all.slice(Math.max(0, at - limit), at), at > limit],
      )
    }
  }
  assert.deepEqual(pageOfHeads(heads, { limit: 5, after: C }), { items: [], hasMore: false })
})
