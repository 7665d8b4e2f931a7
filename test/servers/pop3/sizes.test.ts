/** The octets that LIST and STAT count are those that RETR sends (RFC 1939 §5, §11), however the message's last line ends. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { copyMessages } from '../../../shared/flows/mailboxes/copy-messages.ts'
import { foldMailbox } from '../../../shared/flows/mailboxes/fold-mailbox.ts'
import { storeFlags } from '../../../shared/flows/mailboxes/store-flags.ts'
import { flagsOf, NO_FLAGS } from '../../../shared/mailbox/flags.ts'
import type { ThreadId } from '../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { makeCopyToken } from '../../../shared/store/copy-token.ts'
import { openStore } from '../../../shared/store/store.ts'
import { arrive, DEMO, type House, openHouse, PASSWORD, SCAN, settleQueues } from '../../house.ts'
import { Pop3Client } from './pop3-client.ts'
import { type Pop3Server, startPop3 } from './pop3-server.ts'

const HEADER = 'From: a@b.example\r\nSubject: x\r\n\r\n'
/** Each with what RETR sends of it beyond its own octets. */
const MESSAGES: readonly (readonly [text: string, added: number])[] = [
  ['', 0],
  [`${HEADER}ends\r\n`, 0],
  ['\r\n', 0],
  [`${HEADER}ends not`, 2],
  [`${HEADER}.`, 2],
  [`${HEADER}ends in LF\n`, 2],
  [`${HEADER}ends in CR\r`, 2],
  [`${HEADER}LF CR\n\r`, 2],
  ['\n', 2],
  [`${HEADER}bare\nlines\n.\n..\nwithin\r\n`, 0],
  [`${HEADER}${'x'.repeat(70_000)}\r\n`, 0],
  // The end lies on both sides of a chunk.
  [`${'y'.repeat(64 * 1024 - 1)}\r\n`, 0],
  [`${'y'.repeat(64 * 1024 - 1)}\r`, 2],
]

let house: House
let server: Pop3Server
before(async () => {
  house = await openHouse()
  server = await startPop3(house.store)
})
after(async () => {
  await server.close()
  await house.close()
})

/** Octets of the response to RETR behind its first line, stuffing and final dot taken away, as they were on the wire. */
async function retrieved(client: Pop3Client, number: number): Promise<number> {
  const { body } = await client.multiLine(`RETR ${number}`)
  return body.replace(/(?<!\r)\n\.\./g, '\n.').length
}

async function looksRight(port: number, user: string, expected: readonly number[]): Promise<void> {
  const client = await Pop3Client.open(port)
  assert.match(await client.signIn(user), /^\+OK/)
  const list = (await client.multiLine('LIST')).body.split('\r\n').slice(0, -1)
  assert.deepEqual(
    list,
    expected.map((octets, index) => `${index + 1} ${octets}`),
  )
  const total = expected.reduce((sum, octets) => sum + octets, 0)
  assert.equal(await client.command('STAT'), `+OK ${expected.length} ${total}`)
  for (const [index, octets] of expected.entries()) {
    assert.equal(await client.command(`LIST ${index + 1}`), `+OK ${index + 1} ${octets}`)
    assert.equal(await retrieved(client, index + 1), octets, JSON.stringify(MESSAGES[index]?.[0].slice(-20)))
  }
  assert.match(await client.command('DELE 4'), /^\+OK/)
  assert.equal(await client.command('STAT'), `+OK ${expected.length - 1} ${total - expected[3]!}`)
  assert.match(await client.command('RSET'), new RegExp(`\\(${total} octets\\)`))
  await client.command('QUIT')
}

const appended = MESSAGES.map(([text]) => ({ source: sourceOf(Buffer.from(text, 'latin1')), flags: NO_FLAGS }))
const OCTETS = MESSAGES.map(([text, added]) => text.length + added)

test('appended, marked, folded, and read again by a process that knows the snapshot alone', async () => {
  const { demo, inbox } = house
  await appendMessages(demo, inbox, appended, SCAN)
  await looksRight(server.plain.port, 'alice@demo.test', OCTETS)
  await demo.replicas.use(inbox, async (replica) => {
    for (const change of ['set', 'add', 'remove'] as const)
      await storeFlags(demo, replica, [3, 4, 5, 6], change, flagsOf(['\\Seen', '$Later']))
  })
  await looksRight(server.plain.port, 'alice@demo.test', OCTETS)
  await foldMailbox(demo, inbox)
  const other = await startPop3(openStore(house.engine))
  try {
    await looksRight(other.plain.port, 'alice@demo.test', OCTETS)
  } finally {
    await other.close()
  }
  await demo.replicas.use(inbox, async ({ messages }) => {
    for (const [row, [text]] of MESSAGES.entries()) assert.equal(messages.sizeAt(row), text.length, 'RFC822.SIZE')
  })
})

test('copied', async () => {
  const { demo, inbox, alice } = house
  const copies = await demo.mailboxes.create(alice, ['Copies'])
  const uids = MESSAGES.map((_, index) => index + 1)
  await demo.replicas.use(inbox, (replica) => copyMessages(demo, replica, uids, copies))
  await demo.replicas.use(copies, async ({ messages }) => {
    for (const [row, [, added]] of MESSAGES.entries()) assert.equal(messages.isUnterminated(row), added > 0)
  })
})

test('as they arrive: what came by BDAT need not end in CR LF', async () => {
  const { bob } = house
  for (const [text] of MESSAGES) await arrive(house, [bob], Buffer.from(text, 'latin1'))
  await settleQueues(house)
  await eachIsItsCount('bob@demo.test')
})

test('indexed before the last line was looked at: served as they were, two octets short', async () => {
  const { demo, engine, store } = house
  const carol = await store.directory.createAccount(DEMO, { localPart: 'carol', domain: 'demo.test' }, PASSWORD)
  const kept = await demo.mailboxes.create(carol, ['Kept'])
  await appendMessages(demo, kept, appended.slice(0, 5), SCAN)
  const content = await demo.replicas.use(kept, async ({ messages }) => messages.contentAt(3))
  const inbox = await demo.mailboxes.mailbox(carol, ['INBOX'])
  const old = {
    content,
    thread: '0123456789abcdef' as ThreadId,
    flags: NO_FLAGS,
    internalDate: engine.clock.now(),
    sizeOctets: MESSAGES[3]![0].length,
    token: makeCopyToken(engine.clock.now(), engine.ids.random(8)),
    furtherCopy: true,
    arrived: true,
  }
  await demo.journal.commit(inbox, () => ({ changes: [{ kind: 'append', messages: [old] }] }))
  const client = await Pop3Client.open(server.plain.port)
  assert.match(await client.signIn('carol@demo.test'), /^\+OK/)
  assert.equal(await client.command('LIST 1'), `+OK 1 ${old.sizeOctets}`)
  assert.equal(await retrieved(client, 1), old.sizeOctets + 2)
  await client.command('QUIT')
})

async function eachIsItsCount(user: string): Promise<void> {
  const client = await Pop3Client.open(server.plain.port)
  assert.match(await client.signIn(user), /^\+OK/)
  const list = (await client.multiLine('LIST')).body.trimEnd().split('\r\n')
  assert.equal(list.length, MESSAGES.length)
  for (const line of list) {
    const [number, octets] = line.split(' ').map(Number)
    assert.equal(await retrieved(client, number!), octets, line)
  }
  await client.command('QUIT')
}
