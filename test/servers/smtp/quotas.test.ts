/** What comes in for a tenant that has limits, and what it submits. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { storageOf } from '../../../shared/flows/mailboxes/quota.ts'
import { changeAccount, putAlias } from '../../../shared/flows/tenants/administer-accounts.ts'
import { markQuota } from '../../../shared/flows/tenants/mark-quota.ts'
import type { AccountId } from '../../../shared/mailbox/ids.ts'
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

/** Octets that nobody's mailbox holds after one letter. */
const SMALL = 100

async function setQuota({ store }: GuardedHouse, account: AccountId, quotaOctets: number | null): Promise<void> {
  await changeAccount(store, DEMO, account.slice(account.indexOf('/') + 1), { quotaOctets })
}

function putAliasTo(
  { store }: GuardedHouse,
  address: string,
  targets: string[],
  forwards: string[] = [],
): Promise<void> {
  return putAlias(store, DEMO, address, { targets, forwards }, 'add')
}

async function inboxOf(house: GuardedHouse, account: AccountId): Promise<number> {
  await house.delivered()
  const { mailboxes, journal } = house.demo
  return (await journal.newest(await mailboxes.mailbox(account, ['INBOX']))).totals.exists
}

/** How often RCPT goes to the table for this address: those of a transaction with it, without those of one without. */
async function readsOfRcpt(house: GuardedHouse, to: string): Promise<number> {
  const { table } = house.engine
  const { get, getMany, query } = table
  let reads = 0
  Object.assign(table, {
    get: (...given: Parameters<typeof get>) => {
      reads++
      return get(...given)
    },
    getMany: (...given: Parameters<typeof getMany>) => {
      reads++
      return getMany(...given)
    },
    query: (...given: Parameters<typeof query>) => {
      reads++
      return query(...given)
    },
  })
  try {
    await house.say(['EHLO c.test', 'MAIL FROM:<carol@elsewhere.test>', `RCPT TO:<${to}>`], { address: '127.0.0.2' })
    return reads
  } finally {
    Object.assign(table, { get, getMany, query })
  }
}

describe('the quota of an account', () => {
  test('452 4.2.2 at RCPT while it is full, a minute late at most; others of the tenant as ever', () =>
    inHouse({}, async (house) => {
      await setQuota(house, house.alice, SMALL)
      assert.deepEqual(await deliver(house, ['alice@demo.test']), ['250 2.1.5', '250 2.0.0'])
      assert.equal(await inboxOf(house, house.alice), 1)
      house.clock.advance(MINUTE_MS)
      assert.equal((await deliver(house, ['alice@demo.test']))[0], '452 4.2.2')
      assert.equal((await deliver(house, ['alice+detail@demo.test']))[0], '452 4.2.2')
      assert.deepEqual(await deliver(house, ['bob@demo.test']), ['250 2.1.5', '250 2.0.0'])
      // Of a transaction to both the other goes on.
      const replies = await house.say(
        transaction('carol@elsewhere.test', ['alice@demo.test', 'bob@demo.test'], LETTER),
        { address: '127.0.0.2' },
      )
      assert.deepEqual(
        replies.slice(2).map((reply) => reply.slice(0, 3)),
        ['452', '250', '354', '250'],
      )
      await setQuota(house, house.alice, null)
      assert.deepEqual(await deliver(house, ['alice@demo.test']), ['250 2.1.5', '250 2.0.0'])
      assert.equal(await inboxOf(house, house.alice), 2)
    }))

  test('what was accepted is delivered, past it', () =>
    inHouse({}, async (house) => {
      await setQuota(house, house.alice, SMALL)
      for (let count = 0; count < 3; count++) {
        assert.deepEqual(await deliver(house, ['alice@demo.test']), ['250 2.1.5', '250 2.0.0'])
      }
      assert.equal(await inboxOf(house, house.alice), 3)
    }))

  test('an alias is refused only where everybody whom it leads to is full, and what is taken comes to all', () =>
    inHouse({}, async (house) => {
      await putAliasTo(house, 'both@demo.test', ['alice@demo.test', 'bob@demo.test'])
      await putAliasTo(house, '*@demo.test', ['alice@demo.test'])
      await putAliasTo(house, 'ring@demo.test', ['alice@demo.test'], ['both@demo.test'])
      await putAliasTo(house, 'out@demo.test', ['alice@demo.test'], ['x@elsewhere.test'])
      await setQuota(house, house.alice, SMALL)
      await deliver(house, ['alice@demo.test'])
      await house.delivered()
      house.clock.advance(MINUTE_MS)
      assert.equal((await deliver(house, ['anybody@demo.test']))[0], '452 4.2.2')
      for (const address of ['both@demo.test', 'ring@demo.test', 'out@demo.test']) {
        assert.deepEqual(await deliver(house, [address]), ['250 2.1.5', '250 2.0.0'], address)
      }
      assert.equal(await inboxOf(house, house.alice), 4)
      assert.equal(await inboxOf(house, house.bob), 2)
      await setQuota(house, house.bob, SMALL)
      house.clock.advance(MINUTE_MS)
      for (const address of ['both@demo.test', 'ring@demo.test']) {
        assert.equal((await deliver(house, [address]))[0], '452 4.2.2', address)
      }
      assert.equal((await deliver(house, ['out@demo.test']))[0], '250 2.1.5', 'elsewhere there is room')
    }))

  test('an alias and an account that come later, and aliases that are changed', () =>
    inHouse({}, async (house) => {
      await setQuota(house, house.alice, SMALL)
      await deliver(house, ['alice@demo.test'])
      await house.delivered()
      house.clock.advance(MINUTE_MS)
      await putAliasTo(house, 'late@demo.test', ['alice@demo.test'])
      assert.equal((await deliver(house, ['late@demo.test']))[0], '452 4.2.2')
      await putAlias(house.store, DEMO, 'late@demo.test', { targets: ['bob@demo.test'], forwards: [] }, 'change')
      assert.equal((await deliver(house, ['late@demo.test']))[0], '250 2.1.5')
      await putAlias(house.store, DEMO, 'late@demo.test', { targets: ['alice@demo.test'], forwards: [] }, 'change')
      assert.equal((await deliver(house, ['late@demo.test']))[0], '452 4.2.2')
      const dora = { localPart: 'dora', domain: 'demo.test' }
      await house.store.directory.createAccount(DEMO, dora, PASSWORD, { quotaOctets: 0 })
      assert.equal((await deliver(house, ['dora@demo.test']))[0], '452 4.2.2')
    }))

  test('RCPT to an account without one is one read, whatever others of its tenant have', () =>
    inHouse({}, async (house) => {
      await putAliasTo(house, 'alias@demo.test', ['bob@demo.test'])
      const before = await readsOfRcpt(house, 'bob@demo.test')
      const aliasBefore = await readsOfRcpt(house, 'alias@demo.test')
      await setQuota(house, house.alice, SMALL)
      assert.equal(await readsOfRcpt(house, 'bob@demo.test'), before)
      assert.equal(await readsOfRcpt(house, 'alias@demo.test'), aliasBefore)
      assert.equal(before, 1)
      assert.ok((await readsOfRcpt(house, 'alice@demo.test')) > 1)
      assert.equal(await readsOfRcpt(house, 'alice@demo.test'), 2, 'what it holds is known for a minute')
      await setQuota(house, house.alice, null)
      assert.equal(await readsOfRcpt(house, 'alice@demo.test'), before)
    }))

  test('an account that had its quota before addresses said so is marked by the next look at it', () =>
    inHouse({}, async (house) => {
      await putAliasTo(house, 'alias@demo.test', ['alice@demo.test'])
      await house.demo.accounts.change(house.alice, { quotaOctets: 0 })
      assert.equal((await deliver(house, ['alice@demo.test']))[0], '250 2.1.5')
      await markQuota(house.store, (await house.demo.accounts.get(house.alice))!)
      assert.equal((await deliver(house, ['alice@demo.test']))[0], '452 4.2.2')
      assert.equal((await deliver(house, ['alias@demo.test']))[0], '452 4.2.2')
    }))
})
