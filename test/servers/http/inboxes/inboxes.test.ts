/** Inboxes by the official SDK, and the same mailboxes by IMAP. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ImapFlow } from 'imapflow'
import { simpleParser } from 'mailparser'
import { Resend } from 'resend'
import { readWhole } from '../../../../shared/ports/blob-source.ts'
import { arrive, DEMO, settleQueues } from '../../../house.ts'
import { type InboxHouse, openInboxHouse } from '../inbox-house.ts'

const ALICE = { emailAddress: 'alice@demo.test' } as const

/** A message as somebody outside writes it. */
function letter(id: string, subject: string, { refs = '', more = '', text = 'Hello.' } = {}): Uint8Array {
  const fields = [
    'From: Ann <ann@example.net>',
    'To: alice@demo.test, "Roe, Jane" <jane@example.org>',
    'Cc: bob@demo.test',
    `Subject: ${subject}`,
    `Message-ID: <${id}@example.net>`,
    ...(refs === '' ? [] : [`In-Reply-To: <${refs}>`, `References: <${refs}>`]),
    more,
  ].filter((field) => field !== '')
  return Buffer.from(`${fields.join('\r\n')}\r\n\r\n${text}\r\n`)
}

const MIXED = ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b'].join('\r\n')
const ATTACHED = [
  '--b',
  'Content-Type: text/plain',
  '',
  'see the file',
  '--b',
  'Content-Type: application/pdf; name=bill.pdf',
  'Content-Disposition: attachment; filename=bill.pdf',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('%PDF-bill').toString('base64'),
  '--b--',
].join('\r\n')

describe('inboxes with the resend package', () => {
  let house: InboxHouse
  let resend: Resend
  let imap: ImapFlow
  before(async () => {
    house = await openInboxHouse()
    resend = new Resend(house.key, { baseUrl: house.url })
    imap = await house.imap()
  })
  after(() => house.close())

  function ok<T>({ data, error }: { data: T | null; error: unknown }): T {
    assert.equal(error, null)
    return data as T
  }
  async function receive(octets: Uint8Array): Promise<void> {
    house.clock.advance(1000)
    await arrive(house, [house.alice], octets)
    await settleQueues(house)
  }
  async function threadOf(subject: string) {
    const { data } = ok(
      await resend.inboxes.threads.list({
        ...ALICE,
        folders: ['inbox', 'archive', 'spam', 'trash', 'sent'],
        limit: 100,
      }),
    )
    const thread = data.find((one) => one.subject === subject)
    assert.ok(thread, `no thread ${subject}`)
    return thread
  }
  async function envelopes(mailbox: string) {
    const lock = await imap.getMailboxLock(mailbox)
    try {
      await imap.noop()
      const status = await imap.status(mailbox, { messages: true })
      if (status === false || status.messages === 0) return []
      return (await imap.fetchAll('1:*', { envelope: true, flags: true, uid: true })).map(
        ({ envelope, flags, uid }) => ({
          subject: envelope?.subject,
          flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
          uid,
        }),
      )
    } finally {
      lock.release()
    }
  }
  async function captured(id: string) {
    await settleQueues(house)
    const octets = await readWhole(house.engine.blobs, `captured/demo/${id}`)
    assert.ok(octets, 'nothing left the house')
    return simpleParser(Buffer.from(octets))
  }

  test('made, shown, listed, changed and deleted: it is an account', async () => {
    const made = ok(
      await resend.inboxes.create({ emailAddress: 'support@demo.test', name: 'Support', fromName: 'Ada' }),
    )
    assert.equal(made.object, 'inbox')
    const shown = ok(await resend.inboxes.get(made.id))
    assert.deepEqual(
      { ...shown, created_at: '', updated_at: '', domain_id: typeof shown.domain_id },
      {
        object: 'inbox',
        id: made.id,
        name: 'Support',
        email_address: 'support@demo.test',
        domain_id: 'string',
        receiving_address: null,
        from_name: 'Ada',
        unread: 0,
        drafts: 0,
        last_received: null,
        created_at: '',
        updated_at: '',
      },
    )
    assert.deepEqual(ok(await resend.inboxes.get('support@demo.test')), shown)
    assert.equal((await house.call('GET', `/accounts/${made.id}`)).body.address, 'support@demo.test')
    house.clock.advance(1000)
    assert.deepEqual(ok(await resend.inboxes.update(made.id, { name: 'Help' })), { object: 'inbox', id: made.id })
    const changed = ok(await resend.inboxes.get(made.id))
    assert.deepEqual([changed.name, changed.from_name], ['Help', 'Ada'])
    assert.ok(changed.updated_at > changed.created_at)

    const all = ok(await resend.inboxes.list())
    assert.deepEqual(
      new Set(all.data.map(({ email_address }) => email_address)),
      new Set(['alice@demo.test', 'bob@demo.test', 'support@demo.test']),
    )
    const pages = []
    let last: string | undefined
    for (;;) {
      const page = ok(await resend.inboxes.list({ limit: 1, ...(last !== undefined && { after: last }) }))
      pages.push(...page.data.map(({ id }) => id))
      if (!page.has_more) break
      last = page.data[0]!.id
    }
    assert.deepEqual(
      pages,
      all.data.map(({ id }) => id),
    )

    assert.equal((await resend.inboxes.create({ emailAddress: 'support@demo.test' })).error?.name, 'already_exists')
    assert.equal((await resend.inboxes.create({ emailAddress: 'x@elsewhere.test' })).error?.statusCode, 403)
    assert.equal((await resend.inboxes.create({} as never)).error?.name, 'missing_required_field')
    const forwarded = ok(await resend.inboxes.create({ emailAddress: 'old@demo.test', forwarding: true }))
    assert.equal(ok(await resend.inboxes.get(forwarded.id)).receiving_address, 'old@demo.test')

    assert.deepEqual(ok(await resend.inboxes.remove(made.id)), { object: 'inbox', id: made.id, deleted: true })
    assert.equal((await resend.inboxes.get(made.id)).error?.name, 'not_found')
    assert.equal((await resend.inboxes.get('nobody@demo.test')).error?.name, 'not_found')
    assert.equal((await resend.inboxes.get('no address')).error?.name, 'not_found')
    assert.equal((await resend.inboxes.agent.get(ALICE)).error?.name, 'not_found')
    assert.equal((await resend.inboxes.agent.update({ ...ALICE, tone: null })).error?.name, 'not_found')
  })

  test('conversations: listed by folder, read, moved, thrown away, as IMAP shows them', async () => {
    await receive(letter('one', 'Refund'))
    await receive(letter('two', 'Re: Refund', { refs: 'one@example.net', text: 'Any news?' }))
    await receive(letter('three', 'Bill', { more: MIXED, text: ATTACHED }))
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

  test('labels: keywords of IMAP', async () => {
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

  test('answers: to the sender, to all, on to others; in Sent, in the conversation, and on their way', async () => {
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

    assert.equal(
      (await resend.inboxes.threads.emails.reply({ ...about } as never)).error?.name,
      'missing_required_field',
    )
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

  test('drafts: saved, changed, answered with, sent; what a mail client saved is one, too', async () => {
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
    assert.deepEqual([(await threadOf('Bill')).has_draft, (await threadOf('Bill')).email_count], [false, 3])

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

  test('search: by words, people, files and dates', async () => {
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
    assert.deepEqual(await subjects({ from: ['nobody', 'alice@demo'], folders: ['sent'] }), ['By both'])
    assert.deepEqual(await subjects({ startDate: '2100-01-01' }), [])
    assert.deepEqual(await subjects({ endDate: '2000-01-01' }), [])
    assert.deepEqual((await subjects({ startDate: '2000-01-01' })).length, (await subjects({})).length)
    const { data } = ok(await resend.inboxes.threads.search({ ...ALICE, query: 'Any news' }))
    assert.match(data[0]!.matched_email_id!, /^[0-9a-f-]{36}$/)
    assert.equal(ok(await resend.inboxes.threads.search(ALICE)).data[0]!.matched_email_id, null)
    assert.equal(
      (await resend.inboxes.threads.search({ ...ALICE, startDate: 'soon' })).error?.name,
      'invalid_parameter',
    )
  })

  test('a draft that is sent twice at once is sent once; one that changes under a change says so', async () => {
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

  test('mailboxes of one’s own count as archived, and a special one that was deleted is made anew', async () => {
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

  test('what was sent and could not be filed is filed by a job', async () => {
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
})
