/** What lies in the trash of an inbox goes after its days; through the API as a program sees it, and IMAP's mailboxes beneath. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { moveMessages } from '../../../shared/flows/mailboxes/copy-messages.ts'
import { reclaimAll } from '../../../shared/flows/upkeep/upkeep.ts'
import { NO_FLAGS } from '../../../shared/mailbox/flags.ts'
import { type AccountId, accountId, type ThreadId } from '../../../shared/mailbox/ids.ts'
import { readLimits } from '../../../shared/settings.ts'
import { makeCopyToken } from '../../../shared/store/copy-token.ts'
import { openStore } from '../../../shared/store/store.ts'
import { arrive, DEMO, message, settleQueues } from '../../house.ts'
import { type ApiHouse, openApiHouse } from '../../servers/http/api-house.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const SETTINGS = { inboxTrashDays: 30 }

let house: ApiHouse
let inbox: string
let account: AccountId
beforeEach(async () => {
  house = await openApiHouse()
  const made = await house.call('POST', '/inboxes', { body: { email_address: 'help@demo.test' } })
  assert.equal(made.status, 201)
  inbox = made.body.id
  account = accountId(DEMO, inbox)
})
afterEach(() => house.close())

/** Its conversations by subject. */
async function folders(): Promise<Record<string, string>> {
  const { status, body } = await house.call('GET', `/inboxes/${inbox}/threads?folders=inbox,trash,archive,sent,spam`)
  assert.equal(status, 200)
  return Object.fromEntries(
    body.data.map(({ subject, folder }: { subject: string; folder: string }) => [subject, folder]),
  )
}

async function threadOf(subject: string): Promise<string> {
  const { body } = await house.call('GET', `/inboxes/${inbox}/threads?folders=inbox,trash,archive,sent,spam`)
  return body.data.find((thread: { subject: string }) => thread.subject === subject).id
}

async function receive(subject: string, fields = '', to = account): Promise<void> {
  await arrive(house, [to], message(subject, undefined, fields))
  await settleQueues(house)
}

async function trash(subject: string): Promise<void> {
  assert.equal((await house.call('DELETE', `/inboxes/${inbox}/threads/${await threadOf(subject)}`)).status, 200)
}

const upkeep = (settings = SETTINGS) => reclaimAll(openStore(house.engine), settings)

test('a conversation goes 30 days after it was put into the trash, and its content a week later', async () => {
  await receive('old', 'Message-ID: <1@x>\r\n')
  await receive('kept')
  house.clock.advance(40 * DAY_MS) // how old it is does not count
  await trash('old')
  await upkeep()
  house.clock.advance(29 * DAY_MS)
  await upkeep()
  assert.deepEqual(await folders(), { old: 'trash', kept: 'inbox' })
  house.clock.advance(DAY_MS + 1000)
  await upkeep({ inboxTrashDays: 0 })
  assert.deepEqual(await folders(), { old: 'trash', kept: 'inbox' }, '0: never')
  await upkeep({ inboxTrashDays: 31 })
  assert.deepEqual(await folders(), { old: 'trash', kept: 'inbox' })
  await Promise.all([upkeep(), upkeep()])
  assert.deepEqual(await folders(), { kept: 'inbox' })
  const objects = async () => (await house.engine.blobs.list(`raw/${DEMO}/`)).length
  assert.equal(await objects(), 2)
  house.clock.advance(8 * DAY_MS)
  await upkeep()
  assert.equal(await objects(), 1)
})

test('an answer that came in after it, or a later part of it in the trash, keeps the conversation', async () => {
  await receive('answered', 'Message-ID: <2@x>\r\n')
  await receive('joined', 'Message-ID: <3@x>\r\n')
  await trash('answered')
  await trash('joined')
  house.clock.advance(20 * DAY_MS)
  await receive('answered', 'Message-ID: <4@x>\r\nReferences: <2@x>\r\n')
  await receive('joined', 'Message-ID: <5@x>\r\nReferences: <3@x>\r\n')
  await trash('joined')
  house.clock.advance(11 * DAY_MS)
  await upkeep()
  assert.deepEqual(await folders(), { answered: 'inbox', joined: 'trash' })
  assert.equal(
    (await house.call('GET', `/inboxes/${inbox}/threads/${await threadOf('joined')}/emails`)).body.data.length,
    2,
  )
  house.clock.advance(20 * DAY_MS)
  await upkeep()
  assert.deepEqual(await folders(), { answered: 'inbox' })
})

test('what a person who never used the API for it has in Trash stays', async () => {
  const { demo, alice, inbox: aliceInbox } = house
  await receive('private', '', alice)
  const trashOf = await demo.mailboxes.mailbox(alice, ['Trash'])
  await demo.replicas.use(aliceInbox, (replica) => moveMessages(demo, replica, [1], trashOf))
  house.clock.advance(400 * DAY_MS)
  await upkeep()
  assert.equal((await demo.journal.newest(trashOf)).totals.exists, 1)
})

test('thousands at once', async () => {
  const { demo, engine } = house
  const trashOf = await demo.mailboxes.mailbox(account, ['Trash'])
  const { ids } = engine
  const { clock } = house
  const messages = Array.from({ length: 2500 }, (_, index) => ({
    content: ids.content(),
    thread: index.toString(16).padStart(16, '0') as ThreadId,
    flags: NO_FLAGS,
    internalDate: clock.now(),
    sizeOctets: 100,
    token: makeCopyToken(clock.now(), ids.random(8)),
    furtherCopy: false,
  }))
  await demo.journal.commit(trashOf, () => ({ changes: [{ kind: 'append', messages }] }))
  clock.advance(31 * DAY_MS)
  await upkeep()
  assert.equal((await openStore(engine).tenant(DEMO).journal.newest(trashOf)).totals.exists, 0)
})

test('the daily look marks the addresses of who has a quota', async () => {
  const { demo, bob } = house
  await demo.accounts.change(bob, { quotaOctets: 0 })
  const address = { localPart: 'bob', domain: 'demo.test' }
  const before = await house.store.directory.resolve(address)
  assert.equal(before.kind === 'local' && before.quotas, undefined)
  await upkeep()
  const after = await house.store.directory.resolve(address)
  assert.equal(after.kind === 'local' && after.quotas, true)
})

test('the days may be none', () => {
  assert.equal(readLimits({}).inboxTrashDays, 30)
  assert.equal(readLimits({ TUBEPOST_LIMIT_INBOX_TRASH_DAYS: '0' }).inboxTrashDays, 0)
})
