/** Who may administer a tenant with a browser: its administrators, and nothing of anybody else's. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { TenantId } from '../../../shared/mailbox/ids.ts'
import { PASSWORD } from '../../house.ts'
import { type ApiHouse, OPERATOR_KEY, openApiHouse } from './api-house.ts'

describe('an administrator at a browser', () => {
  let house: ApiHouse
  let strangerAccount: string
  before(async () => {
    house = await openApiHouse()
    const { directory, tenants } = house.store
    const others = 'others' as TenantId
    await tenants.create(others, 'Others')
    await directory.addDomain(others, 'others.test', { verified: true })
    const address = { localPart: 'olga', domain: 'others.test' }
    strangerAccount = (await directory.createAccount(others, address, PASSWORD)).split('/')[1]!
    await house.demo.accounts.change(house.alice, { administrator: true })
  })
  after(() => house.close())

  async function signedIn(email: string, password = PASSWORD): Promise<Record<string, string>> {
    const { status, headers } = await house.call('POST', '/auth/sign-in', { key: null, body: { email, password } })
    assert.equal(status, 200)
    return { cookie: headers.getSetCookie()[0]!.split(';')[0]! }
  }
  const ask = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
    house.call(method, path, { key: null, headers, ...(body !== undefined && { body }) })
  /** Another administrator, to whom things happen. */
  async function makeCarol(): Promise<string> {
    const body = { address: `carol-${crypto.randomUUID()}@demo.test`, password: PASSWORD, administrator: true }
    const { status, body: account } = await house.call('POST', '/accounts', { body })
    assert.equal(status, 201)
    assert.equal(account.administrator, true)
    return account.address
  }

  test('acts for its tenant as a key with full access does', async () => {
    const own = await signedIn('alice@demo.test')
    assert.equal((await ask('GET', '/auth/session', own)).body.administrator, true)
    const listed = await ask('GET', '/accounts', own)
    assert.equal(listed.status, 200)
    assert.deepEqual(listed.body, (await house.call('GET', '/accounts')).body)
    const alias = { address: 'sales@demo.test', targets: ['bob@demo.test'] }
    assert.equal((await ask('POST', '/aliases', { ...own, origin: house.url }, alias)).status, 201)
    assert.equal((await ask('DELETE', '/aliases/sales@demo.test', own)).status, 200)
  })

  test('reaches no other tenant, and nothing of the operator’s', async () => {
    const own = { ...(await signedIn('alice@demo.test')), 'tubepost-tenant': 'others' }
    assert.equal((await ask('GET', `/accounts/${strangerAccount}`, own)).status, 404)
    assert.equal((await ask('GET', '/accounts/olga@others.test', own)).status, 404)
    assert.doesNotMatch(JSON.stringify((await ask('GET', '/accounts', own)).body), /olga/)
    for (const path of ['/tenants', '/tenants/demo', '/prices']) assert.equal((await ask('GET', path, own)).status, 401)
    assert.equal((await ask('POST', '/tenants', own, { id: 'mine' })).status, 401)
    assert.deepEqual(
      (await ask('GET', '/usage', own)).body.tenants.map(({ tenant }: { tenant: string }) => tenant),
      ['demo'],
    )
    assert.equal((await ask('POST', '/domains', own, { name: 'free.test', verified: true })).status, 401)
  })

  test('a plain account is let in nowhere', async () => {
    const own = await signedIn('bob@demo.test')
    assert.equal((await ask('GET', '/auth/session', own)).body.administrator, false)
    for (const [method, path, body] of [
      ['GET', '/accounts'],
      ['GET', '/captured'],
      ['PATCH', '/accounts/bob@demo.test', { administrator: true }],
      ['POST', '/emails', { from: 'alice@demo.test', to: 'x@example.net', subject: 's', text: 't' }],
    ] as const) {
      const { status, body: said } = await ask(method, path, own, body)
      assert.deepEqual([status, said.name], [403, 'invalid_permission'], path)
    }
  })

  test('a page of another site changes nothing', async () => {
    const own = await signedIn('alice@demo.test')
    const body = { address: 'planted@demo.test', targets: ['bob@demo.test'] }
    for (const foreign of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ])
      assert.equal((await ask('POST', '/aliases', { ...own, ...foreign } as Record<string, string>, body)).status, 403)
    assert.equal((await house.call('GET', '/aliases/planted@demo.test')).status, 404)
  })

  test('only the cookie is taken for a person: its token is no key, a password neither', async () => {
    const { cookie } = await signedIn('alice@demo.test')
    const token = cookie!.slice(cookie!.indexOf('=') + 1)
    assert.equal((await ask('GET', '/accounts', { authorization: `Bearer ${token}` })).status, 403)
    const basic = `Basic ${Buffer.from(`alice@demo.test:${PASSWORD}`).toString('base64')}`
    assert.equal((await ask('GET', '/accounts', { authorization: basic })).status, 401)
  })

  test('a key goes before the cookie', async () => {
    const own = await signedIn('bob@demo.test')
    assert.equal((await house.call('GET', '/accounts', { headers: own })).status, 200)
    const operator = await house.call('GET', '/tenants', { key: OPERATOR_KEY, headers: own })
    assert.equal(operator.status, 200)
  })

  const ENDINGS: Readonly<Record<string, (address: string, own: Record<string, string>) => Promise<unknown>>> = {
    'signing out': (_address, own) => ask('POST', '/auth/sign-out', own),
    'a new password': (address) =>
      house.call('PATCH', `/accounts/${address}`, { body: { password: 'a new one here' } }),
    suspension: (address) => house.call('PATCH', `/accounts/${address}`, { body: { suspended: true } }),
    deletion: (address) => house.call('DELETE', `/accounts/${address}`),
    'a session that was revoked': async (_address, own) => {
      const { body } = await ask('GET', '/auth/sessions', own)
      return ask('DELETE', `/auth/sessions/${body.data[0].id}`, own)
    },
  }
  for (const [name, end] of Object.entries(ENDINGS)) {
    test(`${name} ends it at once`, async () => {
      const address = await makeCarol()
      const own = await signedIn(address)
      assert.equal((await ask('GET', '/accounts', own)).status, 200)
      await end(address, own)
      assert.equal((await ask('GET', '/accounts', own)).status, 401)
      assert.equal((await ask('POST', '/suppressions', own, { email: 'a@example.net' })).status, 401)
    })
  }

  test('who is no administrator any more is a plain account with the next call', async () => {
    const address = await makeCarol()
    const own = await signedIn(address)
    assert.equal((await ask('PATCH', `/accounts/${address}`, own, { administrator: false })).body.administrator, false)
    assert.equal((await ask('GET', '/accounts', own)).status, 403)
  })

  test('what it looks at is no call of the API’s; what it changes is one', async () => {
    const own = await signedIn('alice@demo.test')
    await ask('GET', '/webhooks', own)
    await ask('POST', '/suppressions', own, { email: 'noted@example.net' })
    const { body } = await house.call('GET', '/logs?limit=100')
    const calls = body.data.map(({ method, endpoint }: Record<string, string>) => `${method} ${endpoint}`)
    assert.ok(calls.includes('POST /suppressions'))
    assert.ok(!calls.includes('GET /webhooks'))
  })

  test('a tenant that is suspended has no administrators', async () => {
    const own = await signedIn('alice@demo.test')
    await house.call('POST', '/tenants/demo/suspend', { key: OPERATOR_KEY })
    assert.equal((await ask('GET', '/accounts', own)).status, 401)
    await house.call('POST', '/tenants/demo/resume', { key: OPERATOR_KEY })
    assert.equal((await ask('GET', '/accounts', own)).status, 200)
  })
})
