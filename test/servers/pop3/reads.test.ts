/** What POP3 reads of objects, counted in octets; and what it sends when reading fails or the client does not read. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, afterEach, before, test } from 'node:test'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { setLogLevel } from '../../../shared/log.ts'
import { NO_FLAGS } from '../../../shared/mailbox/flags.ts'
import type { MailboxId, ThreadId } from '../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { Blobs } from '../../../shared/ports/blobs.ts'
import { makeCopyToken } from '../../../shared/store/copy-token.ts'
import { openStore } from '../../../shared/store/store.ts'
import { type House, message, openHouse, SCAN } from '../../house.ts'
import { Pop3Client } from './pop3-client.ts'
import { type Pop3Server, startPop3 } from './pop3-server.ts'

const KIB = 1024
const MIB = 1024 * KIB
/** A header of some 100 octets and lines of 78. */
const LARGE = Buffer.concat([
  message('large', ''),
  Buffer.from(`${randomBytes(38).toString('hex')}\r\n`.repeat((50 * MIB) / 78)),
])
const MANY = 10_000

let house: House
let server: Pop3Server
let octetsRead = 0
let reads = 0
/** Reads fail behind so many octets. */
let failsAfter = Number.POSITIVE_INFINITY

before(async () => {
  house = await openHouse()
  const { engine, demo } = house
  await appendMessages(demo, house.inbox, [{ source: sourceOf(LARGE), flags: NO_FLAGS }], SCAN)
  await fillWithoutObjects(await demo.mailboxes.mailbox(house.bob, ['INBOX']))
  setLogLevel('silent')
  const blobs: Blobs = {
    ...engine.blobs,
    async get(name, range) {
      const blob = await engine.blobs.get(name, range)
      if (blob === undefined || !name.startsWith('raw/')) return blob
      reads += 1
      return { ...blob, content: counted(blob.content) }
    },
  }
  server = await startPop3(openStore({ ...engine, blobs }))
})
after(async () => {
  await server.close()
  await house.close()
})
afterEach(() => {
  failsAfter = Number.POSITIVE_INFINITY
})

/** Messages that are in the index alone: what reads one of them fails. */
async function fillWithoutObjects(mailbox: MailboxId): Promise<void> {
  const { ids, clock } = house.engine
  const messages = Array.from({ length: MANY }, (_, index) => ({
    content: ids.content(),
    thread: '0123456789abcdef' as ThreadId,
    flags: NO_FLAGS,
    internalDate: clock.now(),
    sizeOctets: 1000 + index,
    token: makeCopyToken(clock.now(), ids.random(8)),
    furtherCopy: false,
  }))
  await house.demo.journal.commit(mailbox, () => ({ changes: [{ kind: 'append', messages }] }))
}

async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    octetsRead += chunk.length
    if (octetsRead > failsAfter) throw new Error('the disk is broken (a test)')
    yield chunk
  }
}

function startCounting(): void {
  octetsRead = 0
  reads = 0
}

async function signedIn(user = 'alice@demo.test'): Promise<Pop3Client> {
  const client = await Pop3Client.open(server.plain.port)
  assert.match(await client.signIn(user), /^\+OK/)
  startCounting()
  return client
}

test('TOP of 50 MiB reads about what it sends', async () => {
  const client = await signedIn()
  const header = LARGE.toString('latin1', 0, LARGE.indexOf('\r\n\r\n') + 4)
  assert.equal((await client.multiLine('TOP 1 0')).body, header)
  assert.ok(octetsRead <= 16 * KIB && reads === 1, `${octetsRead} octets in ${reads} reads`)
  for (const lines of [10, 100, 600]) {
    startCounting()
    const { body } = await client.multiLine(`TOP 1 ${lines}`)
    assert.equal(body, LARGE.toString('latin1', 0, header.length + 78 * lines))
    assert.ok(octetsRead <= 128 * KIB, `${octetsRead} octets`)
  }
  await client.command('QUIT')
})

test('RETR of 50 MiB is one read, and so many octets as LIST says', async () => {
  const client = await signedIn()
  assert.equal(await client.command('LIST 1'), `+OK 1 ${LARGE.length}`)
  const digest = createHash('sha256')
  let octets = 0
  client.socket.write('RETR 1\r\n')
  assert.equal(await client.line(), `+OK ${LARGE.length} octets`)
  for (let line = await client.line(); line !== '.'; line = await client.line()) {
    const sent = `${line!.startsWith('.') ? line!.slice(1) : line}\r\n`
    digest.update(sent, 'latin1')
    octets += sent.length
  }
  assert.equal(octets, LARGE.length)
  assert.equal(digest.digest('hex'), createHash('sha256').update(LARGE).digest('hex'))
  assert.equal(reads, 1)
  await client.command('QUIT')
})

test('10,000 messages: STAT, LIST and UIDL read no object', async () => {
  const client = await signedIn('bob@demo.test')
  assert.match(await client.command('STAT'), new RegExp(`^\\+OK ${MANY} `))
  const total = Number((await client.command('STAT')).split(' ')[2])
  const list = (await client.multiLine('LIST')).body.trimEnd().split('\r\n')
  assert.equal(list.length, MANY)
  assert.equal(
    list.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0),
    total,
  )
  const ids = (await client.multiLine('UIDL')).body.trimEnd().split('\r\n')
  assert.equal(new Set(ids.map((line) => line.split(' ')[1])).size, MANY)
  assert.ok(ids.every((line) => /^[0-9]+ [!-~]{1,70}$/.test(line)))
  assert.equal(reads, 0)
  await client.command('QUIT')
})

test('10,000 messages are deleted in one commit', async () => {
  const inbox = await house.demo.mailboxes.mailbox(house.bob, ['INBOX'])
  const client = await signedIn('bob@demo.test')
  const commands = Array.from({ length: MANY - 1 }, (_, index) => `DELE ${index + 1}\r\n`)
  client.socket.write(commands.join(''))
  for (const command of commands) assert.match((await client.line())!, /^\+OK/, command)
  const { modseq } = await house.demo.journal.newest(inbox)
  assert.match(await client.command('QUIT'), /^\+OK 9999 messages/)
  const newest = await house.demo.journal.newest(inbox)
  assert.equal(newest.modseq, modseq + 1)
  assert.equal(newest.totals.exists, 1)
  assert.equal(reads, 0)
})

test('reading that fails before the response is said; within it the connection breaks', async () => {
  const client = await signedIn()
  failsAfter = 0
  assert.match(await client.command('RETR 1'), /^-ERR \[SYS\/TEMP\]/)
  assert.match(await client.command('TOP 1 0'), /^-ERR \[SYS\/TEMP\]/)
  startCounting()
  failsAfter = MIB
  await assert.rejects(client.multiLine('RETR 1'), /broke off/)
  failsAfter = Number.POSITIVE_INFINITY
  // The session is over, and its lock is free.
  let again = await Pop3Client.open(server.plain.port)
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; again = await Pop3Client.open(server.plain.port)) {
    if ((await again.signIn()).startsWith('+OK')) break
    again.socket.destroy()
  }
  assert.match(await again.command('NOOP'), /^\+OK/)
  await again.command('QUIT')
})

test('a client that does not read is not read for', async () => {
  const client = await signedIn()
  client.socket.pause()
  client.socket.write('RETR 1\r\n')
  let last = -1
  // Begun, and then no more for a while.
  for (let still = 0; still < 200; still = octetsRead > 0 && octetsRead === last ? still + 1 : 0) {
    last = octetsRead
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(octetsRead > 0 && octetsRead < LARGE.length / 2, `${octetsRead} octets were read`)
  client.socket.destroy()
})
