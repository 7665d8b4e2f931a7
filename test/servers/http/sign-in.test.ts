import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createApi } from '../../../shared/servers/http/api.ts'
import { PASSWORD } from '../../house.ts'
import { type ApiHouse, openApiHouse } from './api-house.ts'

const EMAIL = 'alice@demo.test'

describe('signing in with a browser', () => {
  let house: ApiHouse
  before(async () => {
    house = await openApiHouse()
  })
  after(() => house.close())

  const signIn = (body: unknown = { email: EMAIL, password: PASSWORD }, headers: Record<string, string> = {}) =>
    house.call('POST', '/auth/sign-in', { key: null, body, headers })
  const get = (path: string, headers: Record<string, string>) => house.call('GET', path, { key: null, headers })

  async function cookie(): Promise<string> {
    const { headers } = await signIn()
    return headers.getSetCookie()[0]!.split(';')[0]!
  }

  test('gives a cookie that no script can read and no other site sends', async () => {
    const { status, headers, body } = await signIn()
    assert.equal(status, 200)
    assert.equal(body.email, EMAIL)
    assert.equal(`demo/${body.accountId}`, house.alice)
    const [set] = headers.getSetCookie()
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=2592000']) {
      assert.ok(set!.includes(attribute), `${attribute} in ${set}`)
    }
    assert.ok(!set!.includes('Secure'), 'plain HTTP keeps no Secure cookie')
    const secure = await signIn(undefined, { 'x-forwarded-proto': 'https' })
    assert.ok(secure.headers.getSetCookie()[0]!.includes('Secure'))
  })

  test('the session says who it is, until it is signed out', async () => {
    const own = { cookie: await cookie() }
    const { status, body } = await get('/auth/session', own)
    assert.equal(status, 200)
    assert.equal(body.email, EMAIL)
    assert.equal((await get('/jmap/session', own)).status, 200)
    assert.equal((await house.call('POST', '/auth/sign-out', { key: null, headers: own })).status, 200)
    assert.equal((await get('/auth/session', own)).status, 401)
    assert.equal((await get('/jmap/session', own)).status, 401)
  })

  test('a token also goes into Authorization, and a password into Basic', async () => {
    const token = (await cookie()).split('=')[1]!
    assert.equal((await get('/auth/session', { authorization: `Bearer ${token}` })).status, 200)
    const basic = (password: string) => `Basic ${Buffer.from(`${EMAIL}:${password}`).toString('base64')}`
    assert.equal((await get('/jmap/session', { authorization: basic(PASSWORD) })).status, 200)
    const app = await house.demo.appPasswords.create(house.alice, 'a program')
    assert.equal((await get('/jmap/session', { authorization: basic(app.password) })).status, 200)
    const refused = await get('/jmap/session', { authorization: basic('wrong') })
    assert.equal(refused.status, 401)
    assert.match(refused.headers.get('www-authenticate')!, /^Basic /)
  })

  test('an app password makes no session, and has no say over who signs in', async () => {
    const { password } = await house.demo.appPasswords.create(house.alice, 'a program')
    const refused = await signIn({ email: EMAIL, password })
    assert.equal(refused.status, 401)
    assert.deepEqual(refused.headers.getSetCookie(), [])
    const headers = { authorization: `Basic ${Buffer.from(`${EMAIL}:${password}`).toString('base64')}` }
    const { body } = await get('/jmap/session', headers)
    const accountId = Object.keys(body.accounts)[0]!
    const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail', 'https://tubepost.dev/jmap/account']
    const ask = async (name: string, args: object) => {
      const methodCalls = [[name, { accountId, ...args }, 'c']]
      const answer = await house.call('POST', '/jmap/api', { key: null, headers, body: { using, methodCalls } })
      return answer.body.methodResponses[0]
    }
    assert.equal((await ask('Mailbox/get', {}))[0], 'Mailbox/get')
    assert.equal((await ask('AppPassword/set', { create: { a: { name: 'another' } } }))[1].type, 'forbidden')
    assert.equal((await ask('Session/set', { destroy: ['x'] }))[1].type, 'forbidden')
    const { headers: given } = await signIn()
    const own = { cookie: given.getSetCookie()[0]!.split(';')[0]! }
    const { id } = (await get('/auth/sessions', own)).body.data.find((one: { current: boolean }) => one.current)
    assert.equal((await house.call('DELETE', `/auth/sessions/${id}`, { key: null, headers })).status, 403)
    assert.equal((await get('/auth/session', own)).status, 200)
  })

  test('a password that a browser remembers for Basic is no better than a cookie', async () => {
    const authorization = `Basic ${Buffer.from(`${EMAIL}:${PASSWORD}`).toString('base64')}`
    const body = { using: [], methodCalls: [] }
    const post = (headers: Record<string, string>) =>
      house.call('POST', '/jmap/api', { key: null, body, headers: { authorization, ...headers } })
    assert.equal((await post({})).status, 200)
    assert.equal((await post({ origin: 'https://evil.example' })).status, 403)
    assert.equal((await post({ 'sec-fetch-site': 'cross-site' })).status, 403)
  })

  test('what is no token of ours opens nothing', async () => {
    const token = (await cookie()).split('=')[1]!
    const [kind, tenant, account, secret] = token.split('.')
    for (const other of [
      '',
      'x',
      `${token}x`,
      `${kind}.${tenant}.${account}.${'A'.repeat(32)}`,
      `${kind}.other.${account}.${secret}`,
      `${kind}.${tenant}.${house.bob.split('/')[1]}.${secret}`,
      `${kind}.../.${account}.${secret}`,
    ]) {
      assert.equal((await get('/auth/session', { authorization: `Bearer ${other}` })).status, 401, other)
      assert.equal((await get('/auth/session', { cookie: `tubepost_session=${other}` })).status, 401, other)
    }
  })

  test('a page of another site may neither sign in nor call', async () => {
    const own = await cookie()
    const calls = { using: ['urn:ietf:params:jmap:core'], methodCalls: [['Core/echo', { a: 1 }, 'c']] }
    const post = (headers: Record<string, string>) =>
      house.call('POST', '/jmap/api', { key: null, body: calls, headers: { cookie: own, ...headers } })
    assert.equal((await post({})).status, 200)
    assert.equal((await post({ origin: house.url })).status, 200)
    assert.equal((await post({ origin: 'https://evil.example' })).status, 403)
    assert.equal((await post({ origin: 'null' })).status, 403)
    // A browser's own word counts before the name that a proxy has for us.
    assert.equal((await post({ 'sec-fetch-site': 'same-origin', origin: 'https://mail.example' })).status, 200)
    for (const site of ['same-site', 'cross-site']) {
      assert.equal((await post({ 'sec-fetch-site': site })).status, 403, site)
    }
    assert.equal((await signIn(undefined, { origin: 'https://evil.example' })).status, 403)
  })

  test('wrong passwords are 401 and say nothing of who exists, and too many of them 429', async () => {
    for (const body of [
      { email: EMAIL, password: 'wrong' },
      { email: 'nobody@demo.test', password: PASSWORD },
      { email: 'no address', password: PASSWORD },
    ]) {
      const { status, headers, body: said } = await signIn(body)
      assert.equal(status, 401)
      assert.equal(said.message, 'The email address or the password is wrong.')
      assert.deepEqual(headers.getSetCookie(), [])
    }
    const limited = await openApiHouse({ limits: { ...house.services.limits, failedLogins: 2, failedLoginDelayMs: 1 } })
    try {
      const wrong = () =>
        limited.call('POST', '/auth/sign-in', { key: null, body: { email: EMAIL, password: 'wrong' } })
      assert.deepEqual([(await wrong()).status, (await wrong()).status, (await wrong()).status], [401, 401, 429])
    } finally {
      await limited.close()
    }
  })

  test('sessions are listed and ended, and a new password ends them all', async () => {
    const carol = await house.store.directory.createAccount(
      house.demo.tenant,
      { localPart: 'carol', domain: 'demo.test' },
      PASSWORD,
    )
    const enter = async (password: string) => {
      const { headers } = await signIn({ email: 'carol@demo.test', password })
      return { cookie: headers.getSetCookie()[0]!.split(';')[0]! }
    }
    const [first, second] = [await enter(PASSWORD), await enter(PASSWORD)]
    const { body } = await get('/auth/sessions', first)
    assert.equal(body.data.length, 2)
    const other = body.data.find((one: { current: boolean }) => !one.current)
    const end = (id: string) => house.call('DELETE', `/auth/sessions/${id}`, { key: null, headers: first })
    assert.equal((await end(other.id)).status, 200)
    assert.equal((await end(other.id)).status, 404)
    assert.equal((await get('/auth/session', second)).status, 401)
    assert.equal((await get('/auth/session', first)).status, 200)
    await house.demo.accounts.change(carol, { password: 'another one' })
    assert.equal((await get('/auth/session', first)).status, 401)
    const third = await enter('another one')
    await house.demo.accounts.change(carol, { suspended: true })
    assert.equal((await get('/auth/session', third)).status, 401)
    assert.equal((await signIn({ email: 'carol@demo.test', password: 'another one' })).status, 403)
  })

  test('a session ends when it is not used, and in any case', async () => {
    const own = { cookie: await cookie() }
    const day = 24 * 60 * 60_000
    for (let days = 0; days < 28; days += 4) {
      house.clock.advance(4 * day)
      assert.equal((await get('/auth/session', own)).status, 200, `after ${days + 4} days`)
    }
    house.clock.advance(2 * day + 60_000)
    assert.equal((await get('/auth/session', own)).status, 401)
    const idle = { cookie: await cookie() }
    house.clock.advance(7 * day + 60_000)
    assert.equal((await get('/auth/session', idle)).status, 401)
  })
})

test('a password in plain text is taken from this machine alone', async () => {
  const house = await openApiHouse()
  try {
    const api = createApi(house.services)
    const ask = (url: string, loopback: boolean) =>
      api.fetch(
        new Request(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
        }),
        { remoteAddress: loopback ? '127.0.0.1' : '192.0.2.1', loopback },
      )
    assert.equal((await ask('http://mail.demo.test/auth/sign-in', false)).status, 403)
    const secure = await ask('https://mail.demo.test/auth/sign-in', false)
    assert.equal(secure.status, 200)
    assert.match(secure.headers.getSetCookie()[0]!, /Secure/)
    assert.equal((await ask('http://mail.demo.test/auth/sign-in', true)).status, 200)
  } finally {
    await house.close()
  }
})
