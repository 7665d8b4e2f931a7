/** A day of two people on the server as it is run: mail by SMTP, settings and sending by JMAP, and IMAP sees all of it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ImapFlow } from 'imapflow'
import { createTransport } from 'nodemailer'
import { PASSWORD } from '../../house.ts'
import { type ServerProcess, startServerProcess } from '../../server-process.ts'
import { type Json, USING } from './jmap-person.ts'

let server: ServerProcess
before(async () => {
  server = await startServerProcess()
})
after(() => server.stop())

async function jmap(calls: (accountId: string) => [string, Json][], address = 'alice@demo.test'): Promise<Json[]> {
  const url = `http://127.0.0.1:${server.ports['http']}`
  const headers = {
    authorization: `Basic ${Buffer.from(`${address}:${PASSWORD}`).toString('base64')}`,
    'content-type': 'application/json',
  }
  const session = (await (await fetch(`${url}/jmap/session`, { headers })).json()) as Json
  const accountId = session.primaryAccounts['urn:ietf:params:jmap:mail']
  const methodCalls = calls(accountId).map(([name, args], at) => [name, { accountId, ...args }, `c${at}`])
  const body = JSON.stringify({ using: USING, methodCalls })
  const response = await fetch(`${url}/jmap/api`, { method: 'POST', headers, body })
  const { methodResponses } = (await response.json()) as Json
  return methodResponses.map(([name, answer]: [string, Json]) => {
    assert.notEqual(name, 'error', JSON.stringify(answer))
    return answer
  })
}

/** Messages of a mailbox by IMAP: subject and flags. */
async function seen(address: string, path: string): Promise<{ subject: string; flags: string[] }[]> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: server.ports['imap']!,
    secure: false,
    auth: { user: address, pass: PASSWORD },
    tls: { rejectUnauthorized: false },
    logger: false,
  })
  await client.connect()
  try {
    const { exists } = await client.mailboxOpen(path, { readOnly: true })
    if (exists === 0) return []
    const messages = await client.fetchAll('1:*', { envelope: true, flags: true })
    return messages.map(({ envelope, flags }) => ({ subject: envelope?.subject ?? '', flags: [...(flags ?? [])] }))
  } finally {
    await client.logout()
  }
}

/** Waits until the message is there. */
async function arrived(address: string, path: string, subject: string) {
  const until = Date.now() + 20_000
  for (;;) {
    const found = (await seen(address, path)).find((message) => message.subject === subject)
    if (found !== undefined) return found
    assert.ok(Date.now() < until, `${subject} is not in ${path} of ${address}`)
  }
}

function deliver(fields: { subject: string; list?: string; from?: string }) {
  const transport = createTransport({ host: '127.0.0.1', port: server.ports['smtp']!, ignoreTLS: true })
  return transport.sendMail({
    from: fields.from ?? 'eve@elsewhere.example',
    to: 'alice@demo.test',
    subject: fields.subject,
    text: 'Hello.',
    ...(fields.list !== undefined && { headers: { 'List-Id': `<${fields.list}>` } }),
  })
}

test('a rule of JMAP files what comes by SMTP, and IMAP finds it there', async () => {
  const [made] = await jmap(() => [['Mailbox/set', { create: { lists: { name: 'Lists', parentId: null } } }]])
  const rule = {
    conditions: [{ field: 'listId', test: 'is', value: 'dev.elsewhere.example' }],
    actions: { mailboxIds: { [made.created.lists.id]: true }, markRead: true, keywords: { $work: true } },
  }
  const [set] = await jmap(() => [['Rule/set', { create: { rule } }]])
  assert.ok(set.created.rule)
  await deliver({ subject: 'on the list', list: 'dev.elsewhere.example' })
  await deliver({ subject: 'to alice' })
  const filed = await arrived('alice@demo.test', 'Lists', 'on the list')
  assert.deepEqual(filed.flags.filter((flag) => flag !== '\\Recent').sort(), ['$work', '\\Seen'])
  assert.equal((await arrived('alice@demo.test', 'INBOX', 'to alice')).flags.includes('\\Seen'), false)
})

test('who writes while she is away is told, once', async () => {
  await jmap(() => [
    ['VacationResponse/set', { update: { singleton: { isEnabled: true, subject: 'Away', textBody: 'Until May.' } } }],
  ])
  await deliver({ subject: 'first', from: 'bob@demo.test' })
  await arrived('bob@demo.test', 'INBOX', 'Away')
  await deliver({ subject: 'second', from: 'bob@demo.test' })
  await arrived('alice@demo.test', 'INBOX', 'second')
  await jmap(() => [['VacationResponse/set', { update: { singleton: { isEnabled: false } } }]])
  assert.equal((await seen('bob@demo.test', 'INBOX')).filter(({ subject }) => subject === 'Away').length, 1)
})

test('a letter waits, can be stopped, and goes when its time has come', async () => {
  const [{ list: boxes }, { list: identities }] = await jmap(() => [
    ['Mailbox/get', { ids: null }],
    ['Identity/get', { ids: null }],
  ])
  const idOf = (role: string) => boxes.find((box: Json) => box.role === role).id
  const [drafts, sent] = [idOf('drafts'), idOf('sent')]
  const send = (subject: string, seconds: number) =>
    jmap(() => [
      [
        'Email/set',
        {
          create: {
            letter: {
              mailboxIds: { [drafts]: true },
              keywords: { $draft: true, $seen: true },
              from: [{ name: 'Alice', email: 'alice@demo.test' }],
              to: [{ name: 'Bob', email: 'bob@demo.test' }],
              subject,
              bodyValues: { text: { value: 'Dear Bob' } },
              textBody: [{ partId: 'text', type: 'text/plain' }],
            },
          },
        },
      ],
      [
        'EmailSubmission/set',
        {
          create: {
            go: {
              identityId: identities[0].id,
              emailId: '#letter',
              envelope: {
                mailFrom: { email: 'alice@demo.test', parameters: { HOLDFOR: String(seconds) } },
                rcptTo: [{ email: 'bob@demo.test', parameters: null }],
              },
            },
          },
          onSuccessUpdateEmail: {
            '#go': { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sent}`]: true, 'keywords/$draft': null },
          },
        },
      ],
    ])
  const [, stopped, moved] = await send('thought better of', 30)
  assert.equal(stopped.created?.go.undoStatus, 'pending', JSON.stringify(stopped))
  assert.ok(moved.updated !== null, 'into Sent at once')
  const { id } = stopped.created.go
  const [undone] = await jmap(() => [
    [
      'EmailSubmission/set',
      {
        update: { [id]: { undoStatus: 'canceled' } },
        onSuccessUpdateEmail: {
          [id]: { [`mailboxIds/${drafts}`]: true, [`mailboxIds/${sent}`]: null, 'keywords/$draft': true },
        },
      },
    ],
  ])
  assert.deepEqual(undone.updated, { [id]: null })
  assert.ok((await arrived('alice@demo.test', 'Drafts', 'thought better of')).flags.includes('\\Draft'))

  const began = Date.now()
  await send('meant', 3)
  await arrived('bob@demo.test', 'INBOX', 'meant')
  const took = Date.now() - began
  assert.ok(took >= 3000 && took < 10_000, `${took} ms`)
  assert.equal((await arrived('alice@demo.test', 'Sent', 'meant')).flags.includes('\\Draft'), false)
  assert.equal(
    (await seen('bob@demo.test', 'INBOX')).filter(({ subject }) => subject === 'thought better of').length,
    0,
  )
  const [suggested] = await jmap(() => [['ContactSuggestion/query', { text: 'bo' }]])
  assert.deepEqual(suggested.list, [{ name: 'Bob', email: 'bob@demo.test' }])
})
