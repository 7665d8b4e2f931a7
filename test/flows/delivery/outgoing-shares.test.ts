import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OutgoingShares } from '../../../shared/flows/outgoing/outgoing-shares.ts'
import { workQueue } from '../../../shared/flows/upkeep/work-queue.ts'
import type { TenantId } from '../../../shared/mailbox/ids.ts'
import type { Relay } from '../../../shared/ports/relay.ts'
import { DEMO, openHouse, PASSWORD, SCAN } from '../../house.ts'
import { HOST_NAME, submit } from './delivery-house.ts'

const ONE = 'one' as TenantId
const PATIENCE_MS = 20_000

describe('shares of the hands that send', () => {
  it('put off what is beyond, a hundred a second, and take more when something has gone', () => {
    const shares = new OutgoingShares(2)
    assert.deepEqual([shares.enter(ONE, 0), shares.enter(ONE, 0)], [undefined, undefined])
    const putOff = Array.from({ length: 301 }, () => shares.enter(ONE, 0)?.delaySeconds)
    assert.deepEqual([putOff[0], putOff[1], putOff[99], putOff[101], putOff[300]], [1, 2, 2, 3, 4])
    assert.equal(shares.enter(DEMO, 0), undefined, 'another tenant')
    shares.leave(ONE)
    assert.equal(shares.enter(ONE, 0), undefined)
    for (let count = 0; count < 100_000; count++) shares.enter(ONE, 0)
    assert.deepEqual(shares.enter(ONE, 0), { delaySeconds: 900 }, 'as long as a queue can wait')
  })

  it('one tenant whose relay does not answer holds up nobody else, and loses nothing', async (t) => {
    const sent: string[] = []
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const relay: Relay = {
      carries: { maxOctets: 1e6, maxRecipients: 100, eightBit: true, smtputf8: true },
      async send({ tenant, recipients }) {
        if (tenant === DEMO) await released
        sent.push(...recipients)
        return { outcomes: recipients.map((recipient) => ({ recipient, outcome: 'sent', reply: '250 2.0.0 OK' })) }
      },
    }
    const house = await openHouse({ relay })
    t.after(() => house.close())
    const { directory } = house.store
    await directory.createTenant(ONE, 'One')
    await directory.addDomain(ONE, 'one.test', { verified: true })
    await directory.createAccount(ONE, { localPart: 'carol', domain: 'one.test' }, PASSWORD)
    const backlog = Array.from({ length: 60 }, (_, index) => `r${index}@world.test`)
    const octets = Buffer.from('Subject: x\r\n\r\nHello.\r\n')
    for (const address of backlog) await submit(house, [{ address }], octets)
    const carol = await directory.resolve({ localPart: 'carol', domain: 'one.test' })
    assert.ok(carol.kind === 'local')
    const account = carol.accounts[0]!
    const other = { tenant: ONE, account, reversePath: 'carol@one.test' }
    await submit(house, [{ address: 'last@world.test' }], octets, other)

    const stopping = new AbortController()
    const settings = { ...SCAN, hostName: HOST_NAME } as Parameters<typeof workQueue>[2]
    const working = workQueue(house.store, 'outgoing', settings, { hands: 1, signal: stopping.signal })
    const until = async (condition: () => boolean, what: string) => {
      const deadline = Date.now() + PATIENCE_MS
      while (!condition()) {
        assert.ok(Date.now() < deadline, what)
        await house.clock.sleep(20)
      }
    }
    await until(() => sent.includes('last@world.test'), 'the other tenant waits')
    assert.deepEqual(sent, ['last@world.test'])
    release()
    await until(() => sent.length === 61, 'something was lost')
    stopping.abort()
    await working
    assert.deepEqual(new Set(sent), new Set([...backlog, 'last@world.test']))
    assert.deepEqual(await house.engine.queues.outgoing.depth(), { waiting: 0, inFlight: 0, dead: 0 })
  })
})
