/** One session has the maildrop, whatever happens to processes; what it deletes goes at once or not at all (DESIGN §4). */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { openEmbeddedEngine } from '../../../shared/engines/embedded/engine.ts'
import { expungeMessages } from '../../../shared/flows/mailboxes/expunge-messages.ts'
import { storeFlags } from '../../../shared/flows/mailboxes/store-flags.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import { maildropLockKey } from '../../../shared/store/keys.ts'
import { MaildropLocks } from '../../../shared/store/maildrop-locks.ts'
import { openStore, type Store } from '../../../shared/store/store.ts'
import { fill, type House, openHouse, settableClock } from '../../house.ts'
import { Pop3Client } from './pop3-client.ts'
import { type Pop3Server, startPop3 } from './pop3-server.ts'

let house: House
/** Two gateways on one table, each with a store of its own. */
let elsewhere: Store
let here: Pop3Server
let there: Pop3Server

before(async () => {
  house = await openHouse()
  elsewhere = openStore(house.engine)
})
beforeEach(async () => {
  const uids = await house.demo.replicas.use(house.inbox, async ({ messages }) =>
    Array.from({ length: messages.count }, (_, row) => messages.uidAt(row)),
  )
  if (uids.length > 0) await expunge(uids)
  await fill(house, house.inbox, 5)
  here = await startPop3(house.store)
  there = await startPop3(elsewhere)
})
afterEach(async () => {
  await Promise.all([here.close(), there.close()])
})
after(() => house.close())

async function expunge(uids: number[]): Promise<void> {
  await house.demo.replicas.use(house.inbox, async (replica) => {
    await storeFlags(house.demo, replica, uids, 'add', flagsOf(['\\Deleted']))
    await expungeMessages(house.demo, replica, uids)
  })
}

function uidsLeft(): Promise<number[]> {
  return house.demo.replicas.use(house.inbox, async ({ messages }) =>
    Array.from({ length: messages.count }, (_, row) => messages.uidAt(row)),
  )
}

const LEASE_MS = 61_000

test('a second session is locked out, in another process too, until the first is over', async () => {
  const first = await Pop3Client.open(here.plain.port)
  assert.match(await first.signIn(), /^\+OK/)
  for (const server of [here, there]) {
    const second = await Pop3Client.open(server.plain.port)
    assert.match(await second.signIn(), /^-ERR \[IN-USE\]/)
    second.socket.end()
  }
  // Gone without a word: the lock goes with the connection.
  first.socket.destroy()
  const third = await Pop3Client.open(there.plain.port)
  let answer = await third.signIn()
  for (const deadline = Date.now() + 10_000; answer.startsWith('-ERR [IN-USE]') && Date.now() < deadline; ) {
    answer = await third.signIn()
  }
  assert.match(answer, /^\+OK/)
  // Other people's maildrops are not concerned.
  const bob = await Pop3Client.open(here.plain.port)
  assert.match(await bob.signIn('bob@demo.test'), /^\+OK/)
})

test('of many that come at once one gets in', async () => {
  const clients = await Promise.all(
    Array.from({ length: 20 }, (_, index) => Pop3Client.open((index % 2 === 0 ? here : there).plain.port)),
  )
  const answers = await Promise.all(clients.map((client) => client.signIn()))
  assert.equal(answers.filter((answer) => answer.startsWith('+OK')).length, 1)
  assert.equal(answers.filter((answer) => answer.startsWith('-ERR [IN-USE]')).length, 19)
})

test('QUIT after the lock went to somebody else deletes nothing and says so', async () => {
  const before = await uidsLeft()
  const slow = await Pop3Client.open(here.plain.port)
  assert.match(await slow.signIn(), /^\+OK/)
  assert.match(await slow.command('DELE 1'), /^\+OK/)
  house.clock.advance(LEASE_MS) // as if its process had stood still
  const next = await Pop3Client.open(there.plain.port)
  assert.match(await next.signIn(), /^\+OK/)
  assert.match(await slow.command('QUIT'), /^-ERR \[SYS\/TEMP\]/)
  assert.equal(await slow.line(), undefined)
  assert.deepEqual(await uidsLeft(), before)
  // And the one that has it still has it.
  assert.match(await next.command('DELE 2'), /^\+OK/)
  assert.match(await next.command('QUIT'), /^\+OK 1 messages deleted/)
  assert.deepEqual(await uidsLeft(), [before[0], ...before.slice(2)])
})

test('a lock that nobody took goes on after its lease', async () => {
  const slow = await Pop3Client.open(here.plain.port)
  await slow.signIn()
  await slow.command('DELE 1')
  house.clock.advance(LEASE_MS)
  assert.match(await slow.command('QUIT'), /^\+OK 1 messages deleted/)
})

test('a lock that is renewed does not end', async () => {
  const short = new MaildropLocks(house.demo.engine, { leaseMs: 60_000, renewMs: 5 })
  const lock = await short.acquire(house.inbox)
  const renewed = async () => {
    house.clock.advance(50_000)
    const until = Date.now() + 10_000
    while (Date.now() < until) {
      const item = await house.engine.table.get(maildropLockKey(house.inbox))
      if ((item!['until'] as number) > house.clock.now() + 50_000) return
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.fail('it was not renewed')
  }
  await renewed()
  await renewed()
  await assert.rejects(short.acquire(house.inbox), { kind: 'in-use' })
  await lock.release()
  await (await short.acquire(house.inbox)).release()
})

test('deletion is one commit; what IMAP has expunged meanwhile is passed over', async () => {
  const before = await uidsLeft()
  const client = await Pop3Client.open(here.plain.port)
  await client.signIn()
  for (const message of [1, 2, 4]) assert.match(await client.command(`DELE ${message}`), /^\+OK/)
  await expunge([before[1]!])
  await fill(house, house.inbox, 1)
  // The session's numbers stand, and a message that another protocol expunged can still be read.
  assert.match(await client.command('LIST 5'), /^\+OK 5 /)
  assert.match((await client.multiLine('RETR 3')).status, /^\+OK/)
  const { modseq } = await house.demo.journal.newest(house.inbox)
  assert.match(await client.command('QUIT'), /^\+OK/)
  assert.equal((await house.demo.journal.newest(house.inbox)).modseq, modseq + 1)
  const left = await uidsLeft()
  assert.deepEqual(left.slice(0, 2), [before[2], before[4]])
  assert.equal(left.length, 3)
})

test('after the commit the content is let go of', async () => {
  const contents = await house.demo.replicas.use(house.inbox, async ({ messages }) => messages.contentAt(0))
  const client = await Pop3Client.open(here.plain.port)
  await client.signIn()
  await client.command('DELE 1')
  const [held] = await house.demo.deliveries.of(contents)
  assert.equal(held!.tokens.size, 1)
  await client.command('QUIT')
  const [released] = await house.demo.deliveries.of(contents)
  assert.equal(released!.tokens.size, 0)
})

test('drain: a session hears that the server stops, deletes nothing, and its lock is free', async () => {
  const before = await uidsLeft()
  const client = await Pop3Client.open(here.plain.port)
  await client.signIn()
  await client.command('DELE 1')
  const drained = here.plain.drain({ graceMs: 5000 })
  assert.match((await client.line())!, /^-ERR \[SYS\/TEMP\]/)
  assert.equal(await client.line(), undefined)
  await drained
  assert.deepEqual(await uidsLeft(), before)
  const next = await Pop3Client.open(there.plain.port)
  assert.match(await next.signIn(), /^\+OK/)
})

test('the lock of a process that was killed is free when its lease is over, at once where it was alone, and nothing is deleted', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-killed-'))
  const child: ChildProcess = fork(new URL('locked-process.ts', import.meta.url), [folder])
  const [port] = (await once(child, 'message')) as [number]
  const dying = await Pop3Client.open(port)
  assert.match(await dying.signIn(), /^\+OK maildrop has 3 messages/)
  assert.match(await dying.command('DELE 1'), /^\+OK/)
  child.kill('SIGKILL')
  await dying.closed()
  await once(child, 'exit')

  const clock = settableClock()
  const engine = await openEmbeddedEngine({ folder, relay: { kind: 'capture' }, clock })
  const servers: Awaited<ReturnType<typeof startPop3>>[] = []
  t.after(async () => {
    for (const server of servers) await server.close()
    await engine.close()
    await rm(folder, { recursive: true })
  })
  // As where there may be other processes: only time tells that this one is dead.
  const { run: _, ...oneOfMany } = engine
  const many = await startPop3(openStore(oneOfMany))
  servers.push(many)
  const waiting = await Pop3Client.open(many.plain.port)
  assert.match(await waiting.signIn(), /^-ERR \[IN-USE\]/)
  const alone = await startPop3(openStore(engine))
  servers.push(alone)
  const client = await Pop3Client.open(alone.plain.port)
  assert.match(await client.signIn(), /^\+OK maildrop has 3 messages/)
  await client.command('QUIT')
  clock.advance(LEASE_MS)
  assert.match(await waiting.signIn(), /^\+OK maildrop has 3 messages/)
  await waiting.command('QUIT')
})
