/** Credentials that everybody knows (DESIGN §6): where they open something, and where they do not. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { seedDemo } from '../../../functions/embedded/demo.ts'
import { parseAddress } from '../../../shared/codec/smtp/address.ts'
import { type EmbeddedEngine, openEmbeddedEngine } from '../../../shared/engines/embedded/engine.ts'
import { mailHostOf } from '../../../shared/flows/tenants/domain-records.ts'
import type { TenantId } from '../../../shared/mailbox/ids.ts'
import { createApi } from '../../../shared/servers/http/api.ts'
import { readLimits } from '../../../shared/settings.ts'
import { openStore, type Store } from '../../../shared/store/store.ts'

describe('the demonstration', () => {
  let folder: string
  let engine: EmbeddedEngine
  let store: Store
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tubepost-demo-'))
    engine = await openEmbeddedEngine({ folder, relay: { kind: 'capture' } })
    store = openStore(engine, { demonstration: true })
    await seedDemo(store, readLimits({}))
  })
  after(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })

  interface Call {
    store?: Store
    key?: string
    path?: string
    url?: string
    headers?: Record<string, string>
    loopback?: boolean
    operatorKey?: string
  }
  async function ask({
    store: asked = store,
    key = 're_demo',
    path = '/domains',
    url = 'http://127.0.0.1:8080',
    headers = {},
    loopback = true,
    operatorKey,
  }: Call) {
    const api = createApi({
      store: asked,
      limits: readLimits({}),
      mailHost: mailHostOf('localhost'),
      operatorKey,
      isReady: () => true,
      fetchRemote: () => Promise.reject(new Error('nothing is fetched here')),
    })
    const request = new Request(`${url}${path}`, { headers: { authorization: `Bearer ${key}`, ...headers } })
    return (await api.fetch(request, { remoteAddress: loopback ? '127.0.0.1' : '192.0.2.1', loopback })).status
  }
  const elsewhere = () => openStore(engine) // a process that listens beyond loopback

  test("the demonstration's password signs nobody in from elsewhere, nor does a session begun here", async () => {
    const sent = (headers: Record<string, string>, path: string, body?: object) => {
      const api = createApi({
        store,
        limits: readLimits({}),
        mailHost: mailHostOf('localhost'),
        operatorKey: undefined,
        isReady: () => true,
        fetchRemote: () => Promise.reject(new Error('nothing is fetched here')),
      })
      const json = body && { method: 'POST', body: JSON.stringify(body) }
      const request = new Request(`http://127.0.0.1:8080${path}`, {
        ...json,
        headers: { 'content-type': 'application/json', ...headers },
      })
      return api.fetch(request, { remoteAddress: '127.0.0.1', loopback: true })
    }
    const alice = { email: 'alice@demo.test', password: 'tubepost-demo' }
    const here = await sent({}, '/auth/sign-in', alice)
    assert.equal(here.status, 200)
    const cookie = here.headers.getSetCookie()[0]!.split(';')[0]!
    assert.equal((await sent({ cookie }, '/auth/session')).status, 200)
    assert.equal((await sent({ cookie, 'x-forwarded-for': '192.0.2.1' }, '/auth/session')).status, 401)
    assert.equal((await sent({ forwarded: 'for=192.0.2.1' }, '/auth/sign-in', alice)).status, 401)
  })
  const signIn = (at: Store, password = 'tubepost-demo', person = 'alice') =>
    at.directory.authenticate({ localPart: person, domain: 'demo.test' }, password).then(
      () => 'in',
      () => 'refused',
    )

  test('opens on this machine', async () => {
    assert.equal(await ask({}), 200)
    for (const url of ['http://localhost:8080', 'http://[::1]:8080']) assert.equal(await ask({ url }), 200)
    assert.equal(await ask({ key: 'op_demo', path: '/tenants' }), 200)
    assert.equal(await signIn(store), 'in')
  })

  test('is refused to whoever comes from elsewhere, through somebody, or by another name', async () => {
    for (const [key, path] of [
      ['re_demo', '/domains'],
      ['op_demo', '/tenants'],
    ] as const) {
      for (const call of [
        { loopback: false },
        { url: 'http://tubepost.example' },
        { url: 'http://127.0.0.1.example' },
        { headers: { forwarded: 'for=192.0.2.1' } },
        { headers: { 'x-forwarded-for': '192.0.2.1' } },
        { headers: { 'X-Forwarded-Proto': 'https' } },
        { store: elsewhere() },
      ]) {
        assert.equal(await ask({ key, path, ...call }), 403, JSON.stringify(call.headers ?? call.url))
      }
    }
    assert.equal(await ask({ key: 'op_demo', path: '/tenants', operatorKey: 'another' }), 403)
    assert.equal(await signIn(elsewhere()), 'refused')
  })

  test('a password of one’s own is nobody else’s affair', async () => {
    const alice = await store.directory.accountAt(parseAddress('alice@demo.test'))
    const other = openStore(engine)
    await other.tenant('demo' as TenantId).accounts.change(alice!, { password: 'my own one' })
    assert.equal(await signIn(other, 'my own one'), 'in')
  })

  test('is over for good with the first tenant of one’s own', async () => {
    await store.tenants.create('acme' as TenantId, 'Acme')
    await store.tenants.forget('acme' as TenantId)
    assert.equal(await ask({}), 403)
    assert.equal(await ask({ key: 'op_demo', path: '/tenants' }), 403)
    assert.equal(await signIn(store, 'tubepost-demo', 'bob'), 'refused')
    assert.equal(await signIn(openStore(engine, { demonstration: true }), 'tubepost-demo', 'bob'), 'refused')
    // SCRAM never sees a password, and asks the same question last.
    const { accounts } = store.tenant('demo' as TenantId)
    const bob = await store.directory.accountAt(parseAddress('bob@demo.test'))
    await assert.rejects(accounts.admit((await accounts.get(bob!))!), { kind: 'bad-credentials' })
  })
})
