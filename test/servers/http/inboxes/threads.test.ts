/** Conversations of an inbox by the official SDK, and the same mailboxes by IMAP. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ALICE, BILL, type InboxScene, letter, ok, openInboxScene, REFUND } from './inbox-scene.ts'

let scene: InboxScene
before(async () => {
  scene = await openInboxScene()
})
after(() => scene.close())

test('conversations: listed by folder, read, moved, thrown away, as IMAP shows them', async () => {
  const { resend, imap, receive, envelopes } = scene
  for (const message of [...REFUND, BILL]) await receive(message)
  const { data, has_more } = ok(await resend.inboxes.threads.list(ALICE))
  assert.equal(has_more, false)
  assert.deepEqual(
    data.map(({ subject, email_count, has_attachment, has_draft, read, folder, from }) => ({
      subject,
      email_count,
      has_attachment,
      has_draft,
      read,
      folder,
      from,
    })),
    [
      {
        subject: 'Bill',
        email_count: 1,
        has_attachment: true,
        has_draft: false,
        read: false,
        folder: 'inbox',
        from: 'Ann <ann@example.net>',
      },
      {
        subject: 'Refund',
        email_count: 2,
        has_attachment: false,
        has_draft: false,
        read: false,
        folder: 'inbox',
        from: 'Ann <ann@example.net>',
      },
    ],
  )
  const refund = data[1]!
  assert.deepEqual(refund.to, ['alice@demo.test', 'Roe, Jane <jane@example.org>'])
  assert.deepEqual(
    ok(await resend.inboxes.threads.list({ ...ALICE, limit: 1, after: data[0]!.id })).data.map(({ id }) => id),
    [refund.id],
  )

  const emails = ok(await resend.inboxes.threads.emails.list({ ...ALICE, threadId: refund.id }))
  assert.deepEqual(
    emails.data.map(({ subject, text, direction, read, message_id }) => [
      subject,
      text?.trim(),
      direction,
      read,
      message_id,
    ]),
    [
      ['Refund', 'Hello.', 'inbound', false, '<one@example.net>'],
      ['Re: Refund', 'Any news?', 'inbound', false, '<two@example.net>'],
    ],
  )
  const [first, second] = emails.data
  const page = ok(await resend.inboxes.threads.emails.list({ ...ALICE, threadId: refund.id, limit: 1 }))
  assert.deepEqual([page.data.map(({ id }) => id), page.has_more], [[first!.id], true])
  const back = ok(await resend.inboxes.threads.emails.list({ ...ALICE, threadId: refund.id, before: second!.id }))
  assert.deepEqual([back.data.map(({ id }) => id), back.has_more], [[first!.id], false])
  assert.deepEqual(
    ok(await resend.inboxes.threads.emails.get({ ...ALICE, threadId: refund.id, emailId: first!.id })),
    first,
  )

  const read = ok(await resend.inboxes.threads.update({ ...ALICE, threadId: refund.id, read: true }))
  assert.deepEqual(read, {
    object: 'inbox_thread',
    id: refund.id,
    subject: 'Refund',
    folder: 'inbox',
    labels: [],
    read: true,
  })
  assert.deepEqual(
    (await envelopes('INBOX')).map(({ subject, flags }) => [subject, flags]),
    [
      ['Refund', ['\\Seen']],
      ['Re: Refund', ['\\Seen']],
      ['Bill', []],
    ],
  )
  assert.equal(ok(await resend.inboxes.get('alice@demo.test')).unread, 1)
  assert.deepEqual(
    ok(await resend.inboxes.threads.list({ ...ALICE, read: false })).data.map(({ subject }) => subject),
    ['Bill'],
  )

  ok(await resend.inboxes.threads.update({ ...ALICE, threadId: refund.id, folder: 'archive' }))
  assert.deepEqual(
    (await envelopes('Archive')).map(({ subject }) => subject),
    ['Refund', 'Re: Refund'],
  )
  assert.deepEqual(
    ok(await resend.inboxes.threads.list(ALICE)).data.map(({ subject }) => subject),
    ['Bill'],
  )
  ok(await resend.inboxes.threads.update({ ...ALICE, threadId: refund.id, folder: 'spam', read: false }))
  assert.deepEqual(
    (await envelopes('Junk')).map(({ flags }) => flags),
    [[], []],
  )

  // The other way round: what IMAP moves and reads, the API shows.
  const lock = await imap.getMailboxLock('Junk')
  await imap.messageFlagsAdd('1:*', ['\\Seen'])
  await imap.messageMove('1:*', 'INBOX')
  lock.release()
  assert.deepEqual(ok(await resend.inboxes.threads.get({ ...ALICE, threadId: refund.id })), {
    ...read,
    folder: 'inbox',
  })

  assert.deepEqual(ok(await resend.inboxes.threads.remove({ ...ALICE, threadId: refund.id })), {
    object: 'inbox_thread',
    id: refund.id,
    deleted: true,
  })
  assert.equal((await envelopes('Trash')).length, 2)
  assert.equal(ok(await resend.inboxes.threads.remove({ ...ALICE, threadId: refund.id })).deleted, false)
  ok(await resend.inboxes.threads.update({ ...ALICE, threadId: refund.id, folder: 'inbox' }))

  const bobs = { emailAddress: 'bob@demo.test', threadId: refund.id } as const
  assert.equal((await resend.inboxes.threads.get(bobs)).error?.name, 'not_found')
  assert.equal((await resend.inboxes.threads.emails.get({ ...bobs, emailId: first!.id })).error?.name, 'not_found')
  const none = { ...ALICE, threadId: '0123456789abcdef' }
  assert.equal((await resend.inboxes.threads.get(none)).error?.name, 'not_found')
  assert.equal((await resend.inboxes.threads.update({ ...none, read: true })).error?.name, 'not_found')
  assert.equal((await resend.inboxes.threads.remove(none)).error?.name, 'not_found')
  assert.equal((await resend.inboxes.threads.emails.list(none)).error?.name, 'not_found')
  assert.equal(
    (await resend.inboxes.threads.emails.get({ ...ALICE, threadId: refund.id, emailId: 'x' })).error?.name,
    'not_found',
  )
  assert.equal(
    (await resend.inboxes.threads.update({ ...ALICE, threadId: refund.id } as never)).error?.name,
    'missing_required_field',
  )
  assert.equal(
    (await resend.inboxes.threads.list({ ...ALICE, folders: ['attic' as never] })).error?.name,
    'invalid_parameter',
  )
})

test('mailboxes of one’s own count as archived, and a special one that was deleted is made anew', async () => {
  const { resend, imap, receive, threadOf, envelopes } = scene
  await receive(letter('five', 'Filed'))
  await imap.mailboxCreate('Projects/2026')
  const lock = await imap.getMailboxLock('INBOX')
  await imap.messageMove({ subject: 'Filed' }, 'Projects/2026')
  lock.release()
  const { id: threadId, folder } = await threadOf('Filed')
  assert.equal(folder, 'archive')
  await imap.mailboxDelete('Junk')
  assert.equal(ok(await resend.inboxes.threads.update({ ...ALICE, threadId, folder: 'spam' })).folder, 'spam')
  assert.deepEqual(
    (await envelopes('Junk')).map(({ subject }) => subject),
    ['Filed'],
  )
  assert.equal((await imap.list()).find(({ path }) => path === 'Junk')!.specialUse, '\\Junk')
  // What is named twice, in the account or by its copies, is one message.
  const junk = await imap.getMailboxLock('Junk')
  await imap.messageCopy('1:*', 'Projects/2026')
  junk.release()
  assert.deepEqual([(await threadOf('Filed')).folder, (await threadOf('Filed')).email_count], ['archive', 1])
})
