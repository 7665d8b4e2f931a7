/** Labels of an inbox by the official SDK, and the keywords by IMAP that they are. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ALICE, BILL, type InboxScene, ok, openInboxScene } from './inbox-scene.ts'

let scene: InboxScene
before(async () => {
  scene = await openInboxScene()
  await scene.receive(BILL)
})
after(() => scene.close())

test('labels: keywords of IMAP', async () => {
  const { resend, imap, threadOf, envelopes } = scene
  const label = ok(await resend.inboxes.labels.create({ ...ALICE, name: 'Needs an answer', color: '#E93D82' }))
  const other = ok(await resend.inboxes.labels.create({ ...ALICE, name: 'Größe' }))
  const listed = ok(await resend.inboxes.labels.list(ALICE)).data
  assert.deepEqual(
    listed.map(({ id, name }) => [id, name]),
    [
      [label.id, 'Needs an answer'],
      [other.id, 'Größe'],
    ],
  )
  assert.equal(listed[0]!.color, '#E93D82')
  assert.equal(
    (await resend.inboxes.labels.create({ ...ALICE, name: 'needs AN answer' })).error?.name,
    'already_exists',
  )
  assert.equal(
    (await resend.inboxes.labels.create({ ...ALICE, name: 'x', color: 'red' })).error?.name,
    'validation_error',
  )

  const { id: threadId } = await threadOf('Bill')
  const shown = { id: label.id, name: 'Needs an answer', color: '#E93D82' }
  assert.deepEqual(ok(await resend.inboxes.threads.labels.add({ ...ALICE, threadId, labels: [label.id] })), {
    object: 'list',
    data: [shown],
  })
  assert.deepEqual((await envelopes('INBOX')).find(({ subject }) => subject === 'Bill')!.flags, ['Needs_an_answer'])
  assert.deepEqual(
    ok(await resend.inboxes.threads.list({ ...ALICE, labels: [label.id] })).data.map(({ subject }) => subject),
    ['Bill'],
  )
  assert.deepEqual(
    ok(await resend.inboxes.threads.labels.set({ ...ALICE, threadId, labels: [other.id] })).data.map(({ id }) => id),
    [other.id],
  )
  assert.deepEqual(ok(await resend.inboxes.threads.labels.remove({ ...ALICE, threadId, labelId: other.id })).data, [])

  const lock = await imap.getMailboxLock('INBOX')
  const [bill] = (await imap.search({ subject: 'Bill' }, { uid: true })) as number[]
  await imap.messageFlagsAdd(String(bill), ['needs_an_answer'], { uid: true })
  lock.release()
  assert.deepEqual((await threadOf('Bill')).labels, [shown])
  assert.deepEqual(
    ok(await resend.inboxes.labels.update({ ...ALICE, labelId: label.id, name: 'Answer!', color: '#000000' })),
    { object: 'inbox_label', id: label.id },
  )
  assert.deepEqual((await threadOf('Bill')).labels, [{ id: label.id, name: 'Answer!', color: '#000000' }])
  assert.deepEqual(ok(await resend.inboxes.labels.remove({ ...ALICE, labelId: label.id })), {
    object: 'inbox_label',
    id: label.id,
    deleted: true,
  })
  assert.deepEqual((await envelopes('INBOX')).find(({ subject }) => subject === 'Bill')!.flags, [])
  assert.equal((await resend.inboxes.labels.remove({ ...ALICE, labelId: label.id })).error?.name, 'not_found')
  assert.equal((await resend.inboxes.labels.update({ ...ALICE, labelId: 'x', name: 'y' })).error?.name, 'not_found')
  assert.equal(
    (await resend.inboxes.threads.labels.add({ ...ALICE, threadId, labels: ['x'] })).error?.name,
    'not_found',
  )
  assert.equal(
    (await resend.inboxes.threads.labels.add({ ...ALICE, threadId, labels: [] })).error?.name,
    'missing_required_field',
  )
})
