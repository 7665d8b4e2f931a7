/**
 * The real process, killed again and again while mail comes in: whatever it acknowledged is there afterwards, once and whole; what it did
 * not acknowledge is there at most once. TUBEPOST_FAULTS=all kills it 200 times, TUBEPOST_KILLS as often as it says.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { openEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import { openStore } from '../../shared/store/store.ts'
import { DEMO, message, PASSWORD, settableClock } from '../house.ts'
import { startServerProcess } from '../server-process.ts'
import { Ledger } from './ledger.ts'
import { GoneError, LineClient } from './line-client.ts'
import { recount } from './recount.ts'
import { sha256 } from './recount-contents.ts'
import { compareReplicas } from './road.ts'
import { World } from './world.ts'

const KILLS = Number(process.env['TUBEPOST_KILLS'] ?? (process.env['TUBEPOST_FAULTS'] === 'all' ? 200 : 10))
const SENDERS = 4
const APPENDERS = 2
/** How many messages a process acknowledges before it is killed, at most; and how much later that is. */
const LIFE_MESSAGES = 12
const LIFE_MS = 30
const PATIENCE_MS = 60_000
const RECONNECT_MS = 40
/** Of the largest message: more than the spool holds in memory, and more than stands in the database. */
const LARGE_OCTETS = 300_000
const PEOPLE = ['alice', 'bob'] as const

interface Sent {
  what: string
  sha256: string
  to: readonly (typeof PEOPLE)[number][]
  acknowledged: boolean
}

test(`${KILLS} kills`, { timeout: 3_600_000 }, async (t) => {
  const server = await startServerProcess({ TUBEPOST_LOG: 'error' })
  const all: Sent[] = []
  const complaints: string[] = []
  let sending = true
  let number = 0

  function compose(how: string, to: Sent['to']): { octets: Uint8Array; sent: Sent } {
    number += 1
    const what = `${how} ${number}`
    const size = number % 25 === 0 ? LARGE_OCTETS : randomInt(5_000)
    const lines = randomBytes(size / 2)
      .toString('hex')
      .replace(/.{70}/g, '$&\r\n')
    const octets = message(what, `.begins with a dot\r\n${lines}\r\n`)
    const sent = { what, sha256: sha256(octets), to, acknowledged: false }
    all.push(sent)
    return { octets, sent }
  }

  /** As long as the server lives; then again with the next one. */
  async function reconnecting(door: 'smtp' | 'imap', talk: (client: LineClient) => Promise<void>): Promise<void> {
    while (sending) {
      let client: LineClient | undefined
      try {
        client = await LineClient.open(server.ports[door]!)
        await talk(client)
      } catch (error) {
        if (!(error instanceof GoneError)) complaints.push(`${door}: ${error}`)
        await setTimeout(RECONNECT_MS)
      } finally {
        client?.close()
      }
    }
  }

  async function sendBySmtp(client: LineClient): Promise<void> {
    await client.until('220 ')
    client.send('EHLO example.net\r\n')
    await client.until('250 ', '4', '5')
    while (sending) {
      const to = number % 3 === 0 ? PEOPLE : PEOPLE.slice(0, 1)
      client.send('MAIL FROM:<sender@example.net>\r\n')
      await client.until('250', '4', '5')
      for (const person of to) {
        client.send(`RCPT TO:<${person}@demo.test>\r\n`)
        await client.until('250', '4', '5')
      }
      client.send('DATA\r\n')
      await client.until('354', '4', '5')
      const { octets, sent } = compose('SMTP', to)
      client.send(Buffer.from(octets).toString('latin1').replaceAll('\r\n.', '\r\n..'))
      client.send('.\r\n')
      await client.until('250', '4', '5')
      sent.acknowledged = true
    }
  }

  async function appendByImap(client: LineClient): Promise<void> {
    await client.until('* OK')
    client.send(`a LOGIN alice@demo.test ${PASSWORD}\r\n`)
    await client.until('a OK', 'a ')
    while (sending) {
      const { octets, sent } = compose('APPEND', ['alice'])
      client.send(`a APPEND INBOX (\\Seen) {${octets.length}}\r\n`)
      await client.until('+', 'a ')
      client.send(octets)
      client.send('\r\n')
      await client.until('a OK', 'a ')
      sent.acknowledged = true
    }
  }

  /** Until so many more messages are acknowledged than now. */
  async function acknowledgedAgain(messages: number): Promise<void> {
    const count = () => all.filter(({ acknowledged }) => acknowledged).length
    const wanted = count() + messages
    const deadline = Date.now() + PATIENCE_MS
    while (count() < wanted) {
      assert.ok(Date.now() < deadline, `${count()} acknowledged instead of ${wanted}`)
      await setTimeout(5)
    }
  }

  const clients = [
    ...Array.from({ length: SENDERS }, () => reconnecting('smtp', sendBySmtp)),
    ...Array.from({ length: APPENDERS }, () => reconnecting('imap', appendByImap)),
  ]
  try {
    for (let kills = 0; kills < KILLS; kills += 1) {
      await acknowledgedAgain(randomInt(LIFE_MESSAGES))
      await setTimeout(randomInt(LIFE_MS))
      await server.crash()
      if (kills % 20 === 19) t.diagnostic(`${kills + 1} kills, ${all.length} messages sent`)
    }
    sending = false
    await Promise.all(clients)
    await server.end()

    const clock = settableClock()
    const engine = await openEmbeddedEngine({ folder: server.data, relay: { kind: 'capture' }, clock })
    try {
      const elapse = async (ms: number) => clock.advance(ms)
      const ground = { engine, visibilitySeconds: 60, elapse, close: () => engine.close() }
      // A job that was cut off ten times counts as poison: the alarm rings, and the operator asks for it again.
      await engine.queues.jobs.redrive()
      const world = new World(ground)
      await world.drain()
      const { directory } = openStore(engine)
      const accountOf = async (localPart: string) => (await directory.accountAt({ localPart, domain: 'demo.test' }))!
      const ledger = new Ledger()
      for (const { to, ...sent } of all)
        ledger.promise({ ...sent, accounts: await Promise.all(to.map(accountOf)), path: 'INBOX' })
      const counted = await recount(engine, [DEMO])
      const faults = [...complaints, ...world.complaints, ...counted.faults, ...ledger.check(counted)]
      faults.push(...(await compareReplicas(ground, counted)))
      const acknowledged = all.filter((sent) => sent.acknowledged).length
      t.diagnostic(`${all.length} messages sent, ${acknowledged} acknowledged, ${KILLS} kills`)
      assert.deepEqual(faults.slice(0, 20), [])
      assert.ok(acknowledged > KILLS && acknowledged < all.length)
    } finally {
      await engine.close()
    }
  } finally {
    sending = false
    await server.stop()
  }
})
