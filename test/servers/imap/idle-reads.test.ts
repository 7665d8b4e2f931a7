/** Sessions that idle on one mailbox share what is read for them: what many cost is what one costs. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { NO_FLAGS } from '../../../shared/mailbox/flags.ts'
import type { ThreadId } from '../../../shared/mailbox/ids.ts'
import type { Table } from '../../../shared/ports/table.ts'
import { serveImap } from '../../../shared/servers/imap/serve-imap.ts'
import { readLimits } from '../../../shared/settings.ts'
import { makeCopyToken } from '../../../shared/store/copy-token.ts'
import { openStore } from '../../../shared/store/store.ts'
import { type Listener, listen } from '../../../shared/transport/tcp.ts'
import { arrive, type House, message, openHouse, settleQueues } from '../../house.ts'
import { ImapClient } from './imap-client.ts'

const MANY = 50

let house: House
/** Of the gateway alone; who delivers has a store of its own. */
let reads = 0
let writes = 0
const clientsOpened: ImapClient[] = []
const gatewaysOpened: Listener[] = []

before(async () => {
  house = await openHouse()
})
after(async () => {
  for (const { socket } of clientsOpened) socket.destroy()
  await Promise.all(gatewaysOpened.map((gateway) => gateway.drain({ graceMs: 1000 })))
  await house.close()
})

function countingTable(): Table {
  const { table } = house.engine
  return {
    ...table,
    get: (key) => {
      reads += 1
      return table.get(key)
    },
    getMany: (keys) => {
      reads += 1
      return table.getMany(keys)
    },
    query: (...given) => {
      reads += 1
      return table.query(...given)
    },
    write: (operations) => {
      writes += 1
      return table.write(operations)
    },
  }
}

async function openGateway(imapRefreshMs: number): Promise<Listener> {
  const limits = { ...readLimits({}), imapRefreshMs, connectionsPerAccount: 1000 }
  const store = openStore({ ...house.engine, table: countingTable() })
  const services = { store, limits, hostName: 'mail.demo.test', allowPlaintext: () => true }
  const gateway = await listen({
    host: '127.0.0.1',
    port: 0,
    limits,
    serve: (connection) => serveImap(connection, services),
  })
  gatewaysOpened.push(gateway)
  return gateway
}

async function idling(port: number, select = 'SELECT INBOX'): Promise<ImapClient> {
  const client = await ImapClient.signedIn(port)
  clientsOpened.push(client)
  await client.run(select)
  client.begin('IDLE')
  assert.match(await client.next(), /^\+ /)
  return client
}

/** How often the gateway goes to the table for one message, until every session knows of it and nothing more is read. */
async function costOfOneMessage(sessions: number, select?: string): Promise<{ reads: number; writes: number }> {
  const gateway = await openGateway(60_000)
  const clients: ImapClient[] = []
  for (let at = 0; at < sessions; at += 1) clients.push(await idling(gateway.port, select))
  await quiet()
  reads = 0
  writes = 0
  await arrive(house, [house.alice], message('news'))
  await settleQueues(house)
  for (const client of clients) while (!/^\* \d+ RECENT$/.test(await client.next()));
  await quiet()
  const cost = { reads, writes }
  for (const client of clients) client.socket.destroy()
  return cost
}

/** Until the gateway has not gone to the table for a while. */
async function quiet(): Promise<void> {
  for (let before = -1; before !== reads + writes; ) {
    before = reads + writes
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

for (const select of ['SELECT INBOX', 'EXAMINE INBOX']) {
  test(`one message costs ${MANY} idle sessions what it costs one: ${select}`, async () => {
    const one = await costOfOneMessage(1, select)
    const many = await costOfOneMessage(MANY, select)
    assert.ok(many.reads <= one.reads + 1 && many.reads <= 4, `${many.reads} reads, for one session ${one.reads}`)
    assert.ok(many.writes <= one.writes, `${many.writes} writes, for one session ${one.writes}`)
  })
}

test(`a lost hint is made up for by one look for ${MANY} sessions`, async () => {
  const refreshMs = 300
  const gateway = await openGateway(refreshMs)
  const clients: ImapClient[] = []
  for (let at = 0; at < MANY; at += 1) clients.push(await idling(gateway.port))
  await new Promise((resolve) => setTimeout(resolve, 1))
  reads = 0
  const startedMs = performance.now()
  // The tail and the mailbox's item: two reads a look.
  for (const deadline = startedMs + 20_000; reads < 20; ) {
    assert.ok(performance.now() < deadline, `${reads} reads`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const tookMs = performance.now() - startedMs
  assert.ok(tookMs > 8 * refreshMs, `ten looks took ${tookMs} ms`)
  const { ids, clock } = house.engine
  const unannounced = {
    content: ids.content(),
    thread: '0123456789abcdef' as ThreadId,
    flags: NO_FLAGS,
    internalDate: clock.now(),
    sizeOctets: 100,
    token: makeCopyToken(clock.now(), ids.random(8)),
    furtherCopy: false,
  }
  await house.demo.journal.commit(house.inbox, () => ({ changes: [{ kind: 'append', messages: [unannounced] }] }))
  for (const client of clients) assert.match(await client.next(), /^\* \d+ EXISTS$/)
  // Who stops idling stops it for itself alone; the last one for the mailbox.
  for (const client of clients.slice(1)) client.socket.destroy()
  reads = 0
  for (const deadline = Date.now() + 10_000; reads < 4; ) {
    assert.ok(Date.now() < deadline, 'the last session is still looked for')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  clients[0]!.send('DONE\r\n')
  while (!(await clients[0]!.next()).includes('IDLE completed'));
  reads = 0
  await new Promise((resolve) => setTimeout(resolve, 3 * refreshMs))
  assert.equal(reads, 0, 'nobody idles any more')
})
