/** What webhooks are told of inboxes: once for what happened, however often the work is repeated, by the official SDK and over real sockets. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { Resend, type WebhookEventPayload } from 'resend'
import { indexMessage } from '../../../../shared/flows/arrivals/index-message.ts'
import { sentCopyId } from '../../../../shared/flows/outgoing/file-sent.ts'
import { formatJob } from '../../../../shared/flows/upkeep/jobs.ts'
import { type AccountId, accountId, type ContentId } from '../../../../shared/mailbox/ids.ts'
import { WEBHOOK_EVENTS } from '../../../../shared/mailbox/webhook-events.ts'
import { arrive, DEMO, message, SCAN, settleQueues } from '../../../house.ts'
import { type ApiHouse, openApiHouse } from '../api-house.ts'

type Told = WebhookEventPayload & { id: string }
type Of<T extends Told['type']> = Extract<WebhookEventPayload, { type: T }>

let server: Server
let told: Told[] = []
let house: ApiHouse
let resend: Resend
let inbox: string
let account: AccountId

before(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      told.push({ ...JSON.parse(body), id: request.headers['webhook-id'] })
      response.end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
after(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(async () => {
  house = await openApiHouse()
  resend = new Resend(house.key, { baseUrl: house.url })
  told = []
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const events = WEBHOOK_EVENTS.filter((event) => event.startsWith('inbox.'))
  ok(await resend.webhooks.create({ endpoint, events: [...events] }))
  house.clock.advance(2001) // what a process knows of webhooks is as old as that
  inbox = ok(await resend.inboxes.create({ emailAddress: 'help@demo.test', name: 'Help' })).id
  account = accountId(DEMO, inbox)
})
afterEach(() => house.close())

function ok<T>({ data, error }: { data: T | null; error: unknown }): T {
  assert.equal(error, null)
  return data as T
}

/** What was told since it was last asked. */
async function news(): Promise<Told[]> {
  await settleQueues(house)
  await house.runJobs()
  const all = told
  told = []
  return all
}

function one<T extends Told['type']>(events: readonly Told[], type: T): Of<T>['data'] {
  const found = events.filter((event) => event.type === type)
  assert.equal(found.length, 1, `${type} among ${events.map((event) => event.type).join(' ')}`)
  return found[0]!.data as Of<T>['data']
}

const types = (events: readonly Told[]) => events.map(({ type }) => type).sort()

async function receive(subject: string, fields = ''): Promise<ContentId> {
  house.clock.advance(1000)
  return (await arrive(house, [account], message(subject, undefined, fields))) as ContentId
}

test('an inbox is made, named and deleted', async () => {
  const created = one(await news(), 'inbox.created')
  assert.equal(created.source, 'api')
  assert.deepEqual(created.inbox, ok(await resend.inboxes.get(inbox)))
  ok(await resend.inboxes.update(inbox, { name: 'Support' }))
  const updated = await news()
  assert.deepEqual(types(updated), ['inbox.updated'])
  assert.equal(one(updated, 'inbox.updated').inbox?.name, 'Support')
  ok(await resend.inboxes.remove(inbox))
  const deleted = await news()
  assert.deepEqual(one(deleted, 'inbox.deleted'), { source: 'api', inbox_id: inbox })
})

test('a message that comes in begins a conversation, the next one does not; repeats tell nothing more', async () => {
  await news()
  const first = await receive('Question', 'Message-ID: <q1@x>\r\n')
  const events = await news()
  assert.deepEqual(types(events), ['inbox.email.received', 'inbox.thread.created'])
  const received = one(events, 'inbox.email.received')
  assert.equal(received.inbox_id, inbox)
  assert.equal(received.email_id, first)
  const selector = { inboxId: inbox, threadId: received.thread_id }
  assert.deepEqual(received.thread, ok(await resend.inboxes.threads.get(selector)))
  const {
    html: _html,
    text: _text,
    ...shown
  } = ok(await resend.inboxes.threads.emails.get({ ...selector, emailId: first })) as unknown as Record<string, unknown>
  assert.deepEqual(received.email, shown)
  assert.equal(one(events, 'inbox.thread.created').thread_id, received.thread_id)

  const second = await receive('Re: Question', 'Message-ID: <q2@x>\r\nReferences: <q1@x>\r\n')
  const later = await news()
  assert.deepEqual(types(later), ['inbox.email.received'])
  assert.equal(one(later, 'inbox.email.received').thread_id, received.thread_id)

  // Events of queues come at least once, in any order.
  for (const content of [second, first]) await indexMessage(house.store, `raw/${DEMO}/${content}`, SCAN)
  assert.deepEqual(await news(), [])
})

test('whoever dies between the delivery and the word of it leaves the word to be said', async () => {
  await news()
  await receive('Left')
  await settleQueues(house)
  // Nobody has done the jobs: they are in the queue, as is the announcement.
  assert.deepEqual(told, [])
  const job = formatJob({ kind: 'announce-inbox-email', account, email: await newest(), direction: 'inbound' })
  await house.engine.queues.jobs.send(job)
  const events = await news()
  assert.deepEqual(types(events), ['inbox.email.received', 'inbox.thread.created'])
  assert.equal(new Set(events.map(({ id }) => id)).size, 2)
})

async function newest(): Promise<ContentId> {
  const [mailbox] = [await house.demo.mailboxes.mailbox(account, ['INBOX'])]
  return house.demo.replicas.use(mailbox, async ({ messages }) => messages.contentAt(messages.count - 1))
}

test('an answer that is sent', async () => {
  const email = await receive('Question', 'Message-ID: <q@x>\r\n')
  const { thread_id } = one(await news(), 'inbox.email.received')
  const options = { inboxId: inbox, threadId: thread_id, emailId: email, text: 'Yes.' }
  const { id } = ok(await resend.inboxes.threads.emails.reply(options))
  const events = await news()
  assert.deepEqual(types(events), ['inbox.email.sent'])
  const sent = one(events, 'inbox.email.sent')
  assert.equal(sent.email_id, id)
  assert.equal(sent.thread_id, thread_id)
  assert.equal(sent.email?.direction, 'outbound')
  // The job that files what a process that died did not.
  house.clock.advance(61_000)
  await house.engine.queues.jobs.send(formatJob({ kind: 'file-sent', account, email: id as ContentId }))
  assert.deepEqual(await news(), [])
  assert.ok(await house.demo.deliveries.isDelivered(account, sentCopyId(id as ContentId)))
})

test('a conversation is moved and labelled', async () => {
  await receive('Question')
  const { thread_id } = one(await news(), 'inbox.email.received')
  const selector = { inboxId: inbox, threadId: thread_id }
  ok(await resend.inboxes.threads.update({ ...selector, folder: 'archive' }))
  ok(await resend.inboxes.threads.update({ ...selector, folder: 'archive' }))
  const moved = await news()
  assert.deepEqual(types(moved), ['inbox.thread.folder.updated'])
  const folder = one(moved, 'inbox.thread.folder.updated')
  assert.deepEqual([folder.from, folder.to, folder.thread?.folder], ['inbox', 'archive', 'archive'])
  ok(await resend.inboxes.threads.remove(selector))
  assert.equal(one(await news(), 'inbox.thread.folder.updated').to, 'trash')

  const made = async (name: string) => ok(await resend.inboxes.labels.create({ inboxId: inbox, name })).id
  const [urgent, later] = [await made('Urgent'), await made('Later')]
  ok(await resend.inboxes.threads.labels.add({ ...selector, labels: [urgent, later] }))
  const added = (await news()) as Of<'inbox.thread.labels.updated'>[]
  assert.deepEqual(added.map(({ data }) => data.added.map(({ name }) => name)).sort(), [['Later'], ['Urgent']])
  ok(await resend.inboxes.threads.labels.add({ ...selector, labels: [urgent] }))
  assert.deepEqual(await news(), [], 'it has it')
  ok(await resend.inboxes.threads.labels.set({ ...selector, labels: [urgent] }))
  const removed = one(await news(), 'inbox.thread.labels.updated')
  assert.deepEqual(
    [removed.added, removed.removed.map(({ id }) => id), removed.thread?.labels.map(({ id }) => id)],
    [[], [later], [urgent]],
  )
})

test('a draft is saved, saved anew, sent; another is deleted', async () => {
  await news()
  const draft = { inboxId: inbox, to: 'ann@example.net', subject: 'Hello', text: 'One.' }
  const { id } = ok(await resend.inboxes.drafts.create(draft))
  const created = one(await news(), 'inbox.draft.created')
  assert.deepEqual([created.draft_id, created.draft?.subject, created.thread_id], [id, 'Hello', undefined])
  ok(await resend.inboxes.drafts.update({ inboxId: inbox, draftId: id, subject: 'Hello!' }))
  assert.equal(one(await news(), 'inbox.draft.updated').draft?.subject, 'Hello!')
  const sent = ok(await resend.inboxes.drafts.send({ inboxId: inbox, draftId: id }))
  const events = await news()
  assert.deepEqual(types(events), ['inbox.draft.sent', 'inbox.email.sent', 'inbox.thread.created'])
  const of = one(events, 'inbox.draft.sent')
  assert.deepEqual([of.draft_id, of.email_id], [id, sent.id])
  assert.equal(of.thread_id, one(events, 'inbox.email.sent').thread_id)
  const other = ok(await resend.inboxes.drafts.create(draft))
  ok(await resend.inboxes.drafts.remove({ inboxId: inbox, draftId: other.id }))
  assert.deepEqual(types(await news()), ['inbox.draft.created', 'inbox.draft.deleted'])
})

test('without a webhook that wants it nothing is asked for', async () => {
  const { data } = ok(await resend.webhooks.list())
  for (const { id } of data) ok(await resend.webhooks.remove(id))
  house.clock.advance(2001)
  await house.runJobs()
  await receive('Unheard')
  await settleQueues(house)
  assert.equal((await house.engine.queues.jobs.depth()).waiting, 0)
})

test('what has no meaning here cannot be asked for', async () => {
  for (const event of ['inbox.thread.assigned', 'inbox.thread.unassigned'] as const) {
    const { error } = await resend.webhooks.create({ endpoint: 'https://example.net/', events: [event] })
    assert.equal(error?.name, 'validation_error')
  }
})
