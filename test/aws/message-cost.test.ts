/** What receiving and indexing a message costs, in requests and units (DESIGN §8), counted over the wire. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
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

const TENANT = 'demo' as TenantId
const FURTHER = 4

describe('the cost of a message', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let engine: AwsEngine
  let store: Store
  const accounts: AccountId[] = []

  before(async () => {
    world = await startAwsWorld()
    engine = world.open({ exactUnits: true })
    store = openStore(engine)
    await store.directory.createTenant(TENANT, 'Demonstration')
    await store.directory.addDomain(TENANT, 'demo.test', { verified: true })
    for (let index = 0; index <= FURTHER; index++) {
      const address = { localPart: `user${index}`, domain: 'demo.test' }
      accounts.push(await store.directory.createAccount(TENANT, address, 'a long password'))
    }
  })
  after(() => world.stop())

  /** 20 KiB, as mail programs write them: two texts and a small attachment. */
  function message(id: string): Buffer {
    const attachment = randomBytes(11_000).toString('base64').replace(/.{76}/g, '$&\r\n')
    const text = 'A line of a letter, as long as lines of letters are.\r\n'
    return Buffer.from(
      [
        `Received: from client.example.net (client.example.net [192.0.2.1]) by mx.example.net; Mon, 23 Nov 2026 10:00:00 +0000`,
        'From: "Carol Example" <carol@example.net>',
        'To: "User" <user0@demo.test>',
        'Subject: The report of last week, with what it is about',
        'Date: Mon, 23 Nov 2026 10:00:00 +0000',
        `Message-ID: <${id}@example.net>`,
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary="outer"',
        '',
        '--outer',
        'Content-Type: multipart/alternative; boundary="inner"',
        '',
        '--inner',
        'Content-Type: text/plain; charset=utf-8',
        '',
        text.repeat(30),
        '--inner',
        'Content-Type: text/html; charset=utf-8',
        '',
        `<p>${text.repeat(40)}</p>`,
        '--inner--',
        '--outer',
        'Content-Type: application/pdf; name="report.pdf"',
        'Content-Disposition: attachment; filename="report.pdf"',
        'Content-Transfer-Encoding: base64',
        '',
        attachment,
        '--outer--',
        '',
      ].join('\r\n'),
    )
  }

  /** Receives and indexes one message for so many recipients; the second of its kind, as the first finds everything empty. */
  async function cost(recipients: number) {
    const to = accounts.slice(0, recipients)
    await receive(to)
    const start = structuredClone(engine.counters)
    await receive(to)
    const requests: Record<string, number> = {}
    for (const [name, count] of Object.entries(engine.counters.requests))
      requests[name] = count - (start.requests[name] ?? 0)
    return {
      units: engine.counters.writeUnits - start.writeUnits,
      reads: engine.counters.readUnits - start.readUnits,
      requests,
    }
  }

  async function receive(to: readonly AccountId[]): Promise<void> {
    const before = new Set(await Array.fromAsync(listAll(engine.blobs, `raw/${TENANT}/`), ({ name }) => name))
    await acceptMessage(
      store,
      {
        reversePath: 'carol@example.net',
        recipients: to.map((account, index) => ({
          address: `user${index}@demo.test`,
          accounts: [account],
          tenant: TENANT,
        })),
        body: '7BIT',
        smtputf8: false,
        client: {
          helo: 'client.example.net',
          remoteAddress: '192.0.2.1',
          hostName: 'mail.example.com',
          protocol: 'ESMTP',
        },
      },
      sourceOf(message(engine.ids.nonce())),
    )
    for await (const { name } of listAll(engine.blobs, `raw/${TENANT}/`)) {
      if (!before.has(name)) assert.equal(await indexMessage(store, name, readLimits({})), 'indexed')
    }
  }

  it('is 1 PUT, 1 GET and at most 8 write units; at most 5 for each further recipient', async (test) => {
    const one = await cost(1)
    const many = await cost(1 + FURTHER)
    const further = (many.units - one.units) / FURTHER
    test.diagnostic(
      `1 recipient: ${one.units} write units, ${one.reads} read units; each further: ${further} write units`,
    )
    assert.equal(one.requests['PutObject'], 1)
    assert.equal(one.requests['GetObject'], 1)
    assert.equal(many.requests['PutObject'], 1)
    assert.equal(many.requests['GetObject'], 1)
    assert.ok(one.units <= 8, `${one.units} write units`)
    assert.ok(further <= 5, `${further} write units for each further recipient`)
  })
})
