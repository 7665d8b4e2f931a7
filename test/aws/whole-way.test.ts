/**
 * The whole way of a message on AWS, as deployed: SMTP into the ingress task, an object, its event, the bundled function, IMAP out of the gateway
 * task; each of them over a wire that loses, repeats, throttles and delays, and with tasks that die (I1–I5).
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { AccountId, TenantId } from '../../shared/mailbox/ids.ts'
import { openStore } from '../../shared/store/store.ts'
import { type AwsWorld, startAwsWorld } from '../engines/aws/world.ts'
import { Ledger } from '../faults/ledger.ts'
import { GoneError, LineClient } from '../faults/line-client.ts'
import { recount } from '../faults/recount.ts'
import { sha256 } from '../faults/recount-contents.ts'
import { compareReplicas } from '../faults/road.ts'
import { loadHandler } from '../functions/deployed-function.ts'
import { type EventSource, mapQueue } from './event-source.ts'
import { skipWithoutEmulator } from './ministack.ts'
import type { Resources } from './resources.ts'
import { startTask, type TaskProcess } from './task-process.ts'
import { randomFaults } from './wire-faults.ts'

const TENANT = 'demo' as TenantId
const PASSWORD = 'a long password'
const PEOPLE = ['alice', 'bob'] as const
const SENDERS = 3
/** Acknowledged, of each sender. */
const MESSAGES = 8
const FAULTS_PERCENT = 15
const PATIENCE_MS = 120_000

describe('the whole way of a message, as deployed', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let wired: Resources
  let ingress: TaskProcess
  let gateway: TaskProcess
  let indexing: EventSource
  const accounts = new Map<string, AccountId>()
  const ledger = new Ledger()

  before(async () => {
    world = await startAwsWorld()
    wired = { ...world.resources, endpoint: world.proxy.endpoint }
    const { directory } = openStore(world.open())
    await directory.createTenant(TENANT, 'Demonstration')
    await directory.addDomain(TENANT, 'demo.test', { verified: true })
    for (const localPart of PEOPLE) {
      accounts.set(localPart, await directory.createAccount(TENANT, { localPart, domain: 'demo.test' }, PASSWORD))
    }
    ingress = await startTask('smtp-ingress', wired)
    gateway = await startTask('mailbox-gateway', wired)
    const handler = await loadHandler('index-message', wired)
    indexing = mapQueue(handler, world.resources.queues.arrivals, world.resources, { twice: true })
  })
  after(async () => {
    world.proxy.fault = () => undefined
    await indexing?.stop()
    await ingress?.end()
    await gateway?.end()
    await world?.stop()
  })

  let number = 0
  function compose(): { what: string; octets: Buffer; to: readonly string[] } {
    number += 1
    const what = `message ${number}`
    const to = number % 3 === 0 ? PEOPLE : PEOPLE.slice(0, 1)
    const text = randomBytes(number % 8 === 0 ? 200_000 : 1_000)
      .toString('hex')
      .replace(/.{70}/g, '$&\r\n')
    return { what, to, octets: Buffer.from(`From: carol@example.net\r\nSubject: ${what}\r\n\r\n.${text}\r\n`) }
  }

  /** One transaction; throws where the server does not take it, and the message is then another's. */
  async function transact(client: LineClient): Promise<void> {
    const { what, octets, to } = compose()
    client.send('MAIL FROM:<carol@example.net>\r\n')
    await client.until('250', '4', '5')
    for (const person of to) {
      client.send(`RCPT TO:<${person}@demo.test>\r\n`)
      await client.until('250', '4', '5')
    }
    client.send('DATA\r\n')
    await client.until('354', '4', '5')
    const acknowledge = ledger.sending(
      what,
      octets,
      to.map((person) => accounts.get(person)!),
      'INBOX',
    )
    client.send(`${octets.toString('latin1').replaceAll('\r\n.', '\r\n..')}.\r\n`)
    await client.until('250', '4', '5')
    acknowledge()
  }

  async function send(count: number): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    for (let sent = 0; sent < count; ) {
      let client: LineClient | undefined
      try {
        client = await LineClient.open(ingress.ports.smtp)
        await client.until('220 ')
        client.send('EHLO example.net\r\n')
        await client.until('250 ', '4', '5')
        for (; sent < count; sent += 1) await transact(client)
      } catch (error) {
        const temporary = error instanceof GoneError || (error as Error).message.startsWith('4')
        if (!temporary || Date.now() > deadline) throw error
        await setTimeout(50)
      } finally {
        client?.close()
      }
    }
  }

  /** Every message of the INBOX as a client fetches it, by UID. */
  async function download(localPart: string): Promise<Map<number, string>> {
    const client = await LineClient.open(gateway.ports.imaps, { tls: true })
    try {
      await client.until('* OK')
      client.send(`a LOGIN ${localPart}@demo.test "${PASSWORD}"\r\n`)
      await client.until('a OK', 'a ')
      client.send('b EXAMINE INBOX\r\n')
      await client.until('b OK', 'b ')
      client.send('c UID FETCH 1:* (UID BODY.PEEK[])\r\n')
      const found = new Map<number, string>()
      for (;;) {
        const line = await client.line()
        if (line.startsWith('c OK')) return found
        if (line.startsWith('c ')) throw new Error(line)
        const [, uid, length] = /^\* \d+ FETCH \(UID (\d+) BODY\[\] \{(\d+)\}$/.exec(line) ?? []
        if (uid === undefined) continue
        found.set(Number(uid), sha256(await client.octets(Number(length))))
      }
    } finally {
      client.close()
    }
  }

  /** Again and again, as a client does whose server falters. */
  async function persist<T>(work: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (Date.now() > deadline) throw error
        await setTimeout(50)
      }
    }
  }

  it('shows each acknowledged message once, whatever the wire does and whoever dies', async (test) => {
    const faults = randomFaults(20_261_124, FAULTS_PERCENT)
    world.proxy.pageOctets = 2_000
    world.proxy.fault = faults.next
    const sending = Promise.all(Array.from({ length: SENDERS }, () => send(MESSAGES)))
    await setTimeout(1_500)
    await ingress.replace()
    await sending
    const reading = Promise.all(PEOPLE.map((person) => persist(() => download(person))))
    await gateway.replace()
    await reading

    const { queues } = world.open()
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const { waiting, inFlight, dead } = await queues.arrivals
        .depth()
        .catch(() => ({ waiting: 1, inFlight: 0, dead: 0 }))
      assert.equal(dead, 0)
      if (waiting + inFlight === 0) break
      assert.ok(Date.now() < deadline, 'the arrivals never became empty')
      await setTimeout(200)
    }
    test.diagnostic(`${number} messages sent, ${faults.count} faults, ${indexing.calls} calls of the function`)
    const downloads = await Promise.all(PEOPLE.map((person) => persist(() => download(person))))

    world.proxy.fault = () => undefined
    const engine = world.open()
    const counted = await recount(engine, [TENANT])
    const ground = { engine, visibilitySeconds: 1, elapse: async () => undefined, close: async () => undefined }
    const wrong = [...counted.faults, ...ledger.check(counted), ...(await compareReplicas(ground, counted))]
    assert.deepEqual(wrong, [])
    for (const [index, person] of PEOPLE.entries()) {
      const inbox = counted.mailboxes.find(
        ({ mailbox, path }) => mailbox.startsWith(`${accounts.get(person)}/`) && path?.join() === 'INBOX',
      )!
      const objects = await Promise.all(
        [...inbox.messages].map(async ([uid, { content }]) => {
          const object = await engine.blobs.head(`raw/${TENANT}/${content}`)
          return [uid, object?.sha256] as const
        }),
      )
      assert.deepEqual([...downloads[index]!], objects, 'IMAP shows what was counted, octet for octet')
    }
    assert.ok(faults.count >= 30, `${faults.count} faults`)
  })
})
