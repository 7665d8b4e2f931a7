/** Conversations of a mailbox that was folded: lists and searches read segments, not a thousand items and objects. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { listThreads } from '../../../shared/flows/inboxes/list-threads.ts'
import { searchThreads } from '../../../shared/flows/inboxes/search-threads.ts'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { foldMailbox } from '../../../shared/flows/mailboxes/fold-mailbox.ts'
import { NO_FLAGS } from '../../../shared/mailbox/flags.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { Blobs } from '../../../shared/ports/blobs.ts'
import { type House, message, openHouse, SCAN } from '../../house.ts'

/** More than a segment holds. */
const MESSAGES = 1080

describe('conversations of a folded mailbox', () => {
  let house: House
  let reads = 0
  before(async () => {
    house = await openHouse()
    for (let at = 0; at < MESSAGES; at += 90) {
      const messages = Array.from({ length: 90 }, (_, index) => ({
        source: sourceOf(
          message(`number ${at + index}`, `All say ordinary; ${(at + index) % 3 === 0 ? 'some say Größe' : 'x'}.\r\n`),
        ),
        flags: NO_FLAGS,
        internalDate: Date.UTC(2026, 0, 1) + (at + index) * 60_000,
      }))
      await appendMessages(house.demo, house.inbox, messages, SCAN)
    }
    await foldMailbox(house.demo, house.inbox)
    const late = { source: sourceOf(message('unfolded', 'some say grösse.\r\n')), flags: NO_FLAGS }
    await appendMessages(house.demo, house.inbox, [late], SCAN)
    const { blobs } = house.demo.engine
    const get: Blobs['get'] = blobs.get.bind(blobs)
    blobs.get = (name, range) => {
      if (name.startsWith('raw/')) reads += 1
      return get(name, range)
    }
  })
  after(() => house.close())

  async function everyPage<T extends { id: string }>(
    page: (request: { limit: number; after?: string }) => Promise<{ items: T[]; hasMore: boolean }>,
  ): Promise<T[]> {
    const all: T[] = []
    for (;;) {
      const last = all.at(-1)
      const { items, hasMore } = await page({ limit: 400, ...(last && { after: last.id }) })
      all.push(...items)
      if (!hasMore) return all
    }
  }

  test('lists read no object', async () => {
    reads = 0
    const all = await everyPage((page) => listThreads(house.demo, house.alice, { folders: ['inbox'] }, page))
    assert.deepEqual(
      all.map(({ subject }) => subject),
      ['unfolded', ...Array.from({ length: MESSAGES }, (_, index) => `number ${MESSAGES - 1 - index}`)],
    )
    assert.equal(reads, 0)
  })

  test('searches read what is folded from segments, and the rest from its object', async () => {
    reads = 0
    const found = await everyPage((page) => searchThreads(house.demo, house.alice, { query: 'grösse' }, page))
    assert.equal(found.length, MESSAGES / 3 + 1)
    for (const { matchedEmail } of found) assert.match(matchedEmail!, /^[0-9a-f-]{36}$/)
    // Of each message that is in no segment its header and its text.
    assert.ok(reads <= 2 * 81 * 2, `${reads} reads of objects in two searches`)
    const since = Date.UTC(2026, 0, 1) + 100 * 60_000
    const until = since + 3 * 60_000
    const some = await searchThreads(house.demo, house.alice, { query: 'GRÖSSE', since, until }, { limit: 10 })
    assert.deepEqual(
      some.items.map(({ subject }) => subject),
      ['number 102'],
    )
  })
})
