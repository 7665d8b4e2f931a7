/** A list of 100,000 messages: what a window of it reads, and a conversation in one round trip (DESIGN §3). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { scanContent } from '../../../shared/flows/arrivals/scan-content.ts'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { NO_FLAGS } from '../../../shared/mailbox/flags.ts'
import type { ContentId, MailboxId, ThreadId } from '../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { Engine } from '../../../shared/ports/engine.ts'
import { createApi } from '../../../shared/servers/http/api.ts'
import { openStore, type TenantStore } from '../../../shared/store/store.ts'
import { DEMO, message, SCAN } from '../../house.ts'
import { type Any, CORE, type JmapHouse, MAIL, openJmapHouse } from './jmap-house.ts'

const MESSAGES = 100_000
const IN_A_RECORD = 4000
/** Of these the views are there: nobody reads further down. */
const SHOWN = 120

describe('a list of 100,000 messages', () => {
  let house: JmapHouse
  let reads: string[] = []
  let api: ReturnType<typeof createApi>
  let demo: TenantStore

  before(async () => {
    house = await openJmapHouse()
    const engine = counted(house.engine, (read) => reads.push(read))
    const store = openStore(engine, { demonstration: true })
    demo = store.tenant(DEMO)
    api = createApi({ ...house.services, store })
    await fillWithoutObjects(demo, house.inbox)
  })
  after(() => house.close())

  async function calls(...all: [name: string, args: Any][]): Promise<Any[]> {
    const methodCalls = all.map(([name, args], index) => [name, { accountId: house.accountId, ...args }, `c${index}`])
    const request = new Request('http://127.0.0.1/jmap/api', {
      method: 'POST',
      headers: { authorization: house.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ using: [CORE, MAIL], methodCalls }),
    })
    const response = await api.fetch(request, { remoteAddress: '127.0.0.1', loopback: true })
    return ((await response.json()) as Any).methodResponses.map(([, answer]: Any[]) => answer)
  }

  const list = { filter: { inMailbox: '' }, sort: [{ property: 'receivedAt', isAscending: false }], limit: 50 }
  const query = (more: Any = {}) => ({ ...list, filter: { inMailbox: house.inbox.split('/')[2] }, ...more })

  test('its first window, with what is shown of each, is a few reads', async () => {
    await calls(['Mailbox/get', { ids: null }]) // takes the mailboxes into memory
    reads = []
    const startedMs = performance.now()
    const [mailboxes, found, got] = await calls(
      ['Mailbox/get', { ids: null }],
      ['Email/query', query({ calculateTotal: true, collapseThreads: true })],
      [
        'Email/get',
        {
          '#ids': { resultOf: 'c1', name: 'Email/query', path: '/ids' },
          properties: [
            'threadId',
            'mailboxIds',
            'keywords',
            'from',
            'subject',
            'receivedAt',
            'preview',
            'hasAttachment',
          ],
        },
      ],
    )
    const tookMs = performance.now() - startedMs
    assert.equal(mailboxes.list[0].totalEmails, MESSAGES)
    assert.equal(found.total, MESSAGES / 2)
    assert.equal(got.list.length, 50)
    assert.equal(got.list[0].subject, `message ${MESSAGES}`)
    assert.ok(!reads.some((read) => read.startsWith('blob')), `no object is read: ${reads}`)
    // Sign-in, names, a tail for each of six mailboxes, and the views shown, which are asked for together.
    const items = reads.filter((read) => !read.startsWith('view'))
    assert.ok(items.length <= 16, `${items.length} reads: ${items.join(', ')}`)
    assert.equal(reads.filter((read) => read.startsWith('view')).length, 50)
    assert.ok(tookMs < 2000, `${tookMs} ms`) // far above what it takes, and far below what reading everything would
  })

  test('windows further down cost no more, and nothing of what was found before', async () => {
    for (const position of [50, 70_000, 99_990]) {
      reads = []
      const [found] = await calls(['Email/query', query({ position })])
      assert.equal(found.ids.length, Math.min(50, MESSAGES - position))
      assert.ok(reads.length <= 16, `${reads.length} reads at ${position}`)
    }
    const [anchored] = await calls(['Email/query', query({ position: 70_000, limit: 1 })])
    const [around] = await calls(['Email/query', query({ anchor: anchored.ids[0], anchorOffset: -2, limit: 3 })])
    assert.equal(around.position, 69_998)
    assert.equal(around.ids[2], anchored.ids[0])
  })

  test('a new message is told as a change, without a list of everything', async () => {
    const [before] = await calls(['Email/query', query()])
    await appendMessages(demo, house.inbox, [{ source: sourceOf(message('the newest')), flags: NO_FLAGS }], SCAN)
    const [changes, state] = await calls(
      ['Email/queryChanges', { ...query({ limit: undefined }), sinceQueryState: before.queryState }],
      ['Email/changes', { sinceState: before.queryState }],
    )
    assert.deepEqual(changes.removed, [])
    assert.deepEqual(changes.added, [{ id: state.created[0], index: 0 }])
    assert.deepEqual([state.created.length, state.updated, state.destroyed], [1, [], []])
  })

  test('a conversation opens in one round trip', async () => {
    const [found] = await calls(['Email/query', query({ limit: 1, position: 1 })])
    const [, thread, got] = await calls(
      ['Email/get', { ids: found.ids, properties: ['threadId'] }],
      ['Thread/get', { '#ids': { resultOf: 'c0', name: 'Email/get', path: '/list/*/threadId' } }],
      [
        'Email/get',
        {
          '#ids': { resultOf: 'c1', name: 'Thread/get', path: '/list/*/emailIds' },
          properties: ['subject', 'from', 'to', 'receivedAt'],
        },
      ],
    )
    assert.equal(thread.list[0].emailIds.length, 2)
    assert.deepEqual(
      got.list.map((email: Any) => email.subject),
      [`message ${MESSAGES - 1}`, `message ${MESSAGES}`],
    )
  })
})

/** Messages that lists can show, two to a conversation, in as few records as they take; their objects are never asked for. */
async function fillWithoutObjects(demo: TenantStore, inbox: MailboxId): Promise<void> {
  const start = Date.parse('2020-01-01T00:00:00Z')
  for (let at = 0; at < MESSAGES; at += IN_A_RECORD) {
    const messages = Array.from({ length: IN_A_RECORD }, (_, index) => {
      const number = at + index
      return {
        content: demo.engine.ids.content() as ContentId,
        thread: Math.floor(number / 2)
          .toString(16)
          .padStart(16, '0') as ThreadId,
        flags: NO_FLAGS,
        internalDate: start + number * 60_000,
        sizeOctets: 1000,
        token: Buffer.from(demo.engine.ids.random(12)),
        furtherCopy: false,
      }
    })
    await demo.journal.commit(inbox, () => ({ changes: [{ kind: 'append', messages }] }))
    for (const [index, { content }] of messages.entries()) {
      if (at + index < MESSAGES - SHOWN) continue
      const source = sourceOf(message(`message ${at + index + 1}`))
      await demo.views.put(content, await scanContent(source.open(), source.sha256, SCAN))
    }
  }
}

function counted<E extends Engine>(engine: E, note: (read: string) => void): E {
  const { table, blobs } = engine
  const what = (key: { pk: string; sk: string }) => (key.sk === 'view' ? 'view' : `${key.pk} ${key.sk}`)
  return {
    ...engine,
    table: {
      ...table,
      get: (key) => {
        note(what(key))
        return table.get(key)
      },
      getMany: (keys) => {
        for (const key of keys) note(what(key))
        return table.getMany(keys)
      },
      query: (pk, options) => {
        note(`query ${pk}`)
        return table.query(pk, options)
      },
      write: (operations) => table.write(operations),
    },
    blobs: {
      put: (name, source, metadata) => blobs.put(name, source, metadata),
      head: (name) => blobs.head(name),
      get: (name, range) => {
        note(`blob ${name}`)
        return blobs.get(name, range)
      },
      list: (prefix, options) => blobs.list(prefix, options),
      delete: (name) => blobs.delete(name),
      link: (name, options) => blobs.link(name, options),
    },
  }
}
