/** What comes in for a tenant that has limits, and what it submits. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { storageOf } from '../../../shared/flows/mailboxes/quota.ts'
import type { TenantLimits } from '../../../shared/mailbox/tenant-limits.ts'
import { DEMO, PASSWORD } from '../../house.ts'
import { type GuardedHouse, openGuardedHouse, transaction } from './guarded-house.ts'

const LETTER = 'From: Carol <carol@elsewhere.test>\r\nSubject: Hello\r\n\r\nHi.\r\n'
const MINUTE_MS = 60_000

async function inHouse(limits: TenantLimits, work: (house: GuardedHouse) => Promise<void>): Promise<void> {
  const house = await openGuardedHouse({ senderCheck: 'none' })
  try {
    await house.store.tenants.change(DEMO, { limits })
    await work(house)
  } finally {
    await house.close()
  }
}

/** What is said to the last RCPT and to the content. */
async function deliver(house: GuardedHouse, to: readonly string[]): Promise<[string, string]> {
  const replies = await house.say(transaction('carol@elsewhere.test', to, LETTER), { address: '127.0.0.2' })
  return [replies.at(-3)!.slice(0, 9), replies.at(-1)!.slice(0, 9)]
}

describe('limits of a tenant', () => {
  test('messages of a day: 452 at RCPT beyond them, of other tenants as ever', () =>
    inHouse({ messagesInPerDay: 2 }, async (house) => {
      for (let count = 0; count < 2; count++) {
        assert.deepEqual(await deliver(house, ['alice@demo.test', 'bob@demo.test']), ['250 2.1.5', '250 2.0.0'])
      }
      assert.equal((await deliver(house, ['alice@demo.test']))[0], '452 4.7.1')
      assert.deepEqual(await deliver(house, ['carol@second.test']), ['250 2.1.5', '250 2.0.0'])
      assert.equal((await house.delivered()).inbox, 3, 'two, and the word of the postmaster')
      house.clock.advance(24 * 60 * MINUTE_MS)
      assert.equal((await deliver(house, ['alice@demo.test']))[0], '250 2.1.5')
    }))

  test('storage: 452 4.2.2 while there is no room, a minute late at most', () =>
    inHouse({ storageOctets: 200 }, async (house) => {
      assert.deepEqual(await deliver(house, ['alice@demo.test']), ['250 2.1.5', '250 2.0.0'])
      await house.delivered()
      house.clock.advance(MINUTE_MS)
      assert.ok((await storageOf(house.demo)) >= 200)
      assert.equal((await deliver(house, ['bob@demo.test']))[0], '452 4.2.2')
      await house.store.tenants.change(DEMO, { limits: {} })
      assert.equal((await deliver(house, ['bob@demo.test']))[0], '250 2.1.5')
    }))

  test('messages that are submitted: 452 beyond them', () =>
    inHouse({ messagesOutPerMonth: 1 }, async (house) => {
      const login = Buffer.from(`\0alice@demo.test\0${PASSWORD}`).toString('base64')
      const submit = async () => {
        const [ehlo, ...rest] = transaction('alice@demo.test', ['x@elsewhere.test'], LETTER)
        return (await house.say([ehlo!, `AUTH PLAIN ${login}`, ...rest], { door: 'submission' })).at(-1)!.slice(0, 9)
      }
      assert.equal(await submit(), '250 2.0.0')
      assert.equal(await submit(), '452 4.7.1')
      assert.equal((await deliver(house, ['alice@demo.test']))[0], '250 2.1.5')
    }))

  test('a domain that comes later has them, too', () =>
    inHouse({ messagesInPerMonth: 1 }, async (house) => {
      await house.store.directory.addDomain(DEMO, 'later.test', { verified: true })
      await house.store.directory.createAccount(DEMO, { localPart: 'dora', domain: 'later.test' }, PASSWORD)
      assert.equal((await deliver(house, ['dora@later.test']))[1], '250 2.0.0')
      assert.equal((await deliver(house, ['dora@later.test']))[0], '452 4.7.1')
    }))
})
