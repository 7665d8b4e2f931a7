/** jmap-jam, a client from npm, as its users use it. A project of its own for the compiler: its types are TypeScript with enums. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import JamClient from 'jmap-jam'
import { PASSWORD } from '../../house.ts'
import { type JmapHouse, openJmapHouse } from './jmap-house.ts'

let house: JmapHouse
before(async () => {
  house = await openJmapHouse()
})
after(() => house.close())

test('jmap-jam reads, uploads, writes a draft, finds and moves it', async () => {
  const signedIn = await house.call('POST', '/auth/sign-in', {
    key: null,
    body: { email: 'alice@demo.test', password: PASSWORD },
  })
  const bearerToken = signedIn.headers.getSetCookie()[0]!.split(';')[0]!.split('=')[1]!
  const jam = new JamClient({ bearerToken, sessionUrl: `${house.url}/.well-known/jmap` })
  const accountId = await jam.getPrimaryAccount()
  assert.equal(accountId, house.accountId)

  const [mailboxes] = await jam.api.Mailbox.get({ accountId })
  const roles = new Map(mailboxes.list.map(({ role, id }) => [role, id]))
  const { blobId } = await jam.uploadBlob(accountId, new Blob(['hello jam'], { type: 'text/plain' }))
  const [made] = await jam.api.Email.set({
    accountId,
    create: {
      d: {
        mailboxIds: { [roles.get('drafts')!]: true },
        keywords: { $draft: true },
        from: [{ name: 'Alice', email: 'alice@demo.test' }],
        to: [{ name: 'Bob', email: 'bob@demo.test' }],
        subject: 'By jam',
        textBody: [{ partId: 't', type: 'text/plain' }],
        bodyValues: { t: { value: 'Words.' } },
        attachments: [{ blobId, type: 'text/plain', name: 'jam.txt' }],
      } as never,
    },
  })
  assert.ok(made.created?.['d'])

  const [{ ids, emails }] = await jam.requestMany((t) => {
    const ids = t.Email.query({ accountId, filter: { subject: 'jam' } })
    const emails = t.Email.get({
      accountId,
      ids: ids.$ref('/ids'),
      properties: ['id', 'subject', 'attachments', 'keywords'],
    })
    return { ids, emails }
  })
  assert.equal(ids.ids.length, 1)
  const [email] = emails.list
  assert.equal(email!.subject, 'By jam')
  const attached = email!.attachments![0]!
  const response = await jam.downloadBlob({
    accountId,
    blobId: attached.blobId!,
    fileName: attached.name!,
    mimeType: attached.type!,
  })
  assert.equal(await response.text(), 'hello jam')

  const [before] = await jam.api.Mailbox.changes({ accountId, sinceState: mailboxes.state })
  assert.deepEqual(before.updated, [roles.get('drafts')])
  await jam.api.Email.set({
    accountId,
    update: { [email!.id]: { mailboxIds: { [roles.get('archive')!]: true } } as never },
  })
  const [{ list }] = await jam.api.Email.get({ accountId, ids: [email!.id], properties: ['mailboxIds'] })
  assert.deepEqual(list[0]!.mailboxIds, { [roles.get('archive')!]: true })
  const [thread] = await jam.api.Thread.get({ accountId, ids: [made.created!['d']!.threadId!] })
  assert.deepEqual(thread.list[0]!.emailIds, [email!.id])
})
