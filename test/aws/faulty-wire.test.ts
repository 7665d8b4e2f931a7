/** The way of a message over a wire that loses, throttles, delays and repeats at random: each message once in each mailbox (I1–I5). */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { AwsEngine } from '../../shared/engines/aws/engine.ts'
import { acceptMessage } from '../../shared/flows/arrivals/accept-message.ts'
import { indexMessage } from '../../shared/flows/arrivals/index-message.ts'
import type { AccountId, TenantId } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { listAll } from '../../shared/ports/blobs.ts'
import { readLimits } from '../../shared/settings.ts'
import { openStore, type Store } from '../../shared/store/store.ts'
import { type AwsWorld, startAwsWorld } from '../engines/aws/world.ts'
import { skipWithoutEmulator } from './ministack.ts'
import { randomFaults } from './wire-faults.ts'

const TENANT = 'demo' as TenantId
const MESSAGES = 20
const ACCOUNTS = 3
const TRIES = 40

describe('the way of a message over a faulty wire', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let engine: AwsEngine
  let store: Store
  const accounts: AccountId[] = []

  before(async () => {
    world = await startAwsWorld()
    engine = world.open({ attempts: 5, answerMs: 2_000 })
    store = openStore(engine)
    await store.directory.createTenant(TENANT, 'Demonstration')
    await store.directory.addDomain(TENANT, 'demo.test', { verified: true })
    for (let index = 0; index < ACCOUNTS; index++) {
      const address = { localPart: `user${index}`, domain: 'demo.test' }
      accounts.push(await store.directory.createAccount(TENANT, address, 'a long password'))
    }
  })
  after(() => world.stop())

  async function persist<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work()
      } catch (error) {
        if (tries >= TRIES) throw error
      }
    }
  }

  async function accept(index: number): Promise<void> {
    const text = `From: carol@example.net\r\nMessage-ID: <${index}@example.net>\r\nSubject: ${index}\r\n\r\n${index}\r\n`
    await acceptMessage(
      store,
      {
        reversePath: 'carol@example.net',
        recipients: accounts.map((account, at) => ({
          address: `user${at}@demo.test`,
          accounts: [account],
          tenant: TENANT,
        })),
        body: '7BIT',
        smtputf8: false,
        client: { helo: 'c.example.net', remoteAddress: '192.0.2.1', hostName: 'mail.example.com', protocol: 'ESMTP' },
      },
      sourceOf(Buffer.from(text)),
    )
  }

  it('ends with each accepted message once in each mailbox', async (test) => {
    const faults = randomFaults(20_261_123)
    world.proxy.pageOctets = 2_000
    world.proxy.fault = faults.next
    // A sender whose message was not taken sends it again, as another transaction: here each is taken in the end, or not at all.
    const accepted = await Promise.allSettled(Array.from({ length: MESSAGES }, (_, index) => accept(index)))
    const acknowledged = accepted.filter(({ status }) => status === 'fulfilled').length
    const names = await persist(() => Array.fromAsync(listAll(engine.blobs, `raw/${TENANT}/`), ({ name }) => name))
    assert.ok(names.length >= acknowledged && acknowledged > 0)
    // Announced at least once, in any order, to several at a time.
    const announced = [...names, ...names.toReversed()]
    await Promise.all(announced.map((name) => persist(() => indexMessage(store, name, readLimits({})))))
    world.proxy.fault = () => undefined
    test.diagnostic(`${acknowledged} acknowledged, ${names.length} stored, ${faults.count} faults`)

    const own = openStore(world.open()).tenant(TENANT)
    for (const account of accounts) {
      const inbox = await own.mailboxes.mailbox(account, ['INBOX'])
      const { totals } = await own.journal.newest(inbox)
      assert.deepEqual([totals.exists, totals.unseen, totals.uidNext], [names.length, names.length, names.length + 1])
    }
  })
})
