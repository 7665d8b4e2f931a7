/** Emails as they are read, made and found (RFC 8621 §4). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { foldMailbox } from '../../../shared/flows/mailboxes/fold-mailbox.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { SCAN } from '../../house.ts'
import { type Any, type JmapHouse, openJmapHouse } from './jmap-house.ts'

const crlf = (lines: readonly string[]) => lines.join('\r\n')

/** RFC 8621 §4.1.4's example: A to K. */
const LIST_MESSAGE = crlf([
  'From: list@example.net',
  'Subject: parts',
  'Content-Type: multipart/mixed; boundary=o',
  '',
  '--o',
  'Content-Type: text/plain',
  'Content-Disposition: inline',
  '',
  'A',
  '--o',
  'Content-Type: multipart/mixed; boundary=i',
  '',
  '--i',
  'Content-Type: multipart/alternative; boundary=alt',
  '',
  '--alt',
  'Content-Type: multipart/mixed; boundary=m',
  '',
  '--m',
  'Content-Type: text/plain',
  'Content-Disposition: inline',
  '',
  'B',
  '--m',
  'Content-Type: image/jpeg; name=C',
  'Content-Disposition: inline',
  '',
  'C',
  '--m',
  'Content-Type: text/plain',
  'Content-Disposition: inline',
  '',
  'D',
  '--m--',
  '--alt',
  'Content-Type: multipart/related; boundary=r',
  '',
  '--r',
  'Content-Type: text/html',
  '',
  '<b>E</b>',
  '--r',
  'Content-Type: image/jpeg; name=F',
  'Content-ID: <f@example.net>',
  '',
  'F',
  '--r--',
  '--alt--',
  '--i',
  'Content-Type: image/jpeg; name=G',
  'Content-Disposition: attachment',
  '',
  'G',
  '--i',
  'Content-Type: application/x-excel; name=H',
  'Content-Transfer-Encoding: base64',
  '',
  'SEhISA==',
  '--i',
  'Content-Type: message/rfc822; name=J',
  '',
  'From: inner@example.net',
  'Subject: inner',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'caf=E9',
  '--i--',
  '--o',
  'Content-Type: text/plain',
  '',
  'K',
  '--o--',
  '',
])

const HEADERS = crlf([
  'Received: from a by b; Mon, 1 Jan 2024 10:00:00 +0000',
  'Received: from b by c; Mon, 1 Jan 2024 09:00:00 +0000',
  'From: "  James Smythe" <james@example.com>, Friends: jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?= <john@example.com>;',
  'To: a@example.com (Ann)',
  'Subject: =?utf-8?q?Caf=C3=A9?=\r\n =?utf-8?q?_au_lait?=  today',
  'Date: Tue, 2 Jan 2024 12:30:00 +0130',
  'Message-ID: <one@example.com>',
  'In-Reply-To: <zero@example.com>',
  'References: <minus@example.com>\r\n <zero@example.com>',
  'List-Unsubscribe: (by mail) <mailto:u@example.com>, <https://example.com/u>',
  'X-Twice: first',
  'X-Twice: second',
  'X-Raw:  \xff and\r\n\tfolded',
  '',
  'Text.',
])

describe('Emails', () => {
  let house: JmapHouse
  let inbox: string
  let drafts: string

  before(async () => {
    house = await openJmapHouse()
    const { list } = await house.jmap('Mailbox/get')
    inbox = list.find((mailbox: Any) => mailbox.role === 'inbox').id
    drafts = list.find((mailbox: Any) => mailbox.role === 'drafts').id
  })
  after(() => house.close())

  async function add(text: string, { flags = [] as string[], date = Date.now() } = {}): Promise<string> {
    const source = sourceOf(Buffer.from(text, 'latin1'))
    const { uids } = await appendMessages(
      house.demo,
      house.inbox,
      [{ source, flags: flagsOf(flags), internalDate: date }],
      SCAN,
    )
    return house.demo.replicas.use(house.inbox, async ({ messages }) => messages.contentAt(messages.rowOf(uids[0]!)!))
  }
  const get = async (id: string, args: Any = {}): Promise<Any> =>
    (await house.jmap('Email/get', { ids: [id], ...args })).list[0]

  test('keywords and mailbox of an Email change by one commit: no part of an update is ever there alone (RFC 8620 §5.3)', async () => {
    const [first, second] = [await add(LIST_MESSAGE, { flags: ['\\Draft', 'Old'] }), await add(LIST_MESSAGE)]
    const { modseq } = await house.demo.journal.newest(house.inbox)
    const { updated } = await house.jmap('Email/set', {
      update: {
        [first]: {
          mailboxIds: { [drafts]: true },
          'keywords/$draft': false, // the crate jmap-client's null
          'keywords/absent': null,
          'keywords/$seen': true,
          'keywords/new': true,
        },
        [second]: { mailboxIds: { [drafts]: true }, 'keywords/$flagged': true },
      },
    })
    assert.deepEqual(Object.keys(updated).sort(), [first, second].sort())
    assert.equal((await house.demo.journal.newest(house.inbox)).modseq, modseq + 1)
    for (const [id, keywords] of [
      [first, { $seen: true, old: true, new: true }],
      [second, { $flagged: true }],
    ] as const) {
      const email = await get(id, { properties: ['keywords', 'mailboxIds'] })
      assert.deepEqual([email.keywords, email.mailboxIds], [keywords, { [drafts]: true }])
      await house.jmap('Email/set', { destroy: [id] })
    }
  })

  test('a message is laid out as the algorithm of §4.1.4 says', async () => {
    const id = await add(LIST_MESSAGE)
    const email = await get(id, {
      properties: ['textBody', 'htmlBody', 'attachments', 'hasAttachment', 'bodyValues', 'bodyStructure'],
      fetchTextBodyValues: true,
      fetchHTMLBodyValues: true,
    })
    const value = ({ partId, name }: Any) => email.bodyValues[partId]?.value.trim() ?? name
    assert.deepEqual(email.textBody.map(value), ['A', 'B', 'C', 'D', 'K'])
    assert.deepEqual(email.htmlBody.map(value), ['A', '<b>E</b>', 'K'])
    assert.deepEqual(
      email.attachments.map(({ name }: Any) => name),
      ['C', 'F', 'G', 'H', 'J'],
    )
    assert.equal(email.hasAttachment, true)
    assert.equal(email.bodyStructure.type, 'multipart/mixed')
    assert.equal(email.bodyStructure.partId, null)
    assert.equal(email.bodyStructure.subParts[1].subParts[3].subParts, undefined) // message/rfc822 is a leaf
    const excel = email.attachments[3]
    assert.equal(excel.size, 4)
    assert.deepEqual(
      [excel.type, excel.charset, excel.disposition, excel.cid],
      ['application/x-excel', null, null, null],
    )
    assert.equal(email.attachments[1].cid, 'f@example.net')

    // The message inside is read on by its blob (§4.9), and so are its parts.
    const { parsed, notFound } = await house.jmap('Email/parse', {
      blobIds: [email.attachments[4].blobId, 'nowhere'],
      properties: ['subject', 'from', 'textBody', 'bodyValues', 'id', 'size'],
      fetchAllBodyValues: true,
    })
    const inner = parsed[email.attachments[4].blobId]
    assert.deepEqual(notFound, ['nowhere'])
    assert.equal(inner.subject, 'inner')
    assert.equal(inner.id, null)
    assert.equal(inner.bodyValues[inner.textBody[0].partId].value, 'café')
    const { copied } = await house.jmap('Blob/copy', {
      fromAccountId: house.accountId,
      blobIds: [inner.textBody[0].blobId],
    })
    assert.ok(copied[inner.textBody[0].blobId])
  })

  const FORMS: readonly [property: string, value: unknown][] = [
    ['subject', 'Café au lait  today'],
    ['header:Subject', ' =?utf-8?q?Caf=C3=A9?=\r\n =?utf-8?q?_au_lait?=  today'],
    [
      'from',
      [
        { name: 'James Smythe', email: 'james@example.com' },
        { name: null, email: 'jane@example.com' },
        { name: 'John Smîth', email: 'john@example.com' },
      ],
    ],
    [
      'header:From:asGroupedAddresses',
      [
        { name: null, addresses: [{ name: 'James Smythe', email: 'james@example.com' }] },
        {
          name: 'Friends',
          addresses: [
            { name: null, email: 'jane@example.com' },
            { name: 'John Smîth', email: 'john@example.com' },
          ],
        },
      ],
    ],
    ['to', [{ name: 'Ann', email: 'a@example.com' }]],
    ['cc', null],
    ['sentAt', '2024-01-02T12:30:00+01:30'],
    ['messageId', ['one@example.com']],
    ['references', ['minus@example.com', 'zero@example.com']],
    ['header:List-Unsubscribe:asURLs', ['mailto:u@example.com', 'https://example.com/u']],
    ['header:x-twice', ' second'],
    ['header:X-Twice:asText:all', ['first', 'second']],
    ['header:X-None:all', []],
    ['header:X-None:asText', null],
    ['header:X-Raw', '  � and\r\n\tfolded'],
    [
      'header:Received:all',
      [' from a by b; Mon, 1 Jan 2024 10:00:00 +0000', ' from b by c; Mon, 1 Jan 2024 09:00:00 +0000'],
    ],
  ]
  test('header fields in every form (§4.1.2)', async () => {
    const id = await add(HEADERS)
    const email = await get(id, { properties: FORMS.map(([property]) => property) })
    for (const [property, value] of FORMS) assert.deepEqual(email[property], value, property)
    const { headers } = await get(id, { properties: ['headers'] })
    assert.deepEqual(headers[0], { name: 'Received', value: ' from a by b; Mon, 1 Jan 2024 10:00:00 +0000' })
    assert.equal(headers.length, 13)
  })

  test('body values are cut at characters and before tags (§4.2)', async () => {
    const id = await add(
      crlf(['Content-Type: text/html; charset=utf-8', '', Buffer.from('ää<a href="x">ö</a>').toString('latin1')]),
    )
    for (const [octets, value] of [
      [0, 'ää<a href="x">ö</a>'],
      [1, ''],
      [3, 'ä'],
      [9, 'ää'],
      [16, 'ää<a href="x">'],
      [400, 'ää<a href="x">ö</a>'],
    ] as const) {
      const email = await get(id, { fetchAllBodyValues: true, maxBodyValueBytes: octets })
      assert.equal(email.bodyValues['1'].value, value, String(octets))
      assert.equal(email.bodyValues['1'].isTruncated, octets > 0 && octets < 400)
    }
    const unknown = await add(crlf(['Content-Type: text/plain; charset=x-none', '', 'caf\xe9']))
    const { bodyValues } = await get(unknown, { fetchTextBodyValues: true })
    assert.equal(bodyValues['1'].isEncodingProblem, true)
  })

  test('a draft is made of what the client gives, and reads the same (§4.6)', async () => {
    const uploaded = await upload('attached text\n', 'text/plain')
    const image = await upload('not really', 'image/png')
    const { created, notCreated } = await house.jmap('Email/set', {
      create: {
        d: {
          mailboxIds: { [drafts]: true },
          keywords: { $draft: true, $seen: true },
          from: [{ name: 'Älice, the first', email: 'alice@demo.test' }],
          to: [
            { name: null, email: 'bob@demo.test' },
            { name: 'No one', email: '' },
          ],
          bcc: [{ name: null, email: 'secret@demo.test' }],
          subject: 'Grüße',
          inReplyTo: ['zero@example.com'],
          references: ['minus@example.com', 'zero@example.com'],
          sentAt: '2024-01-02T12:30:00+01:30',
          'header:X-Mine:asText': 'mine',
          textBody: [{ partId: 't', type: 'text/plain' }],
          htmlBody: [{ partId: 'h', type: 'text/html' }],
          bodyValues: { t: { value: 'Hällo\nyou' }, h: { value: '<p>Hällo <img src="cid:pic"></p>' } },
          attachments: [
            { blobId: uploaded.blobId, type: 'text/plain', name: 'nöte.txt' },
            { blobId: image.blobId, type: 'image/png', cid: 'pic', disposition: 'inline' },
          ],
        },
      },
    })
    assert.equal(notCreated, null)
    assert.deepEqual(Object.keys(created.d).sort(), ['blobId', 'id', 'size', 'threadId'])
    const email = await get(created.d.id, {
      fetchAllBodyValues: true,
      properties: [
        ...['from', 'to', 'bcc', 'subject', 'inReplyTo', 'references', 'sentAt', 'keywords', 'mailboxIds', 'messageId'],
        ...[
          'bodyStructure',
          'textBody',
          'htmlBody',
          'attachments',
          'bodyValues',
          'hasAttachment',
          'header:X-Mine:asText',
        ],
      ],
    })
    assert.deepEqual(email.from, [{ name: 'Älice, the first', email: 'alice@demo.test' }])
    assert.deepEqual(email.to, [
      { name: null, email: 'bob@demo.test' },
      { name: 'No one', email: '' },
    ])
    assert.deepEqual(email.bcc, [{ name: null, email: 'secret@demo.test' }])
    assert.deepEqual([email.subject, email.inReplyTo], ['Grüße', ['zero@example.com']])
    assert.deepEqual(email.references, ['minus@example.com', 'zero@example.com'])
    assert.deepEqual([email.sentAt, email['header:X-Mine:asText']], ['2024-01-02T12:30:00+01:30', 'mine'])
    assert.equal(email.messageId.length, 1)
    assert.deepEqual([email.keywords, email.mailboxIds], [{ $draft: true, $seen: true }, { [drafts]: true }])
    assert.equal(email.bodyValues[email.textBody[0].partId].value, 'Hällo\nyou')
    assert.equal(email.bodyValues[email.htmlBody[0].partId].value, '<p>Hällo <img src="cid:pic"></p>')
    assert.deepEqual(
      email.attachments.map(({ name, type, cid, size }: Any) => ({ name, type, cid, size })),
      [
        { name: null, type: 'image/png', cid: 'pic', size: 10 },
        { name: 'nöte.txt', type: 'text/plain', cid: null, size: 14 },
      ],
    )
    assert.equal(email.hasAttachment, true)
    const kept = await download(email.attachments[1].blobId, 'note.txt')
    assert.equal(await kept.text(), 'attached text\n')
  })

  test('a message comes into several Mailboxes by one write', async () => {
    const { state } = await house.jmap('Email/get', { ids: [] })
    const draft = { mailboxIds: { [drafts]: true, [inbox]: true }, subject: 'twice' }
    const { created } = await house.jmap('Email/set', { create: { d: draft } })
    assert.deepEqual((await get(created.d.id, { properties: ['mailboxIds'] })).mailboxIds, draft.mailboxIds)
    assert.deepEqual((await house.jmap('Email/changes', { sinceState: state })).created, [created.d.id])
    const { destroyed } = await house.jmap('Email/set', { destroy: [created.d.id] })
    assert.deepEqual(destroyed, [created.d.id])
  })

  const FAULTY: readonly [what: string, email: Any, properties: string[] | undefined][] = [
    ['no Mailbox', { mailboxIds: {} }, ['mailboxIds']],
    ['a Mailbox that there is not', { mailboxIds: { nowhere: true } }, ['mailboxIds']],
    ['a keyword that is none', { keywords: { 'a b': true } }, ['keywords']],
    ['a property of the server', { threadId: 'x' }, ['threadId']],
    ['headers as a list', { headers: [] }, ['headers']],
    ['a field twice', { subject: 'a', 'header:Subject:asText': 'b' }, ['header:Subject:asText']],
    ['a field of a part', { 'header:Content-Type': ' text/plain' }, ['header:Content-Type']],
    ['a field that breaks out', { 'header:X-A': ' a\r\nBcc: b@demo.test' }, ['header:X-A']],
    ['a text that breaks out', { subject: 'a\nBcc: b@demo.test' }, ['subject']],
    ['an address that breaks out', { to: [{ name: null, email: 'a@b>\r\nX: y' }] }, ['to']],
    ['two texts', { textBody: [{ partId: 't' }, { partId: 't' }] }, ['textBody']],
    ['a text of another kind', { textBody: [{ partId: 't', type: 'text/html' }] }, ['textBody']],
    ['a part without a value', { textBody: [{ partId: 'none' }] }, ['textBody/partId']],
    ['both structures', { bodyStructure: { partId: 't' }, textBody: [{ partId: 't' }] }, ['bodyStructure']],
    ['a transfer encoding', { textBody: [{ partId: 't', 'header:Content-Transfer-Encoding': '7bit' }] }, undefined],
  ]
  for (const [what, email, properties] of FAULTY) {
    test(`a draft with ${what} is refused, and nothing is made`, async () => {
      const { state } = await house.jmap('Email/get', { ids: [] })
      const { notCreated } = await house.jmap('Email/set', {
        create: { d: { mailboxIds: { [drafts]: true }, bodyValues: { t: { value: 'x' } }, ...email } },
      })
      assert.equal(notCreated.d.type, 'invalidProperties')
      if (properties !== undefined) assert.deepEqual(notCreated.d.properties, properties)
      assert.equal((await house.jmap('Email/get', { ids: [] })).state, state)
    })
  }

  test('blobs that are missing are named', async () => {
    const { notCreated } = await house.jmap('Email/set', {
      create: { d: { mailboxIds: { [drafts]: true }, attachments: [{ blobId: 'Unone' }] } },
    })
    assert.deepEqual(notCreated.d, { type: 'blobNotFound', notFound: ['Unone'] })
  })

  test('what is uploaded is imported as a message (§4.8)', async () => {
    const { blobId, size } = await upload(HEADERS, 'message/rfc822')
    const { created, notCreated } = await house.jmap('Email/import', {
      emails: {
        a: { blobId, mailboxIds: { [inbox]: true }, keywords: { $seen: true } },
        b: { blobId: 'Unone', mailboxIds: { [inbox]: true } },
        c: { blobId: (await upload('no header', 'text/plain')).blobId, mailboxIds: { [inbox]: true } },
      },
    })
    assert.equal(created.a.size, size)
    assert.equal(notCreated.b.type, 'invalidProperties')
    assert.equal(notCreated.c.type, 'invalidEmail')
    const email = await get(created.a.id, { properties: ['receivedAt', 'keywords'] })
    assert.equal(email.receivedAt, '2024-01-01T10:00:00Z') // the newest Received field's
    assert.deepEqual(email.keywords, { $seen: true })
    const raw = await download(created.a.blobId, 'message.eml')
    assert.equal(raw.headers.get('content-length'), String(size))
  })

  test('Emails are found by everything that a filter can say (§4.4.1)', async () => {
    const other = await openJmapHouse()
    try {
      const day = (n: number) => Date.UTC(2024, 0, n)
      const put = async (n: number, lines: readonly string[], flags: string[] = []) => {
        const source = sourceOf(Buffer.from(crlf(lines)))
        await appendMessages(other.demo, other.inbox, [{ source, flags: flagsOf(flags), internalDate: day(n) }], SCAN)
      }
      await put(1, [
        'From: Ann Lee <ann@example.com>',
        'To: alice@demo.test',
        'Subject: Lunch on Friday',
        'Message-ID: <1@x>',
        '',
        'Shall we have noodles?',
      ])
      await put(
        2,
        [
          'From: Bob <bob@example.com>',
          'Cc: carol@example.com',
          'Subject: Re: Lunch on Friday',
          'In-Reply-To: <1@x>',
          'Message-ID: <2@x>',
          '',
          'Noodles, "spicy" ones.',
        ],
        ['\\Seen', '\\Flagged'],
      )
      await put(
        3,
        [
          'From: Bob <bob@example.com>',
          'To: alice@demo.test',
          'Subject: =?utf-8?q?Rechnung_f=C3=BCr_M=C3=A4rz?=',
          'X-Kind: invoice',
          'Content-Type: multipart/mixed; boundary=b',
          '',
          '--b',
          'Content-Type: text/html',
          '',
          '<p title="x">Bitte zahlen</p>',
          '--b',
          'Content-Type: application/pdf; name=r.pdf',
          'Content-Disposition: attachment',
          '',
          'PDF',
          '--b--',
        ],
        ['\\Seen', '$Work'],
      )
      const { list } = await other.jmap('Mailbox/get')
      const own = list.find((mailbox: Any) => mailbox.role === 'inbox').id
      const find = async (filter: Any, more: Any = {}) => {
        const answer = await other.jmap('Email/query', { filter, sort: [{ property: 'receivedAt' }], ...more })
        if (answer.error) return answer.error.type
        const got = await other.jmap('Email/get', { ids: answer.ids, properties: ['receivedAt'] })
        return got.list.map(({ receivedAt }: Any) => Number(receivedAt.slice(8, 10)))
      }
      const rows: readonly [filter: Any, found: number[]][] = [
        [null, [1, 2, 3]],
        [{}, [1, 2, 3]],
        [{ inMailbox: own }, [1, 2, 3]],
        [{ inMailbox: 'nowhere' }, []],
        [{ inMailboxOtherThan: [own] }, []],
        [{ before: '2024-01-02T00:00:00Z' }, [1]],
        [{ after: '2024-01-02T00:00:00Z' }, [2, 3]],
        [{ minSize: 200 }, [3]],
        [{ maxSize: 200 }, [1, 2]],
        [{ hasKeyword: '$seen' }, [2, 3]],
        [{ notKeyword: '$SEEN' }, [1]],
        [{ hasKeyword: '$work' }, [3]],
        [{ someInThreadHaveKeyword: '$flagged' }, [1, 2]],
        [{ allInThreadHaveKeyword: '$seen' }, [3]],
        [{ noneInThreadHaveKeyword: '$flagged' }, [3]],
        [{ hasAttachment: true }, [3]],
        [{ hasAttachment: false }, [1, 2]],
        [{ from: 'bob' }, [2, 3]],
        [{ from: 'ann lee' }, [1]],
        [{ from: '"lee ann"' }, []],
        [{ to: 'alice@demo' }, [1, 3]],
        [{ cc: 'carol' }, [2]],
        [{ bcc: 'carol' }, []],
        [{ subject: 'märz' }, [3]],
        [{ subject: 'friday lunch' }, [1, 2]],
        [{ subject: '"friday lunch"' }, []],
        [{ body: 'NOODLES' }, [1, 2]],
        [{ body: '"zahlen"' }, [3]],
        [{ body: 'title' }, []],
        [{ text: 'noodles bob' }, [2]],
        [{ text: "'have noodles'" }, [1]],
        [{ text: '\\"spicy\\"' }, []],
        [{ header: ['X-Kind'] }, [3]],
        [{ header: ['x-kind', 'INVO'] }, [3]],
        [{ header: ['X-Kind', 'other'] }, []],
        [{ from: 'bob', hasAttachment: true }, [3]],
        [{ operator: 'OR', conditions: [{ from: 'ann' }, { hasAttachment: true }] }, [1, 3]],
        [{ operator: 'NOT', conditions: [{ from: 'ann' }, { hasAttachment: true }] }, [2]],
        [
          { operator: 'AND', conditions: [{ from: 'bob' }, { operator: 'NOT', conditions: [{ text: 'noodles' }] }] },
          [3],
        ],
      ]
      for (const [filter, found] of rows) assert.deepEqual(await find(filter), found, JSON.stringify(filter))
      // The same out of what the fold wrote, in a process that begins with it.
      await foldMailbox(other.demo, other.inbox)
      await appendMessages(
        other.demo,
        other.inbox,
        [{ source: sourceOf(Buffer.from('Subject: last\r\n\r\n.')), flags: flagsOf([]), internalDate: day(9) }],
        SCAN,
      )
      assert.deepEqual(await find({ text: 'noodles' }), [1, 2])

      const sorted = async (sort: Any[], more: Any = {}) => find({ before: '2024-01-05T00:00:00Z' }, { sort, ...more })
      assert.deepEqual(await sorted([{ property: 'receivedAt', isAscending: false }]), [3, 2, 1])
      assert.deepEqual(await sorted([{ property: 'size', isAscending: false }]), [3, 2, 1])
      assert.deepEqual(await sorted([{ property: 'from' }, { property: 'receivedAt' }]), [1, 2, 3])
      assert.deepEqual(
        await sorted([{ property: 'subject', isAscending: false }, { property: 'receivedAt' }]),
        [3, 1, 2],
      )
      assert.deepEqual(await sorted([{ property: 'hasKeyword', keyword: '$flagged', isAscending: false }]), [2, 3, 1])
      assert.deepEqual(
        await sorted([
          { property: 'someInThreadHaveKeyword', keyword: '$flagged', isAscending: false },
          { property: 'receivedAt', isAscending: true },
        ]),
        [1, 2, 3],
      )
      assert.deepEqual(
        await sorted([{ property: 'receivedAt', isAscending: false }], { collapseThreads: true }),
        [3, 2],
      )

      const { ids } = await other.jmap('Email/query', { filter: { text: 'noodles' } })
      const snippets = await other.jmap('SearchSnippet/get', {
        filter: { text: 'noodles lunch' },
        emailIds: [...ids, 'none'],
      })
      assert.deepEqual(snippets.notFound, ['none'])
      for (const { subject, preview } of snippets.list) {
        assert.match(subject, /<mark>Lunch<\/mark> on Friday/)
        assert.match(preview, /<mark>[Nn]oodles<\/mark>/)
      }
      assert.ok(snippets.list.some(({ preview }: Any) => preview.includes('&quot;spicy&quot;')))
    } finally {
      await other.close()
    }
  })

  async function upload(text: string, type: string): Promise<Any> {
    const response = await fetch(`${house.url}/jmap/upload/${house.accountId}/`, {
      method: 'POST',
      headers: { authorization: house.authorization, 'content-type': type },
      body: Uint8Array.from(Buffer.from(text, 'latin1')),
    })
    assert.equal(response.status, 201)
    return response.json()
  }

  const download = (blobId: string, name: string) =>
    fetch(`${house.url}/jmap/download/${house.accountId}/${blobId}/${name}?type=text/plain`, {
      headers: { authorization: house.authorization },
    })
})
