import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setLogLevel } from '../../../shared/log.ts'
import { MailError } from '../../../shared/mailbox/errors.ts'
import { DEMO, PASSWORD } from '../../house.ts'
import type { Zones } from '../../zones.ts'
import { type GuardedHouse, type GuardedOptions, openGuardedHouse, SECOND, transaction } from './guarded-house.ts'

const ALICE = 'alice@demo.test'
const CAROL = 'carol@second.test'
const LETTER = 'From: a@x.test\r\nSubject: test\r\n\r\nHello.\r\n'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

async function inHouse(options: GuardedOptions, work: (house: GuardedHouse) => Promise<void>): Promise<void> {
  const house = await openGuardedHouse({ senderCheck: 'none', ...options })
  try {
    await work(house)
  } finally {
    await house.close()
  }
}

/** The codes of MAIL and RCPT, and of no more. */
async function knock(house: GuardedHouse, to: readonly string[], from = 's@x.test', address = '127.0.0.1') {
  const commands = ['EHLO c.test', `MAIL FROM:<${from}>`, ...to.map((recipient) => `RCPT TO:<${recipient}>`)]
  return (await house.say(commands, { address })).slice(1).map((reply) => reply.slice(0, 9))
}

const OK = '250 2.1.5'
const SENDER_OK = '250 2.1.0'
const LISTED = '554 5.7.1'
const GREYLISTED = '450 4.7.1'

before(() => setLogLevel('silent'))
after(() => setLogLevel('info'))

describe('block lists (RFC 5782)', () => {
  const ZONES: Zones = {
    'A 2.0.0.127.listed.test': ['127.0.0.2'],
    'A 2.0.0.127.several.test': ['127.0.0.4', '127.0.0.11'],
    'A 2.0.0.127.refuses.test': ['127.255.255.254'],
    'A 2.0.0.127.parked.test': ['203.0.113.7'],
    'A 2.0.0.127.silent.test': 'silent',
  }
  const ROWS: readonly [zones: readonly string[], address: string, code: string][] = [
    [[], '127.0.0.2', OK],
    [['listed.test'], '127.0.0.2', LISTED],
    [['listed.test'], '127.0.0.3', OK],
    [['several.test'], '127.0.0.2', LISTED],
    [['refuses.test'], '127.0.0.2', OK],
    [['parked.test'], '127.0.0.2', OK],
    [['silent.test'], '127.0.0.2', OK],
    [['silent.test', 'absent.test', 'listed.test'], '127.0.0.2', LISTED],
  ]
  let house: GuardedHouse
  before(async () => {
    house = await openGuardedHouse({ senderCheck: 'none', zones: ZONES })
  })
  after(() => house.close())
  for (const [dnsbl, address, code] of ROWS) {
    test(`${dnsbl.join(' ') || 'no list'}, client ${address}: ${code}`, async () => {
      await house.protect(DEMO, { dnsbl })
      assert.deepEqual(await knock(house, [ALICE], 's@x.test', address), [SENDER_OK, code])
    })
  }
  test('it is each tenant for itself, postmaster hears of mistakes, and the session goes on', async () => {
    await house.protect(DEMO, { dnsbl: ['listed.test'] })
    const codes = await knock(house, [ALICE, CAROL, 'postmaster@demo.test'], 's@x.test', '127.0.0.2')
    assert.deepEqual(codes, [SENDER_OK, LISTED, OK, OK])
  })
  test('a list is asked once a minute for a client, however many recipients', async () => {
    await house.protect(DEMO, { dnsbl: ['once.test'] })
    await knock(house, [ALICE, 'bob@demo.test', ALICE], 's@x.test', '127.0.0.4')
    assert.equal(house.dns.asked.filter((question) => question.endsWith('once.test')).length, 1)
  })
  test('what cannot be a setting is none, and only of one own domain', async () => {
    await assert.rejects(house.protect(DEMO, { dnsbl: ['no zone'] }), RangeError)
    await assert.rejects(house.protect(DEMO, { dnsbl: Array(11).fill('x.test') }), RangeError)
    const foreign = house.store.protections.change(DEMO, 'second.test', { greylisting: true })
    await assert.rejects(foreign, (error) => error instanceof MailError && error.kind === 'not-allowed')
    assert.deepEqual(await house.store.protections.get(SECOND, 'second.test'), {
      dmarc: 'junk',
      dnsbl: [],
      greylisting: false,
    })
  })
})

describe('greylisting (RFC 6647)', () => {
  test('who comes again after a while is let in, also after a restart, and stays known', () =>
    inHouse({}, async (house) => {
      await house.protect(DEMO, { greylisting: true })
      const code = async (to = ALICE, from = 's@x.test', address = '127.0.0.1') =>
        (await knock(house, [to], from, address))[1]
      assert.equal(await code(), GREYLISTED)
      assert.equal(await code(), GREYLISTED, 'too soon')
      house.clock.advance(MINUTE_MS)
      house.restart()
      assert.equal(await code(), OK)
      assert.equal(await code(ALICE, 'S@X.test'), OK, 'without case')
      assert.equal(await code('Alice+detail@demo.test', 's@x.test', '127.0.0.77'), OK, 'the same network and mailbox')
      assert.equal(await code('bob@demo.test'), GREYLISTED, 'another recipient')
      assert.equal(await code(ALICE, 'other@x.test'), GREYLISTED, 'another sender')
      assert.equal(await code(ALICE, 's@x.test', '127.9.0.1'), GREYLISTED, 'another network')
      assert.equal(await code(CAROL), OK, 'another tenant does not want it')
      assert.equal(await code('postmaster@demo.test'), OK)
      for (let month = 0; month < 3; month++) {
        house.clock.advance(30 * DAY_MS)
        house.restart()
        assert.equal(await code(), OK, 'once a month keeps it known')
      }
      house.clock.advance(37 * DAY_MS)
      assert.equal(await code(), GREYLISTED)
    }))

  test('who does not come again within a day begins anew', () =>
    inHouse({}, async (house) => {
      await house.protect(DEMO, { greylisting: true })
      assert.equal((await knock(house, [ALICE]))[1], GREYLISTED)
      house.clock.advance(25 * HOUR_MS)
      assert.equal((await knock(house, [ALICE]))[1], GREYLISTED)
      house.clock.advance(2 * MINUTE_MS)
      assert.equal((await knock(house, [ALICE]))[1], OK)
    }))

  test('two at the same moment are one', () =>
    inHouse({}, async (house) => {
      await house.protect(DEMO, { greylisting: true })
      const codes = await Promise.all(Array.from({ length: 8 }, () => knock(house, [ALICE])))
      assert.ok(codes.every(([, code]) => code === GREYLISTED))
    }))
})

describe('RCPT stays one read (DESIGN §2)', () => {
  for (const [name, protection, reads] of [
    ['a guard and no wishes', {}, 1],
    ['lists', { dnsbl: ['list.test'] }, 1],
    ['greylisting, the triplet known to the process', { greylisting: true }, 1],
  ] as const) {
    test(name, () =>
      inHouse({}, async (house) => {
        await house.protect(DEMO, protection)
        await knock(house, [ALICE])
        house.clock.advance(2 * MINUTE_MS)
        await knock(house, [ALICE])
        const { table } = house.engine
        let calls = 0
        const counted = <K extends 'get' | 'getMany' | 'query' | 'write'>(name: K) => {
          const original = table[name].bind(table) as (...input: unknown[]) => unknown
          return (...input: unknown[]) => {
            calls++
            return original(...input)
          }
        }
        const own = {
          get: counted('get'),
          getMany: counted('getMany'),
          query: counted('query'),
          write: counted('write'),
        }
        Object.assign(table, own)
        assert.deepEqual(await knock(house, [ALICE]), [SENDER_OK, OK])
        assert.equal(calls, reads)
      }),
    )
  }
})

describe('rates', () => {
  const LIMITS = { messagesPerClient: 4, messagesPerSender: 2, messagesPerRecipient: 3, unknownRecipientsPerClient: 2 }
  const codeOf = (replies: readonly string[], at: number) => replies[at]?.slice(0, 9)

  test('of a client: 421, and the session is over; its neighbour goes on; it may come again', () =>
    inHouse({ limits: LIMITS }, async (house) => {
      const commands = ['EHLO c.test']
      for (let at = 0; at < 5; at++) commands.push(`MAIL FROM:<s${at}@x.test>`, 'RSET')
      const replies = await house.say(commands)
      assert.equal(codeOf(replies, 7), '250 2.1.0')
      assert.equal(codeOf(replies, 9), '421 4.7.0')
      assert.equal(replies[10], '(closed)')
      assert.deepEqual(await knock(house, [], 'a@x.test', '127.0.0.2'), ['250 2.1.0'])
      assert.deepEqual(await knock(house, []), ['421 4.7.0'])
      house.clock.advance(HOUR_MS)
      assert.deepEqual(await knock(house, []), ['250 2.1.0'])
    }))

  test('of a sender: 450, wherever it comes from; the null reverse-path is nobody', () =>
    inHouse({ limits: LIMITS }, async (house) => {
      const codes: (string | undefined)[] = []
      for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.3'])
        codes.push((await knock(house, [], 'Same@x.test', address))[0])
      for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.3'])
        codes.push((await knock(house, [], '', address))[0])
      assert.deepEqual(codes, [SENDER_OK, SENDER_OK, '450 4.7.1', SENDER_OK, SENDER_OK, SENDER_OK])
    }))

  test('of a recipient: 450 for it alone, whatever its detail', () =>
    inHouse({ limits: LIMITS }, async (house) => {
      const to = [ALICE, 'alice+1@demo.test', 'ALICE+2@demo.test', 'alice+3@demo.test', 'bob@demo.test']
      assert.deepEqual(await knock(house, to), [SENDER_OK, OK, OK, OK, '450 4.7.1', OK])
    }))

  test('of addresses that do not exist: who guesses is sent away', () =>
    inHouse({ limits: LIMITS }, async (house) => {
      const to = ['x1@demo.test', 'x2@demo.test', 'x3@demo.test', ALICE]
      assert.deepEqual(await knock(house, to), [SENDER_OK, '550 5.1.1', '550 5.1.1', '421 4.7.0', '(closed)'])
    }))

  test('a client that is not watched has no rate', () =>
    inHouse({ limits: LIMITS, watches: () => false }, async (house) => {
      const to = ['x1@demo.test', 'x2@demo.test', 'x3@demo.test', ...Array<string>(5).fill(ALICE)]
      const codes = await knock(house, to)
      assert.deepEqual(codes.slice(-5), Array(5).fill(OK))
    }))

  test('of an account: its recipients in the hour, over restarts; another account has its own', () =>
    inHouse({ limits: { recipientsPerAccount: 3 } }, async (house) => {
      const submit = async (who: 'alice' | 'bob', recipients: number) => {
        const login = Buffer.from(`\0${who}@demo.test\0${PASSWORD}`).toString('base64')
        const to = Array.from({ length: recipients }, (_, at) => `r${at}@elsewhere.test`)
        const [ehlo, ...rest] = transaction(`${who}@demo.test`, to, LETTER)
        const replies = await house.say([ehlo!, `AUTH PLAIN ${login}`, ...rest], { door: 'submission' })
        return codeOf(replies, replies.length - 1)
      }
      assert.equal(await submit('alice', 2), '250 2.0.0')
      house.restart()
      assert.equal(await submit('alice', 2), '452 4.7.1')
      assert.equal(await submit('alice', 1), '250 2.0.0', 'what was refused is not counted')
      assert.equal(await submit('alice', 1), '452 4.7.1')
      assert.equal(await submit('bob', 3), '250 2.0.0')
      house.clock.advance(HOUR_MS)
      assert.equal(await submit('alice', 3), '250 2.0.0')
    }))
})
