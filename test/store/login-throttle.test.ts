import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setLogLevel } from '../../shared/log.ts'
import { MailError } from '../../shared/mailbox/errors.ts'
import { type LoginLimits, LoginThrottle } from '../../shared/store/login-throttle.ts'
import { type House, openHouse } from '../house.ts'

setLogLevel('silent')
const WINDOW_MS = 15 * 60_000
const LIMITS: LoginLimits = {
  failedLogins: 3,
  failedLoginsInAll: 7,
  failedLoginsWindowMs: WINDOW_MS,
  failedLoginDelayMs: 1,
}

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

/** What becomes of a login: `ok`, or the kind of error. */
async function login(throttle: LoginThrottle, remoteAddress: string, name: string, right = false): Promise<string> {
  const who = { remoteAddress, name, signal: () => new AbortController().signal }
  try {
    await throttle.attempt(who, LIMITS, async () => {
      if (!right) throw new MailError('bad-credentials', name)
    })
    return 'ok'
  } catch (error) {
    assert.ok(error instanceof MailError)
    return error.kind
  }
}

async function logins(throttle: LoginThrottle, remoteAddress: string, name: string, rights: string): Promise<string[]> {
  const results: string[] = []
  for (const right of rights) results.push(await login(throttle, remoteAddress, name, right === '+'))
  return results
}

const WRONG = 'bad-credentials'
const REFUSED = 'too-many-logins'

test('one address is refused at one account, however it is spelt, and its other accounts and other addresses are not', async () => {
  const throttle = new LoginThrottle(house.engine)
  assert.deepEqual(await logins(throttle, '192.0.2.1', 'Alice@demo.test', '---+'), [WRONG, WRONG, WRONG, REFUSED])
  assert.equal(await login(throttle, '192.0.2.1', 'alice@DEMO.test', true), REFUSED)
  assert.equal(await login(throttle, '192.0.2.1', 'bob@demo.test', true), 'ok')
  assert.equal(await login(throttle, '192.0.2.2', 'alice@demo.test', true), 'ok')
})

test('another process, or this one after a restart, knows it from its first failure on', async () => {
  const restarted = new LoginThrottle(house.engine)
  assert.deepEqual(await logins(restarted, '192.0.2.1', 'alice@demo.test', '-+'), [WRONG, REFUSED])
})

test('when the window is over it is all forgotten', async () => {
  const throttle = new LoginThrottle(house.engine)
  assert.deepEqual(await logins(throttle, '192.0.2.3', 'alice@demo.test', '---+'), [WRONG, WRONG, WRONG, REFUSED])
  house.clock.advance(WINDOW_MS)
  assert.equal(await login(throttle, '192.0.2.3', 'alice@demo.test', true), 'ok')
})

test('who finds the password begins anew', async () => {
  const throttle = new LoginThrottle(house.engine)
  assert.deepEqual(await logins(throttle, '192.0.2.4', 'alice@demo.test', '--+--+'), [
    WRONG,
    WRONG,
    'ok',
    WRONG,
    WRONG,
    'ok',
  ])
})

test('one network that tries many names is refused for all of them; IPv6 counts by /64', async () => {
  const throttle = new LoginThrottle(house.engine)
  for (let guess = 0; guess < 7; guess++) {
    assert.equal(await login(throttle, `2001:db8::${guess}`, `name${guess}@demo.test`), WRONG)
  }
  assert.equal(await login(throttle, '2001:db8::ffff', 'alice@demo.test', true), REFUSED)
  assert.equal(await login(throttle, '2001:db8:0:1::1', 'alice@demo.test', true), 'ok')
})

test('many networks that try one name cannot lock its user out', async () => {
  const throttle = new LoginThrottle(house.engine)
  for (let guess = 0; guess < 20; guess++) {
    assert.equal(await login(throttle, `198.51.100.${guess}`, 'carol@demo.test'), WRONG)
  }
  assert.equal(await login(throttle, '203.0.113.9', 'carol@demo.test', true), 'ok')
})

test('many at once get no more tries than one after the other', async () => {
  const throttle = new LoginThrottle(house.engine)
  assert.equal(await login(throttle, '192.0.2.5', 'dora@demo.test'), WRONG)
  const results = await Promise.all(Array.from({ length: 10 }, () => login(throttle, '192.0.2.5', 'dora@demo.test')))
  assert.equal(results.filter((result) => result === WRONG).length, LIMITS.failedLogins - 1)
})

test('a login without a failure before it reads and writes nothing', async () => {
  const calls: string[] = []
  const table = new Proxy(house.engine.table, {
    get: (target, name) => {
      calls.push(String(name))
      return Reflect.get(target, name)
    },
  })
  const throttle = new LoginThrottle({ ...house.engine, table })
  assert.equal(await login(throttle, '192.0.2.6', 'alice@demo.test', true), 'ok')
  assert.deepEqual(calls, [])
})
