/** A domain that another tenant has: whoever proves by DNS that it is theirs gets it, by the official SDK. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Resend } from 'resend'
import type { TenantId } from '../../../../shared/mailbox/ids.ts'
import { DnsTimeoutError } from '../../../../shared/ports/dns.ts'
import { type ApiHouse, OPERATOR_KEY, openApiHouse } from '../api-house.ts'

const NEW = 'newcomers' as TenantId
const RCPT = { localPart: 'ann', domain: 'moving.test' }

describe('claiming a domain', () => {
  let house: ApiHouse
  let newcomer: string
  let claims: Resend['domains']['claims']
  let former: { domain: string; account: string }
  let hook: string
  before(async () => {
    house = await openApiHouse()
    newcomer = (await house.call('POST', '/tenants', { key: OPERATOR_KEY, body: { id: NEW } })).body.api_key.token
    claims = new Resend(newcomer, { baseUrl: house.url }).domains.claims
    const acting = { key: OPERATOR_KEY, headers: { 'tubepost-tenant': 'demo' } }
    const domain = await house.call('POST', '/domains', { body: { name: 'moving.test', verified: true }, ...acting })
    const account = await house.call('POST', '/accounts', {
      body: { address: 'ann@moving.test', password: 'a long one' },
    })
    await house.call('PATCH', '/accounts/ann@moving.test', { body: { forward_to: ['elsewhere@example.net'] } })
    await house.call('POST', '/aliases', { body: { address: 'sales@moving.test', targets: ['ann@moving.test'] } })
    await house.call('POST', '/aliases', {
      body: { address: 'all@demo.test', targets: ['alice@demo.test'], forward_to: ['ann@moving.test'] },
    })
    former = { domain: domain.body.id, account: account.body.id }
    const endpoint = 'https://former.example/hook'
    hook = (await house.call('POST', '/webhooks', { body: { endpoint, events: ['domain.updated'] } })).body.id
  })
  after(() => house.close())

  const resolved = () => house.store.directory.resolve(RCPT)

  test('looks the same whether somebody has it or nobody', async () => {
    const [held, free] = await Promise.all([
      claims.create({ name: 'moving.test' }),
      claims.create({ name: 'free.test' }),
    ])
    for (const [{ data, error }, name] of [
      [held!, 'moving.test'],
      [free!, 'free.test'],
    ] as const) {
      assert.equal(error, null)
      const { id, domain_id, record, created_at, expires_at, ...rest } = data!
      assert.deepEqual(rest, {
        object: 'domain_claim',
        name,
        status: 'pending',
        region: 'us-east-1',
        blocked_reason: null,
        failure_reason: null,
      })
      assert.deepEqual([record.type, record.name, record.ttl], ['TXT', `_tubepost-claim.${name}`, 'Auto'])
      assert.match(record.value, /^tubepost-claim=[0-9a-f]{32}$/)
      assert.equal(Date.parse(expires_at) - Date.parse(created_at), 7 * 24 * 3600 * 1000)
      assert.deepEqual((await claims.get(domain_id!)).data, data)
      assert.ok(id)
    }
    assert.equal((await claims.create({ name: 'moving.test' })).data!.record.value, held!.data!.record.value)
  })

  test('without the proof nothing changes', async () => {
    const { data: claim } = await claims.create({ name: 'moving.test' })
    const { record, domain_id } = claim!
    const verify = async () => (await claims.verify(domain_id!)).data!
    assert.deepEqual(
      [(await verify()).status, (await verify()).failure_reason],
      ['pending', 'The TXT record was not found.'],
    )
    house.zone.set(`TXT ${record.name}`, ['tubepost-claim=0123456789abcdef0123456789abcdef', 'other'])
    assert.equal((await verify()).status, 'pending')
    const { resolve } = house.engine.dns
    house.engine.dns.resolve = async () => {
      throw new DnsTimeoutError('silence')
    }
    assert.equal((await verify()).failure_reason, 'No name server answered; try again.')
    house.engine.dns.resolve = resolve
    assert.equal(
      (await resolved()).kind === 'local' && (await house.store.directory.domain('moving.test'))?.tenant,
      'demo',
    )
  })

  test('with it the domain moves, and nothing of the former owner with it', async () => {
    const { data: claim } = await claims.create({ name: 'moving.test' })
    const { record, domain_id } = claim!
    house.zone.set(`TXT ${record.name}`, ['something else', record.value])
    const { data: done } = await claims.verify(domain_id!)
    assert.deepEqual([done!.status, done!.failure_reason], ['completed', null])
    assert.equal((await claims.verify(domain_id!)).data!.status, 'completed')
    assert.equal((await house.store.directory.domain('moving.test'))?.tenant, NEW)
    const told = await house.call('GET', `/webhooks/${hook}/events`)
    assert.deepEqual(
      told.body.data.map(({ type }: { type: string }) => type),
      ['domain.updated'],
    )
    assert.deepEqual(await resolved(), { kind: 'no-such-address', tenant: NEW })
    assert.deepEqual(await house.store.directory.resolve({ localPart: 'sales', domain: 'moving.test' }), {
      kind: 'no-such-address',
      tenant: NEW,
    })

    const { body: theirs } = await house.call('GET', `/domains/${former.domain}`)
    assert.equal(theirs.status, 'failed')
    const { body: aliases } = await house.call('GET', '/aliases')
    assert.deepEqual(
      aliases.data.map(({ address }: { address: string }) => address),
      ['all@demo.test'],
    )
    const { status, body: account } = await house.call('GET', `/accounts/${former.account}`)
    assert.deepEqual([status, account.address, account.forward_to], [200, 'ann@moving.test', []])
    assert.equal((await house.call('GET', '/accounts/ann@moving.test')).status, 404)
    await assert.rejects(house.store.directory.authenticate(RCPT, 'a long one'), { kind: 'bad-credentials' })
    const sent = await house.call('POST', '/emails', {
      body: { from: 'ann@moving.test', to: 'x@example.net', subject: 's', text: 't' },
    })
    assert.deepEqual([sent.status, sent.body.name], [403, 'validation_error'])
    const mailboxes = await house.call('GET', `/accounts/${former.account}/mailboxes`)
    assert.equal(mailboxes.status, 200, 'what the account holds is still its tenant’s')
  })

  test('the new owner uses it; the former one reaches nothing of it', async () => {
    const made = await house.call('POST', '/accounts', {
      key: newcomer,
      body: { address: 'ann@moving.test', password: 'another long one' },
    })
    assert.equal(made.status, 201)
    await house.call('PATCH', '/accounts/ann@moving.test', { key: newcomer, body: { forward_to: ['new@example.net'] } })
    const resolution = await resolved()
    assert.ok(resolution.kind === 'local' && resolution.tenant === NEW)
    const { body: theirs } = await house.call('GET', `/accounts/${former.account}`)
    assert.deepEqual(theirs.forward_to, [])
    assert.equal((await house.call('DELETE', `/accounts/${former.account}`)).status, 200)
    assert.equal((await house.call('DELETE', `/domains/${former.domain}`)).status, 200)
    assert.deepEqual(await resolved(), resolution)
    assert.equal((await house.store.directory.authenticate(RCPT, 'another long one')).address, 'ann@moving.test')
  })

  test('what is one’s own cannot be claimed, what is over is not renewed by looking', async () => {
    assert.equal((await claims.create({ name: 'moving.test' })).error?.statusCode, 409)
    assert.equal((await claims.create({ name: 'no domain' })).error?.name, 'validation_error')
    const { data: claim } = await claims.create({ name: 'late.test' })
    house.zone.set(`TXT ${claim!.record.name}`, [claim!.record.value])
    house.clock.advance(8 * 24 * 3600 * 1000)
    assert.equal((await claims.verify(claim!.domain_id!)).data!.status, 'expired')
    const { data: renewed } = await claims.create({ name: 'late.test' })
    assert.notEqual(renewed!.record.value, claim!.record.value)
    house.zone.set(`TXT ${renewed!.record.name}`, [renewed!.record.value])
    assert.equal((await claims.verify(renewed!.domain_id!)).data!.status, 'completed')
    assert.equal((await house.store.directory.domain('late.test'))?.tenant, NEW)
  })

  test('a claim that was cut off after the move is ended by the next call', async () => {
    const acting = { key: OPERATOR_KEY, headers: { 'tubepost-tenant': 'demo' } }
    await house.call('POST', '/domains', { body: { name: 'cut.test', verified: true }, ...acting })
    await house.call('POST', '/accounts', { body: { address: 'bo@cut.test', password: 'a long one' } })
    const { data: claim } = await claims.create({ name: 'cut.test' })
    house.zone.set(`TXT ${claim!.record.name}`, [claim!.record.value])
    await house.store.domainClaims.takesFrom(NEW, claim!.domain_id!, 'demo' as TenantId)
    await house.store.domains.transfer('demo' as TenantId, NEW, { id: claim!.domain_id!, name: 'cut.test' })
    const bo = { localPart: 'bo', domain: 'cut.test' }
    assert.deepEqual(await house.store.directory.resolve(bo), { kind: 'no-such-address', tenant: NEW })
    assert.equal((await claims.verify(claim!.domain_id!)).data!.status, 'completed')
    assert.equal(await house.store.directory.accountAt(bo), undefined)
  })

  test('another tenant’s claim is not found', async () => {
    const { data: claim } = await claims.create({ name: 'secret.test' })
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/verify'],
    ] as const) {
      const { status, body } = await house.call(method, `/domains/${claim!.domain_id}/claim${path}`)
      assert.deepEqual([status, body.message], [404, 'Domain claim not found'])
    }
  })
})
