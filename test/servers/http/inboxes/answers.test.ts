/** What is answered and sent on from an inbox by the official SDK. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DEMO } from '../../../house.ts'
import { ALICE, BILL, type InboxScene, ok, openInboxScene, REFUND } from './inbox-scene.ts'

let scene: InboxScene
before(async () => {
  scene = await openInboxScene()
  for (const message of [...REFUND, BILL]) await scene.receive(message)
})
after(() => scene.close())

test('answers: to the sender, to all, on to others; in Sent, in the conversation, and on their way', async () => {
  const { resend, threadOf, envelopes, captured } = scene
  const { id: threadId } = await threadOf('Refund')
  const [first] = ok(await resend.inboxes.threads.emails.list({ ...ALICE, threadId })).data
  const about = { ...ALICE, threadId, emailId: first!.id }
  await resend.inboxes.update('alice@demo.test', { fromName: 'Alice "A" Ä' })
  const reply = ok(
    await resend.inboxes.threads.emails.reply({
      ...about,
      text: 'Soon.',
      bcc: 'boss@example.com',
      headers: { 'X-Case': '7' },
    }),
  )
  const mail = await captured(reply.id)
  assert.equal(mail.subject, 'Re: Refund')
  assert.deepEqual(mail.from?.value, [{ name: 'Alice "A" Ä', address: 'alice@demo.test' }])
  assert.deepEqual(
    [mail.to].flat().map((field) => field?.text),
    ['"Ann" <ann@example.net>'],
  )
  assert.equal(mail.inReplyTo, '<one@example.net>')
  assert.equal(mail.references, '<one@example.net>')
  assert.equal(mail.headers.get('x-case'), '7')
  assert.equal(mail.bcc, undefined)
  assert.equal(ok(await resend.emails.get(reply.id)).last_event, 'sent')

  const emails = ok(await resend.inboxes.threads.emails.list({ ...ALICE, threadId })).data
  const sent = emails.find(({ id }) => id === reply.id)!
  assert.deepEqual(
    [sent.direction, sent.text?.trim(), sent.bcc, sent.read],
    ['outbound', 'Soon.', ['boss@example.com'], true],
  )
  assert.deepEqual(
    (await envelopes('Sent')).map(({ subject, flags }) => [subject, flags]),
    [['Re: Refund', ['\\Seen']]],
  )
  assert.ok((await envelopes('INBOX')).find(({ subject }) => subject === 'Refund')!.flags.includes('\\Answered'))
  assert.equal((await threadOf('Refund')).folder, 'inbox')

  const all = ok(await resend.inboxes.threads.emails.reply({ ...about, html: '<p>All</p>', replyAll: true }))
  const toAll = await captured(all.id)
  assert.deepEqual(
    [toAll.cc].flat().flatMap((field) => field?.value.map(({ address }) => address)),
    ['jane@example.org', 'bob@demo.test'],
  )

  const key = { idempotencyKey: 'once' }
  const once = ok(await resend.inboxes.threads.emails.reply({ ...about, text: 'Once.' }, key))
  assert.deepEqual(ok(await resend.inboxes.threads.emails.reply({ ...about, text: 'Once.' }, key)), once)
  assert.equal((await envelopes('Sent')).length, 3)

  const bill = await threadOf('Bill')
  const [withFile] = ok(await resend.inboxes.threads.emails.list({ ...ALICE, threadId: bill.id })).data
  assert.deepEqual(
    withFile!.attachments.map(({ filename, size }) => [filename, size]),
    [['bill.pdf', 9]],
  )
  const forward = ok(
    await resend.inboxes.threads.emails.forward({
      ...ALICE,
      threadId: bill.id,
      emailId: withFile!.id,
      to: 'books@example.com',
      text: 'Please pay.',
      attachments: [{ filename: 'more.txt', content: Buffer.from('more') }],
    }),
  )
  const onward = await captured(forward.id)
  assert.equal(onward.subject, 'Fwd: Bill')
  assert.match(
    onward.text!,
    /^Please pay\.\n\n-+ Forwarded message -+\nFrom: Ann <ann@example\.net>\n[\s\S]*see the file/,
  )
  assert.deepEqual(
    onward.attachments.map(({ filename, content }) => [filename, content.toString()]),
    [
      ['more.txt', 'more'],
      ['bill.pdf', '%PDF-bill'],
    ],
  )
  assert.ok((await envelopes('INBOX')).find(({ subject }) => subject === 'Bill')!.flags.includes('$Forwarded'))

  assert.equal((await resend.inboxes.threads.emails.reply({ ...about } as never)).error?.name, 'missing_required_field')
  for (const field of ['in-reply-to', 'References', 'REPLY-TO']) {
    const refused = await resend.inboxes.threads.emails.reply({ ...about, text: 'x', headers: { [field]: 'y' } })
    assert.equal(refused.error?.statusCode, 422)
  }
  const empty = await resend.inboxes.threads.emails.reply({
    ...about,
    text: 'x',
    attachments: [{ filename: 'a', content: '' }],
  })
  assert.deepEqual([empty.error?.statusCode, empty.error?.name], [422, 'invalid_attachment'])
  const many = Array.from({ length: 11 }, (_, at) => ({ filename: `${at}`, content: 'eA==' }))
  assert.equal(
    (await resend.inboxes.threads.emails.reply({ ...about, text: 'x', attachments: many })).error?.name,
    'invalid_attachment',
  )
})

test('what was sent and could not be filed is filed by a job', async () => {
  const { house, resend, threadOf, envelopes, captured } = scene
  const before = (await envelopes('Sent')).length
  const { deliveries } = house.store.tenant(DEMO)
  const isDelivered = deliveries.isDelivered.bind(deliveries)
  deliveries.isDelivered = () => Promise.reject(new Error('the table does not answer'))
  const { id: threadId } = await threadOf('Refund')
  const [first] = ok(await resend.inboxes.threads.emails.list({ ...ALICE, threadId })).data
  const about = { ...ALICE, threadId, emailId: first!.id, text: 'Late.', bcc: 'Eve <eve@example.com>' }
  const reply = ok(await resend.inboxes.threads.emails.reply(about))
  deliveries.isDelivered = isDelivered
  assert.equal((await envelopes('Sent')).length, before)
  house.clock.advance(61_000)
  await house.runJobs()
  assert.equal((await envelopes('Sent')).length, before + 1)
  const filed = ok(await resend.inboxes.threads.emails.get({ ...ALICE, threadId, emailId: reply.id }))
  assert.deepEqual([filed.direction, filed.bcc], ['outbound', ['eve@example.com']])
  await captured(reply.id)
})
