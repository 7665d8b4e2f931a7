/** Search in an inbox by the official SDK. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ALICE, BILL, type InboxScene, letter, ok, openInboxScene, REFUND } from './inbox-scene.ts'

let scene: InboxScene
before(async () => {
  scene = await openInboxScene()
})
after(() => scene.close())

test('search: by words, people, files and dates', async () => {
  const { resend, receive, threadOf } = scene
  for (const message of [...REFUND, BILL]) await receive(message)
  const { id: threadId } = await threadOf('Refund')
  const [first] = ok(await resend.inboxes.threads.emails.list({ ...ALICE, threadId })).data
  ok(
    await resend.inboxes.threads.emails.reply({
      ...ALICE,
      threadId,
      emailId: first!.id,
      text: 'Soon.',
      bcc: 'boss@example.com',
    }),
  )
  const own = ok(await resend.inboxes.drafts.create({ ...ALICE, to: 'dan@example.com', subject: 'Plan', text: 'x' }))
  ok(await resend.inboxes.drafts.send({ ...ALICE, draftId: own.id }))
  await receive(letter('four', 'Grüße', { text: 'Ein unverwechselbares Wort.' }))
  type Options = Omit<Parameters<typeof resend.inboxes.threads.search>[0], 'inboxId' | 'emailAddress'>
  const subjects = async (options: Options) => {
    const { data } = ok(await resend.inboxes.threads.search({ ...ALICE, ...options } as never))
    return data.map(({ subject }) => subject)
  }
  assert.deepEqual(await subjects({ query: 'UNVERWECHSELBARES' }), ['Grüße'])
  assert.deepEqual(await subjects({ query: 'grüsse' }), ['Grüße'])
  assert.deepEqual(await subjects({ query: 'nowhere at all' }), [])
  assert.deepEqual(await subjects({ hasAttachment: true }), ['Bill'])
  assert.deepEqual(await subjects({ bcc: ['boss@'] }), ['Refund'])
  assert.deepEqual(await subjects({ from: ['nobody', 'alice@demo'], folders: ['sent'] }), ['Plan'])
  assert.deepEqual(await subjects({ startDate: '2100-01-01' }), [])
  assert.deepEqual(await subjects({ endDate: '2000-01-01' }), [])
  assert.deepEqual((await subjects({ startDate: '2000-01-01' })).length, (await subjects({})).length)
  const { data } = ok(await resend.inboxes.threads.search({ ...ALICE, query: 'Any news' }))
  assert.match(data[0]!.matched_email_id!, /^[0-9a-f-]{36}$/)
  assert.equal(ok(await resend.inboxes.threads.search(ALICE)).data[0]!.matched_email_id, null)
  assert.equal((await resend.inboxes.threads.search({ ...ALICE, startDate: 'soon' })).error?.name, 'invalid_parameter')
})
