import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { parseAddress } from '../../../shared/codec/smtp/address.ts'
import { MailError } from '../../../shared/mailbox/errors.ts'
import type { AccountId, TenantId } from '../../../shared/mailbox/ids.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import { arrive, message, PASSWORD, settleQueues } from '../../house.ts'
import { type ApiHouse, OPERATOR_KEY, openApiHouse } from './api-house.ts'

const operator = { key: OPERATOR_KEY }

describe('administration by API', () => {
  let house: ApiHouse
  before(async () => {
    house = await openApiHouse()
  })
  after(() => house.close())

  const signIn = (address: string, password: string) =>
    house.store.directory.authenticate(parseAddress(address), password).then(
      ({ address }) => address,
      (error: unknown) => (error instanceof MailError ? error.kind : Promise.reject(error)),
    )
  const resolve = async (address: string) => (await house.store.directory.resolve(parseAddress(address))).kind

  test('a tenant from nothing to its first account, by its own key', async () => {
    const made = await house.call('POST', '/tenants', { ...operator, body: { id: 'acme', name: 'Acme' } })
    assert.equal(made.status, 201)
    assert.equal(made.body.status, 'active')
    const key = made.body.api_key.token
    const domain = await house.call('POST', '/domains', { key, body: { name: 'Acme.Test' } })
    assert.equal(domain.status, 201)
    assert.equal(domain.body.name, 'acme.test')
    assert.equal(domain.body.status, 'not_started')
    const early = await house.call('POST', '/accounts', {
      key,
      body: { address: 'ann@acme.test', password: 'a long one' },
    })
    assert.deepEqual([early.status, early.body.name], [403, 'validation_error'])
    assert.equal(await resolve('ann@acme.test'), 'foreign-domain')

    const { id, records } = domain.body
    await house.call('POST', `/domains/${id}/verify`, { key })
    assert.equal((await house.call('GET', `/domains/${id}`, { key })).body.status, 'pending')
    for (const { type, name, value, priority } of records) {
      house.zone.set(`${type} ${name}`, [priority === undefined ? value : `${priority} ${value}`])
    }
    // Reverse-paths leave as they are, so SPF is asked of the domain itself (RFC 7208 §2.4), beside what else its owner says there.
    assert.equal(house.zone.get('TXT acme.test')?.[0], 'v=spf1 a:mx.tubepost.test ~all')
    house.zone.set('TXT acme.test', ['site-verification=x', 'v=spf1 include:other.test a:mx.tubepost.test -all'])
    const verified = await house.call('POST', `/domains/${id}/verify`, { key })
    assert.deepEqual(verified.body, { object: 'domain', id })
    const shown = await house.call('GET', `/domains/${id}`, { key })
    assert.equal(shown.body.status, 'verified')
    assert.ok(shown.body.records.every(({ status }: { status: string }) => status === 'verified'))

    const account = await house.call('POST', '/accounts', {
      key,
      body: { address: 'ann@acme.test', password: 'a long one' },
    })
    assert.equal(account.status, 201)
    assert.equal(await signIn('ann@acme.test', 'a long one'), 'ann@acme.test')
    const twice = await house.call('POST', '/accounts', {
      key,
      body: { address: 'Ann@acme.test', password: 'another one' },
    })
    assert.deepEqual([twice.status, twice.body.name], [409, 'already_exists'])
  })

  test('domains: partly verified, refused to others, changed, removed', async () => {
    const { body: made } = await house.call('POST', '/domains', {
      body: { name: 'part.test', custom_return_path: 'bounces' },
    })
    const dkim = made.records.find(({ record }: { record: string }) => record === 'DKIM')
    assert.ok(made.records.some(({ name }: { name: string }) => name === 'bounces.part.test'))
    house.zone.set(`TXT ${dkim.name}`, [dkim.value.replace('; p=', ';p= ')])
    await house.call('POST', `/domains/${made.id}/verify`)
    assert.equal((await house.call('GET', `/domains/${made.id}`)).body.status, 'partially_verified')
    assert.equal(await resolve('x@part.test'), 'no-such-address')

    const again = await house.call('POST', '/domains', { body: { name: 'part.test' } })
    assert.deepEqual([again.status, again.body.name], [403, 'validation_error'])
    const wrong = await house.call('POST', '/domains', { body: { name: 'no domain' } })
    assert.deepEqual([wrong.status, wrong.body.name], [400, 'validation_error'])
    const trusted = await house.call('POST', '/domains', { body: { name: 'mine.test', verified: true } })
    assert.deepEqual([trusted.status, trusted.body.name], [401, 'restricted_api_key'])

    const capabilities = { receiving: 'disabled' }
    assert.equal((await house.call('PATCH', `/domains/${made.id}`, { body: { capabilities } })).status, 200)
    const changed = (await house.call('GET', `/domains/${made.id}`)).body
    assert.deepEqual(changed.capabilities, { sending: 'enabled', receiving: 'disabled' })
    assert.ok(!changed.records.some(({ record }: { record: string }) => record === 'Receiving'))

    await house.call('POST', '/accounts', { body: { address: 'p@part.test', password: 'a long one' } })
    assert.equal((await house.call('DELETE', `/domains/${made.id}`)).status, 409)
    await house.call('DELETE', '/accounts/p@part.test')
    const removed = await house.call('DELETE', `/domains/${made.id}`)
    assert.deepEqual(removed.body, { object: 'domain', id: made.id, deleted: true })
    assert.equal(await resolve('p@part.test'), 'foreign-domain')
  })

  test('the name is whose DNS says so, and then nobody else’s', async () => {
    const other = (await house.call('POST', '/tenants', { ...operator, body: { id: 'rival' } })).body.api_key.token
    const { body: theirs } = await house.call('POST', '/domains', { key: other, body: { name: 'demo.test' } })
    const dkim = theirs.records.find(({ record }: { record: string }) => record === 'DKIM')
    await house.call('POST', `/domains/${theirs.id}/verify`, { key: other })
    assert.equal((await house.call('GET', `/domains/${theirs.id}`, { key: other })).body.status, 'pending')
    house.zone.set(`TXT ${dkim.name}`, [dkim.value])
    const verify = await house.call('POST', `/domains/${theirs.id}/verify`, { key: other })
    assert.deepEqual([verify.status, verify.body.name], [409, 'resource_locked'])
    const account = await house.call('POST', '/accounts', {
      key: other,
      body: { address: 'x@demo.test', password: 'a long one' },
    })
    assert.equal(account.status, 403)
    await house.call('DELETE', `/domains/${theirs.id}`, { key: other })
    assert.equal(await resolve('alice@demo.test'), 'local')
  })

  test('API keys: shown once, restricted, used, removed', async () => {
    const { body: made, status } = await house.call('POST', '/api-keys', {
      body: { name: 'app', permission: 'sending_access' },
    })
    assert.equal(status, 201)
    assert.deepEqual(Object.keys(made).sort(), ['id', 'token'])
    const restricted = await house.call('GET', '/domains', { key: made.token })
    assert.deepEqual([restricted.status, restricted.body.name], [401, 'restricted_api_key'])
    const listed = (await house.call('GET', '/api-keys')).body.data.find(({ id }: { id: string }) => id === made.id)
    assert.equal(listed.permission, 'sending_access')
    assert.ok(Date.parse(listed.last_used_at) >= Date.parse(listed.created_at))
    assert.ok(!JSON.stringify(listed).includes(made.token))
    await house.call('PATCH', `/api-keys/${made.id}`, { body: { permission: 'full_access', name: 'more' } })
    assert.equal((await house.call('GET', '/domains', { key: made.token })).status, 200)
    assert.deepEqual((await house.call('DELETE', `/api-keys/${made.id}`)).body, {
      object: 'api_key',
      id: made.id,
      deleted: true,
    })
    assert.equal((await house.call('GET', '/domains', { key: made.token })).status, 403)
    const wrong = await house.call('POST', '/api-keys', { body: { name: 'x', domain_id: 'y' } })
    assert.deepEqual([wrong.status, wrong.body.name], [400, 'validation_error'])
  })

  test('lists go on from an id, both ways', async () => {
    const key = (await house.call('POST', '/tenants', { ...operator, body: { id: 'lists' } })).body.api_key.token
    for (let at = 0; at < 6; at++) await house.call('POST', '/api-keys', { key, body: { name: `key ${at}` } })
    const names = async (query: string) => {
      const { body } = await house.call('GET', `/api-keys${query}`, { key })
      return [body.data.map(({ name }: { name: string }) => name).join(), body.has_more]
    }
    const all = (await house.call('GET', '/api-keys', { key })).body
    assert.equal(all.object, 'list')
    const [, , third] = all.data
    assert.deepEqual(await names('?limit=2'), ['key 5,key 4', true])
    assert.deepEqual(await names(`?limit=2&after=${third.id}`), ['key 2,key 1', true])
    assert.deepEqual(await names(`?limit=5&after=${third.id}`), ['key 2,key 1,key 0,First key', false])
    assert.deepEqual(await names(`?limit=1&before=${third.id}`), ['key 4', true])
    assert.deepEqual(await names(`?limit=2&before=${third.id}`), ['key 5,key 4', false])
  })

  test('accounts: password, quota, forward, suspension, deletion', async () => {
    const address = 'carol@demo.test'
    const { body: made } = await house.call('POST', '/accounts', {
      body: { address, password: 'first one', quota_octets: 5000 },
    })
    assert.equal(made.quota_octets, 5000)
    const change = (body: object) => house.call('PATCH', `/accounts/${made.id}`, { body })
    await change({ password: 'second one', quota_octets: null, forward_to: ['carol@example.net'] })
    assert.equal(await signIn(address, 'first one'), 'bad-credentials')
    assert.equal(await signIn(address, 'second one'), address)
    const shown = (await house.call('GET', `/accounts/${address}`)).body
    assert.deepEqual([shown.id, shown.quota_octets, shown.forward_to], [made.id, null, ['carol@example.net']])
    const resolution = await house.store.directory.resolve(parseAddress(address))
    assert.deepEqual(resolution.kind === 'local' && resolution.forwards, ['carol@example.net'])
    await change({ suspended: true })
    assert.equal(await signIn(address, 'second one'), 'suspended')
    assert.equal(await resolve(address), 'local')
    await change({ suspended: false })
    assert.equal(await signIn(address, 'second one'), address)
    assert.equal((await change({ password: 'short' })).status, 400)

    const id = `demo/${made.id}` as AccountId
    await arrive(house, [id], message('to be gone'))
    await settleQueues(house)
    assert.equal((await house.call('GET', `/accounts/${address}`)).body.messages, 1)
    assert.equal((await house.call('DELETE', `/accounts/${address}`)).status, 200)
    assert.equal(await resolve(address), 'no-such-address')
    assert.equal(await signIn(address, 'second one'), 'bad-credentials')
    await house.runJobs()
    assert.equal((await house.call('GET', `/accounts/${made.id}`)).status, 404)
    assert.equal(await house.demo.accounts.get(id), undefined)
    const listed = (await house.call('GET', '/accounts')).body.data.map((one: { address: string }) => one.address)
    assert.ok(!listed.includes(address) && listed.includes('alice@demo.test'))
  })

  test('app passwords sign in until they are taken back', async () => {
    const path = '/accounts/bob@demo.test/app-passwords'
    const { body: made, status } = await house.call('POST', path, { body: { name: 'phone' } })
    assert.equal(status, 201)
    assert.match(made.password, /^([0-9a-z]{4}-){6}[0-9a-z]{2}$/)
    for (const typed of [made.password, made.password.toUpperCase(), made.password.replaceAll('-', ' ')]) {
      assert.equal(await signIn('bob@demo.test', typed), 'bob@demo.test')
    }
    assert.equal(await signIn('alice@demo.test', made.password), 'bad-credentials')
    assert.deepEqual(
      (await house.call('GET', path)).body.data.map(({ name }: { name: string }) => name),
      ['phone'],
    )
    assert.equal((await house.call('DELETE', `${path}/${made.id}`)).status, 200)
    assert.equal(await signIn('bob@demo.test', made.password), 'bad-credentials')
    assert.equal(await signIn('bob@demo.test', PASSWORD), 'bob@demo.test')
    assert.equal((await house.call('DELETE', `${path}/${made.id}`)).status, 404)
  })

  test('aliases and catch-all', async () => {
    const body = {
      address: 'Sales@demo.test',
      targets: ['alice@demo.test', 'bob@demo.test'],
      forward_to: ['s@example.net'],
      moved_to: null,
    }
    const { body: made, status } = await house.call('POST', '/aliases', { body })
    assert.equal(status, 201)
    assert.deepEqual(made, { object: 'alias', id: 'sales@demo.test', ...body, address: 'sales@demo.test' })
    const resolution = await house.store.directory.resolve(parseAddress('sales@demo.test'))
    assert.deepEqual(resolution.kind === 'local' && resolution.accounts, [house.alice, house.bob])
    assert.equal((await house.call('POST', '/aliases', { body })).status, 409)
    assert.equal((await house.call('POST', '/aliases', { body: { ...body, address: 'alice@demo.test' } })).status, 409)
    for (const [targets, answer] of [
      [['nobody@demo.test'], [400, 'validation_error']],
      [[], [422, 'missing_required_field']],
    ] as const) {
      const wrong = await house.call('POST', '/aliases', { body: { address: 'x@demo.test', targets } })
      assert.deepEqual([wrong.status, wrong.body.name], answer)
    }
    const changed = await house.call('PUT', '/aliases/sales@demo.test', { body: { targets: ['bob@demo.test'] } })
    assert.deepEqual([changed.body.targets, changed.body.forward_to], [['bob@demo.test'], []])
    // An account is no alias: it must not lose its own address this way.
    assert.equal(
      (await house.call('PUT', '/aliases/alice@demo.test', { body: { targets: ['bob@demo.test'] } })).status,
      404,
    )
    assert.equal((await house.call('DELETE', '/aliases/alice@demo.test')).status, 404)

    assert.equal(await resolve('anything@demo.test'), 'no-such-address')
    await house.call('POST', '/aliases', { body: { address: '*@demo.test', targets: ['alice@demo.test'] } })
    assert.equal(await resolve('anything@demo.test'), 'local')
    const listed = (await house.call('GET', '/aliases')).body.data.map(({ id }: { id: string }) => id)
    assert.deepEqual(listed, ['*@demo.test', 'sales@demo.test'])
    for (const id of listed) assert.equal((await house.call('DELETE', `/aliases/${id}`)).body.deleted, true)
    assert.equal(await resolve('anything@demo.test'), 'no-such-address')
  })

  test('a suspended tenant: no sign-in, no mail in, no API; and back', async () => {
    const { body: made } = await house.call('POST', '/tenants', { ...operator, body: { id: 'stopped' } })
    const key = made.api_key.token
    const acting = { ...operator, headers: { 'tubepost-tenant': 'stopped' } }
    assert.equal(
      (await house.call('POST', '/domains', { ...acting, body: { name: 'stopped.test', verified: true } })).status,
      201,
    )
    const address = 'sam@stopped.test'
    await house.call('POST', '/accounts', { key, body: { address, password: 'a long one' } })
    assert.equal((await house.call('POST', '/tenants/stopped/suspend', operator)).body.status, 'suspended')
    assert.equal(await signIn(address, 'a long one'), 'suspended')
    assert.equal(await resolve(address), 'suspended')
    const refused = await house.call('GET', '/domains', { key })
    assert.deepEqual([refused.status, refused.body.name], [403, 'suspended_api_key'])
    const email = { from: address, to: 'x@example.net', subject: 's', text: 't' }
    const sent = await house.call('POST', '/emails', { ...acting, body: email })
    assert.deepEqual([sent.status, sent.body.name], [403, 'suspended_api_key'])
    assert.equal((await house.call('POST', '/tenants/stopped/resume', operator)).body.status, 'active')
    assert.equal(await signIn(address, 'a long one'), address)
    assert.equal(await resolve(address), 'local')
  })

  test('a deleted tenant leaves nothing behind', async () => {
    const { body: made } = await house.call('POST', '/tenants', { ...operator, body: { id: 'gone' } })
    const key = made.api_key.token
    const acting = { ...operator, headers: { 'tubepost-tenant': 'gone' } }
    await house.call('POST', '/domains', { ...acting, body: { name: 'gone.test', verified: true } })
    await house.call('POST', '/accounts', { key, body: { address: 'gil@gone.test', password: 'a long one' } })
    await house.call('POST', '/aliases', { key, body: { address: '*@gone.test', targets: ['gil@gone.test'] } })
    assert.deepEqual((await house.call('DELETE', '/tenants/gone', operator)).body, {
      object: 'tenant',
      id: 'gone',
      deleted: true,
    })
    assert.equal((await house.call('GET', '/domains', { key })).status, 403)
    assert.equal((await house.call('POST', '/tenants/gone/resume', operator)).status, 404)
    await house.runJobs()
    assert.equal((await house.call('GET', '/tenants/gone', operator)).status, 404)
    assert.equal(await resolve('gil@gone.test'), 'foreign-domain')
    assert.equal(await signIn('gil@gone.test', 'a long one'), 'bad-credentials')
    assert.equal((await house.call('GET', '/domains', { key })).body.name, 'invalid_api_key')
    for (const kind of ['raw', 'index', 'view', 'outbox']) {
      assert.deepEqual(await Array.fromAsync(listAll(house.engine.blobs, `${kind}/gone/`)), [])
    }
    assert.deepEqual((await house.engine.table.query('t/gone')).items, [])
    assert.deepEqual((await house.engine.table.query('domain/gone.test')).items, [])
    const again = await house.call('POST', '/tenants', { ...operator, body: { id: 'gone' } })
    assert.equal(again.status, 201)
  })

  test('tenants: what they are called, and that there is one of each', async () => {
    for (const id of ['', 'UPPER', 'a_b', '-a', 'x'.repeat(41)]) {
      assert.equal((await house.call('POST', '/tenants', { ...operator, body: { id } })).status, 400)
    }
    const twice = await house.call('POST', '/tenants', { ...operator, body: { id: 'demo' } })
    assert.deepEqual([twice.status, twice.body.name], [409, 'already_exists'])
    const { body } = await house.call('GET', '/tenants?limit=2', operator)
    assert.deepEqual(
      body.data.map(({ id }: { id: string }) => id),
      ['acme', 'demo'],
    )
    assert.equal((await house.store.tenants.get('demo' as TenantId))?.name, 'Demonstration')
  })
})

describe('what an administrator says of addresses and domains', () => {
  let house: ApiHouse
  before(async () => {
    house = await openApiHouse()
  })
  after(() => house.close())

  const domainId = async () => (await house.call('GET', '/domains')).body.data[0].id as string
  const resolve = (address: string) => house.store.directory.resolve(parseAddress(address))

  test('what is kept out of a domain', async () => {
    const path = `/domains/${await domainId()}`
    const fresh = { dmarc: 'junk', dnsbl: [], greylisting: false }
    assert.deepEqual((await house.call('GET', path)).body.protection, fresh)
    const wanted = { dmarc: 'reject', dnsbl: ['zen.example.org'], greylisting: true }
    assert.equal((await house.call('PATCH', path, { body: { protection: wanted } })).status, 200)
    assert.deepEqual((await house.call('GET', path)).body.protection, wanted)
    const resolution = await resolve('alice@demo.test')
    assert.deepEqual(resolution.kind === 'local' && resolution.protection, wanted)
    await house.call('PATCH', path, { body: { protection: { greylisting: false } } })
    assert.deepEqual((await house.call('GET', path)).body.protection, { ...wanted, greylisting: false })
    for (const protection of [{ dmarc: 'burn' }, { dnsbl: ['no zone'] }, { dnsbl: Array(11).fill('a.b') }]) {
      const { status } = await house.call('PATCH', path, { body: { protection } })
      assert.ok(status === 400 || status === 422, JSON.stringify(protection))
    }
    const { body: young } = await house.call('POST', '/domains', { body: { name: 'young.test' } })
    assert.equal(young.protection, null)
    const early = await house.call('PATCH', `/domains/${young.id}`, { body: { protection: { greylisting: true } } })
    assert.deepEqual([early.status, early.body.name], [403, 'validation_error'])
  })

  test('where somebody has moved to: 251 while mail still comes in, 551 when it does not', async () => {
    const changed = await house.call('PATCH', '/accounts/bob@demo.test', { body: { moved_to: 'bob@example.net' } })
    assert.equal(changed.body.moved_to, 'bob@example.net')
    const bob = await resolve('bob@demo.test')
    assert.deepEqual(bob.kind === 'local' && [bob.movedTo, bob.accounts], ['bob@example.net', [house.bob]])
    assert.equal(
      (await house.call('PATCH', '/accounts/bob@demo.test', { body: { moved_to: null } })).body.moved_to,
      null,
    )
    assert.equal((await house.call('PATCH', '/accounts/bob@demo.test', { body: { moved_to: 'nowhere' } })).status, 400)
    const gone = { address: 'gone@demo.test', moved_to: 'new@example.net' }
    const alias = await house.call('POST', '/aliases', { body: gone })
    assert.deepEqual([alias.status, alias.body.targets, alias.body.moved_to], [201, [], 'new@example.net'])
    assert.deepEqual(await resolve('gone@demo.test'), { kind: 'moved', tenant: 'demo', to: 'new@example.net' })
    const back = await house.call('PUT', '/aliases/gone@demo.test', { body: { targets: ['alice@demo.test'] } })
    assert.equal(back.body.moved_to, null)
    assert.equal(
      (await house.call('POST', '/aliases', { body: { address: 'x@demo.test' } })).body.name,
      'missing_required_field',
    )
  })

  test('what an account’s IMAP clients are not shown', async () => {
    const body = { imap_without: ['COMPRESS=DEFLATE', 'IMAP4rev2'] }
    assert.deepEqual(
      (await house.call('PATCH', '/accounts/alice@demo.test', { body })).body.imap_without,
      body.imap_without,
    )
    assert.deepEqual((await house.demo.accounts.get(house.alice))!.imapWithout, body.imap_without)
    assert.equal(
      (await house.call('PATCH', '/accounts/alice@demo.test', { body: { imap_without: ['a b'] } })).status,
      400,
    )
  })

  test('webhooks hear of domains', async () => {
    const { body: hook } = await house.call('POST', '/webhooks', {
      body: { endpoint: 'https://example.net/', events: ['domain.created', 'domain.updated', 'domain.deleted'] },
    })
    const { body: domain } = await house.call('POST', '/domains', { body: { name: 'heard.test' } })
    await house.call('PATCH', `/domains/${domain.id}`, { body: { tls: 'enforced' } })
    await house.call('DELETE', `/domains/${domain.id}`)
    const { items } = await house.demo.webhookDeliveries.page(hook.id, { limit: 10 })
    assert.deepEqual(
      items.map(({ type }) => type),
      ['domain.deleted', 'domain.updated', 'domain.created'],
    )
    const created = JSON.parse(items.at(-1)!.payload).data
    assert.deepEqual([created.id, created.name, created.status], [domain.id, 'heard.test', 'not_started'])
    assert.ok(created.records.length > 3)
  })
})
