/** A message whose octets are lost, by a fault of the disk or by hand: that one is missing in every protocol, and all others are as they were. */
import assert from 'node:assert/strict'
import { readdir, stat, truncate, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { LineClient } from '../faults/line-client.ts'
import { PASSWORD } from '../house.ts'
import { type ServerProcess, startServerProcess } from '../server-process.ts'

const USER = 'alice@demo.test'
/** So long that it is a file. */
const LINES = 'the quick brown fox\r\n'.repeat(20_000)
const SUBJECTS = ['missing', 'cut', 'whole']

let server: ServerProcess
/** Sequence numbers by subject. */
const numbers = new Map<string, number>()

before(async () => {
  server = await startServerProcess({ TUBEPOST_LOG: 'silent' })
  const client = await imap()
  for (const subject of SUBJECTS) {
    const message = `Subject: ${subject}\r\n\r\n${LINES}`
    client.send(`b APPEND INBOX {${message.length}+}\r\n${message}\r\n`)
    await client.until('b OK', 'b ')
  }
  client.send('c STATUS INBOX (MESSAGES)\r\n')
  const count = Number(/MESSAGES (\d+)/.exec(await client.until('* STATUS'))![1])
  client.close()
  for (const [index, subject] of SUBJECTS.entries()) numbers.set(subject, count - SUBJECTS.length + 1 + index)
  const blobs = join(server.data, 'blobs')
  const files = (await readdir(blobs, { recursive: true })).filter((name) => name.includes('/'))
  const made = await Promise.all(files.map(async (name) => ({ name, at: (await stat(join(blobs, name))).mtimeMs })))
  const [missing, cut] = made.sort((one, other) => one.at - other.at)
  await unlink(join(blobs, missing!.name))
  await truncate(join(blobs, cut!.name), 1000)
  await server.restart() // nothing of them is remembered
})
after(() => server.stop())

async function imap(): Promise<LineClient> {
  const client = await LineClient.open(server.ports['imap']!)
  await client.until('* OK')
  client.send(`a LOGIN ${USER} ${PASSWORD}\r\na SELECT INBOX\r\n`)
  await client.until('a OK', 'a ')
  await client.until('a OK', 'a ')
  return client
}

test('IMAP: NIL for what is lost, the others whole, and the session goes on', async () => {
  const client = await imap()
  const range = `${numbers.get('missing')}:${numbers.get('whole')}`
  client.send(`b FETCH ${range} (BODY.PEEK[]<900.200> BODY.PEEK[TEXT])\r\n`)
  for (const subject of ['missing', 'cut'])
    assert.equal(await client.line(), `* ${numbers.get(subject)} FETCH (BODY[]<900> NIL BODY[TEXT] NIL)`)
  assert.match(await client.line(), /FETCH \(BODY\[\]<900> \{200\}$/)
  await client.octets(200)
  assert.equal(await client.line(), ` BODY[TEXT] {${LINES.length}}`)
  assert.equal(String(await client.octets(LINES.length)), LINES)
  assert.equal(await client.line(), ')')
  assert.match(await client.line(), /^b OK /)
  client.send('c SEARCH BODY "brown fox"\r\n')
  assert.equal(await client.until('* SEARCH', 'c '), `* SEARCH ${numbers.get('whole')}`)
  await client.until('c OK', 'c ')
  client.close()
})

test('POP3: -ERR for what is lost, and those behind it can be had', async () => {
  const client = await LineClient.open(server.ports['pop3']!)
  client.send(`USER ${USER}\r\nPASS ${PASSWORD}\r\n`)
  for (let lines = 0; lines < 3; lines += 1) assert.match(await client.line(), /^\+OK/)
  for (const subject of ['missing', 'cut']) {
    client.send(`RETR ${numbers.get(subject)}\r\n`)
    assert.match(await client.line(), /^-ERR \[SYS\/PERM\]/)
  }
  client.send(`RETR ${numbers.get('whole')}\r\n`)
  assert.match(await client.line(), /^\+OK/)
  await client.until('.')
  client.close()
})

test('JMAP: the list with its texts, a search and a download are answered', async () => {
  const headers = {
    Authorization: `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`,
    'Content-Type': 'application/json',
  }
  const origin = `http://127.0.0.1:${server.ports['http']}`
  const session = (await (await fetch(`${origin}/.well-known/jmap`, { headers })).json()) as {
    apiUrl: string
    downloadUrl: string
    accounts: Record<string, unknown>
  }
  const accountId = Object.keys(session.accounts)[0]!
  const body = JSON.stringify({
    using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'],
    methodCalls: [
      ['Email/query', { accountId, sort: [{ property: 'receivedAt' }] }, 'all'],
      ['Email/query', { accountId, filter: { body: 'brown fox' } }, 'found'],
      [
        'Email/get',
        {
          accountId,
          '#ids': { resultOf: 'all', name: 'Email/query', path: '/ids' },
          properties: ['subject', 'blobId', 'preview'],
        },
        'list',
      ],
      [
        'Email/get',
        {
          accountId,
          '#ids': { resultOf: 'all', name: 'Email/query', path: '/ids' },
          properties: ['subject', 'bodyValues', 'textBody'],
          fetchTextBodyValues: true,
          maxBodyValueBytes: 100,
        },
        'texts',
      ],
    ],
  })
  const response = await fetch(new URL(session.apiUrl, origin), { method: 'POST', headers, body })
  const { methodResponses } = (await response.json()) as { methodResponses: [string, Answer, string][] }
  assert.deepEqual(
    methodResponses.map(([name]) => name),
    ['Email/query', 'Email/query', 'Email/get', 'Email/get'],
  )
  assert.equal(methodResponses[1]![1].ids!.length, 1)
  const [list, texts] = methodResponses.slice(2).map(([, { list }]) => list!)
  assert.equal(texts!.length, list!.length - 2)
  assert.ok(texts!.some(({ subject }) => subject === 'whole'))
  for (const subject of SUBJECTS) {
    const email = list!.find((one) => one.subject === subject)
    const url = session.downloadUrl.replace('{accountId}', accountId).replace('{blobId}', email!.blobId)
    const download = await fetch(new URL(url.replace('{name}', 'x').replace('{type}', 'message/rfc822'), origin), {
      headers,
    })
    assert.equal(download.status, subject === 'whole' ? 200 : 404, subject)
    await download.arrayBuffer()
  }
})

interface Answer {
  ids?: string[]
  list?: { subject: string; blobId: string }[]
}
