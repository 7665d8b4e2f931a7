/** What IMAP reads of objects, counted: lists read none, parts read themselves, slices are read ahead (DESIGN §8, FACTS §2). */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import type { Range } from '../../../shared/ports/blobs.ts'
import { ImapClient } from './imap-client.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

const KIB = 1024
const MIB = 1024 * KIB

let server: ImapServer
let client: ImapClient
/** Of `raw/` objects since the test began. */
let reads: { octets: number }[] = []
let commits = 0

before(async () => {
  server = await startImapServer()
  const { blobs, table } = server.house.engine
  const get = blobs.get.bind(blobs)
  blobs.get = async (name: string, range?: Range) => {
    const blob = await get(name, range)
    if (blob === undefined || !name.startsWith('raw/')) return blob
    const read = { octets: 0 }
    reads.push(read)
    async function* counted() {
      for await (const chunk of blob!.content) {
        read.octets += chunk.length
        yield chunk
      }
    }
    return { ...blob, content: counted() }
  }
  const write = table.write.bind(table)
  table.write = (operations) => {
    commits += 1
    return write(operations)
  }
  client = await ImapClient.signedIn(server.port)
})
after(async () => {
  await client.close()
  await server.close()
})
beforeEach(() => {
  reads = []
  commits = 0
})

function octetsRead(): number {
  return reads.reduce((sum, { octets }) => sum + octets, 0)
}

/** The octets of the one literal in a FETCH response. */
function literalOf(responses: readonly string[]): string {
  const response = responses.find((each) => each.includes(' FETCH '))!
  const match = /\{(\d+)\}\r\n/.exec(response)!
  return response.slice(match.index + match[0].length, match.index + match[0].length + Number(match[1]))
}

test('a list reads no object, and STORE, COPY and MOVE of all are one commit each', async () => {
  const count = 1000
  const messages = Array.from({ length: count }, (_, index) => ({
    text: `From: a@b.c\r\nSubject: message ${index + 1}\r\nContent-Type: text/plain\r\n\r\nHello.\r\n`,
  }))
  await client.run('CREATE list')
  await server.seed('list', messages)
  reads = []
  await client.run('ENABLE CONDSTORE') // what MODSEQ would switch on, with a response of its own
  await client.run('SELECT list')
  for (const items of [
    'FLAGS UID',
    'UID RFC822.SIZE INTERNALDATE MODSEQ EMAILID THREADID SAVEDATE',
    'ENVELOPE BODYSTRUCTURE PREVIEW',
    'BODY.PEEK[HEADER.FIELDS (FROM SUBJECT CONTENT-TYPE LIST-ID)]',
  ]) {
    assert.equal((await client.run(`FETCH 1:* (${items})`)).length, count + 1, items)
  }
  const found = Array.from({ length: count }, (_, index) => index + 1).filter((each) => String(each).startsWith('77'))
  const [searched] = await client.run('SEARCH SUBJECT "MESSAGE 77" SMALLER 1000 UNSEEN')
  assert.equal(searched, `* SEARCH ${found.join(' ')}`)
  assert.equal(reads.length, 0)

  commits = 0
  assert.equal((await client.run('STORE 1:* +FLAGS (\\Seen)')).length, count + 1)
  assert.equal(commits, 1)
  const { journal } = server.house.demo
  const modseq = async (name: string) => (await journal.newest(await server.mailbox(name))).modseq
  const [from, to] = [await modseq('list'), await modseq('Archive')]
  await client.run('COPY 1:* Archive')
  assert.equal(await modseq('Archive'), to + 1)
  await client.run('MOVE 1:* Trash')
  assert.equal(await modseq('list'), from + 1)
  assert.equal(await modseq('Trash'), 2)
  assert.equal(reads.length, 0)
})

test('a message in slices is read ahead: at most ten reads for 10 MB, at every slice size', async () => {
  const text = randomBytes(5_000_000).toString('hex')
  const message = `Subject: big\r\n\r\n${text}`
  const expected = createHash('sha256').update(message).digest('hex')
  await client.run('CREATE big')
  await server.seed('big', [{ text: message }])
  await client.run('SELECT big')
  for (const slice of [10_024, 64 * KIB, 393_216, MIB]) {
    reads = []
    const hash = createHash('sha256')
    for (let at = 0; at < message.length; at += slice) {
      const octets = literalOf(await client.run(`UID FETCH 1 (BODY.PEEK[]<${at}.${slice}>)`))
      assert.equal(octets.length, Math.min(slice, message.length - at))
      hash.update(octets, 'latin1')
    }
    assert.equal(hash.digest('hex'), expected)
    assert.ok(reads.length <= 10, `${reads.length} reads in slices of ${slice}`)
    assert.ok(octetsRead() <= message.length, 'nothing is read twice')
  }
})

test('a part beside a large attachment, and any slice of it, reads little beyond itself', async () => {
  const attachment = randomBytes(10 * MIB).toString('base64')
  const message = [
    'Subject: attached\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n',
    '--b\r\n\r\nthe text\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n',
    attachment,
    '\r\n--b\r\n\r\nthe end\r\n--b--\r\n',
  ].join('')
  await client.run('CREATE attached')
  await server.seed('attached', [{ text: message }])
  await client.run('SELECT attached')
  reads = []
  assert.equal(literalOf(await client.run('FETCH 1 (BODY.PEEK[1])')), 'the text')
  assert.equal(octetsRead(), 8)
  for (const [at, length] of [
    [0, 100],
    [7_000_000, 5000],
    [1_234_567, 300_000],
    [attachment.length - 10, 100],
  ] as const) {
    await client.run('SELECT attached')
    reads = []
    const octets = literalOf(await client.run(`FETCH 1 (BODY.PEEK[2]<${at}.${length}>)`))
    assert.equal(octets, attachment.slice(at, at + length))
    assert.ok(octetsRead() <= octets.length + 64 * KIB, `${octetsRead()} for ${octets.length}`)
  }
  reads = []
  assert.equal(literalOf(await client.run('FETCH 1 (BODY.PEEK[3])')), 'the end')
  assert.equal(octetsRead(), 7)
})
