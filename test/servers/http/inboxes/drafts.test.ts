/** Drafts of an inbox by the official SDK and by mail clients. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ALICE, BILL, type InboxScene, ok, openInboxScene } from './inbox-scene.ts'

let scene: InboxScene
before(async () => {
  scene = await openInboxScene()
  await scene.receive(BILL)
})
after(() => scene.close())

test('drafts: saved, changed, answered with, sent; what a mail client saved is one, too', async () => {
  const { house, resend, imap, threadOf, envelopes, captured } = scene
  const { id: draftId } = ok(
    await resend.inboxes.drafts.create({
      ...ALICE,
      to: 'dan@example.com',
      bcc: ['eve@example.com'],
      subject: 'Plan',
      text: 'Line one\nLine two',
      attachments: [{ filename: 'plan.txt', content: Buffer.from('the plan'), contentType: 'text/plain' }],
    }),
  )
  const shown = ok(await resend.inboxes.drafts.get({ ...ALICE, draftId }))
  assert.deepEqual(
    { ...shown, created_at: '', updated_at: '' },
    {
      object: 'inbox_draft',
      id: draftId,
      type: 'standalone',
      to: ['dan@example.com'],
      cc: [],
      bcc: ['eve@example.com'],
      subject: 'Plan',
      html: null,
      text: 'Line one\nLine two',
      thread_id: null,
      reply_to_email_id: null,
      email_id: null,
      created_at: '',
      updated_at: '',
      attachments: [{ id: '2', filename: 'plan.txt', content_type: 'text/plain', size: 9 }],
    },
  )
  assert.deepEqual(
    (await envelopes('Drafts')).map(({ subject, flags }) => [subject, flags]),
    [['Plan', ['\\Draft', '\\Seen']]],
  )
  house.clock.advance(2000)
  assert.deepEqual(
    ok(await resend.inboxes.drafts.update({ ...ALICE, draftId, subject: 'Plan B', html: '<b>B</b>', to: null })),
    { object: 'inbox_draft', id: draftId },
  )
  const changed = ok(await resend.inboxes.drafts.get({ ...ALICE, draftId }))
  assert.deepEqual(
    [changed.subject, changed.text, changed.html, changed.to, changed.attachments.length],
    ['Plan B', 'Line one\nLine two', '<b>B</b>', null, 1],
  )
  assert.ok(changed.updated_at > changed.created_at)
  assert.equal((await envelopes('Drafts')).length, 1)
  assert.equal((await resend.inboxes.drafts.send({ ...ALICE, draftId })).error?.name, 'missing_required_field')

  // Saved by a mail client.
  await imap.append(
    'Drafts',
    'From: alice@demo.test\r\nTo: gil@example.com\r\nSubject: By hand\r\nMessage-ID: <hand@client>\r\n\r\nby hand\r\n',
    ['\\Draft', '\\Seen'],
  )
  const listed = ok(await resend.inboxes.drafts.list(ALICE)).data
  assert.deepEqual(
    listed.map(({ subject, snippet }) => [subject, snippet]),
    [
      ['By hand', 'by hand'],
      ['Plan B', 'Line one Line two'],
    ],
  )
  const hand = listed[0]!.id
  ok(await resend.inboxes.drafts.update({ ...ALICE, draftId: hand, subject: 'By both' }))
  assert.equal(ok(await resend.inboxes.drafts.get({ ...ALICE, draftId: hand })).subject, 'By both')
  assert.equal(ok(await resend.inboxes.get('alice@demo.test')).drafts, 2)
  const page = ok(await resend.inboxes.drafts.list({ ...ALICE, limit: 1 }))
  assert.deepEqual([page.data.map(({ id }) => id), page.has_more], [[hand], true])
  assert.deepEqual(
    ok(await resend.inboxes.drafts.list({ ...ALICE, after: hand })).data.map(({ id }) => id),
    [draftId],
  )
  assert.deepEqual(
    ok(await resend.inboxes.drafts.list({ ...ALICE, before: draftId })).data.map(({ id }) => id),
    [hand],
  )

  const sent = ok(await resend.inboxes.drafts.send({ ...ALICE, draftId: hand, headers: { 'X-Draft': 'yes' } }))
  const mail = await captured(sent.id)
  assert.deepEqual([mail.subject, mail.text?.trim(), mail.headers.get('x-draft')], ['By both', 'by hand', 'yes'])
  assert.equal((await resend.inboxes.drafts.get({ ...ALICE, draftId: hand })).error?.name, 'not_found')
  assert.deepEqual((await envelopes('Sent')).at(-1)!.subject, 'By both')
  assert.equal((await threadOf('By both')).folder, 'sent')
  assert.equal(ok(await resend.emails.get(sent.id)).subject, 'By both')

  const thread = await threadOf('Bill')
  const [bill] = ok(await resend.inboxes.threads.emails.list({ ...ALICE, threadId: thread.id })).data
  const answer = ok(
    await resend.inboxes.drafts.create({ ...ALICE, threadId: thread.id, replyToEmailId: bill!.id, text: 'Paid.' }),
  )
  const answering = ok(await resend.inboxes.drafts.get({ ...ALICE, draftId: answer.id }))
  assert.deepEqual(
    [answering.type, answering.thread_id, answering.reply_to_email_id, answering.subject, answering.to],
    ['reply', thread.id, bill!.id, 'Re: Bill', ['Ann <ann@example.net>']],
  )
  assert.equal((await threadOf('Bill')).has_draft, true)
  const paid = ok(await resend.inboxes.drafts.send({ ...ALICE, draftId: answer.id }))
  assert.equal((await captured(paid.id)).inReplyTo, '<three@example.net>')
  assert.deepEqual([(await threadOf('Bill')).has_draft, (await threadOf('Bill')).email_count], [false, 2])

  assert.deepEqual(ok(await resend.inboxes.drafts.remove({ ...ALICE, draftId })), {
    object: 'inbox_draft',
    id: draftId,
    deleted: true,
  })
  assert.deepEqual(await envelopes('Drafts'), [])
  const gone = { ...ALICE, draftId }
  assert.equal((await resend.inboxes.drafts.get(gone)).error?.name, 'not_found')
  assert.equal((await resend.inboxes.drafts.update({ ...gone, text: 'x' })).error?.name, 'not_found')
  assert.equal((await resend.inboxes.drafts.send(gone)).error?.name, 'not_found')
  assert.equal((await resend.inboxes.drafts.remove(gone)).error?.name, 'not_found')
  assert.equal((await resend.inboxes.drafts.create({ ...ALICE } as never)).error?.name, 'missing_required_field')
  assert.equal(
    (await resend.inboxes.drafts.create({ ...ALICE, text: 'x', threadId: thread.id } as never)).error?.name,
    'missing_required_field',
  )
})

test('a draft that is sent twice at once is sent once; one that changes under a change says so', async () => {
  const { house, resend, imap, envelopes, captured } = scene
  const make = async () =>
    ok(await resend.inboxes.drafts.create({ ...ALICE, to: 'dan@example.com', subject: 'Once', text: 'x' })).id
  const draftId = await make()
  const before = (await envelopes('Sent')).length
  const all = await Promise.all(Array.from({ length: 3 }, () => resend.inboxes.drafts.send({ ...ALICE, draftId })))
  const ids = new Set(all.flatMap(({ data }) => (data === null ? [] : [data.id])))
  assert.equal(ids.size, 1)
  for (const { error } of all) if (error !== null) assert.equal(error.name, 'not_found')
  assert.equal((await envelopes('Sent')).length, before + 1)
  assert.deepEqual(await envelopes('Drafts'), [])

  const other = await make()
  const changes = await Promise.all(
    ['one', 'two', 'three'].map((text) => resend.inboxes.drafts.update({ ...ALICE, draftId: other, text })),
  )
  assert.ok(changes.some(({ error }) => error === null))
  for (const { error } of changes) if (error !== null) assert.equal(error.name as string, 'resource_locked')
  assert.equal((await envelopes('Drafts')).length, 1)
  ok(await resend.inboxes.drafts.remove({ ...ALICE, draftId: other }))

  // An alias of the account, chosen by a mail client, stays the sender; anybody else does not.
  await house.call('POST', '/aliases', { body: { address: 'sales@demo.test', targets: ['alice@demo.test'] } })
  for (const [from, sender] of [
    ['Sales <sales@demo.test>', 'sales@demo.test'],
    ['Bob <bob@demo.test>', 'alice@demo.test'],
  ] as const) {
    await imap.append(
      'Drafts',
      `From: ${from}\r\nReply-To: desk@demo.test\r\nTo: dan@example.com\r\nSubject: As ${sender}\r\n\r\nx\r\n`,
      ['\\Draft'],
    )
    const [draft] = ok(await resend.inboxes.drafts.list(ALICE)).data
    const mail = await captured(ok(await resend.inboxes.drafts.send({ ...ALICE, draftId: draft!.id })).id)
    assert.deepEqual([mail.from?.value[0]?.address, mail.replyTo?.value[0]?.address], [sender, 'desk@demo.test'])
  }
})
