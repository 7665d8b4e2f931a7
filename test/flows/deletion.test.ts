/** What is deleted is gone at once, with every version; what others need stays; and a certificate says so. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { appendMessages } from '../../shared/flows/mailboxes/append-messages.ts'
import { removeTenant } from '../../shared/flows/tenants/remove-tenant.ts'
import { NO_FLAGS } from '../../shared/mailbox/flags.ts'
import { type AccountId, accountId, type TenantId } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { listAll } from '../../shared/ports/blobs.ts'
import { arrive, DEMO, message, SCAN, settleQueues } from '../house.ts'
import { type ApiHouse, OPERATOR_KEY, openApiHouse } from '../servers/http/api-house.ts'

const ACME = 'acme' as TenantId
const DAY_MS = 24 * 60 * 60 * 1000

describe('deletion', () => {
  let house: ApiHouse
  before(async () => {
    house = await openApiHouse()
  })
  after(() => house.close())
  const operator = { key: OPERATOR_KEY }

  async function namesOf(tenant: TenantId): Promise<string[]> {
    const names: string[] = []
    for (const kind of [
      'raw',
      'envelope',
      'view',
      'index',
      'attachment',
      'outbox',
      'scheduled',
      'captured',
      'upload',
    ]) {
      for await (const { name } of listAll(house.engine.blobs, `${kind}/${tenant}/`)) names.push(name)
    }
    return names
  }

  async function newAccount(name: string): Promise<AccountId> {
    const { body } = await house.call('POST', '/accounts', {
      body: { address: `${name}@demo.test`, password: 'a long one' },
    })
    return accountId(DEMO, body.id)
  }

  test('of an account takes what it alone held', async () => {
    const [one, two] = [await newAccount('one'), await newAccount('two')]
    const alone = await arrive(house, [one], message('alone', `${'x'.repeat(400_000)}\r\n`))
    const shared = await arrive(house, [one, two], message('shared'))
    const expunged = await arrive(house, [one], message('expunged'))
    await settleQueues(house)
    const own = house.store.tenant(DEMO)
    const trash = await own.mailboxes.mailbox(one, ['Trash'])
    await appendMessages(own, trash, [{ source: sourceOf(message('appended')), flags: NO_FLAGS }], SCAN)
    const before = await namesOf(DEMO)
    assert.equal(before.filter((name) => name.startsWith('raw/')).length, 4)
    assert.equal((await house.call('DELETE', '/accounts/one@demo.test')).status, 200)
    await house.runJobs()
    const left = (await namesOf(DEMO)).filter((name) => name.startsWith('raw/'))
    assert.deepEqual(left, [`raw/demo/${shared}`])
    assert.deepEqual(
      (await own.deliveries.of(alone as never)).length + (await own.deliveries.of(expunged as never)).length,
      0,
    )
    assert.equal((await house.store.tenant(DEMO).deliveries.of(shared as never)).length, 2)
    assert.deepEqual(await Array.fromAsync(own.deliveries.ending()), [])
  })

  test('of a tenant takes all, and is certified', async () => {
    const created = await house.call('POST', '/tenants', { ...operator, body: { id: ACME, name: 'Acme & Co' } })
    const key = created.body.api_key.token
    const acting = { ...operator, headers: { 'tubepost-tenant': ACME } }
    for (const name of ['acme.test', 'acme.example']) {
      await house.call('POST', '/domains', { ...acting, body: { name, verified: true } })
    }
    const { body: account } = await house.call('POST', '/accounts', {
      key,
      body: { address: 'ann@acme.test', password: 'a long one' },
    })
    await house.call('POST', '/aliases', { key, body: { address: 'info@acme.test', targets: ['ann@acme.test'] } })
    const own = house.store.tenant(ACME)
    const inbox = await own.mailboxes.mailbox(accountId(ACME, account.id), ['INBOX'])
    const messages = [1, 2, 3].map((number) => ({
      source: sourceOf(message(`m${number}`, `${randomBytes(200_000).toString('hex')}\r\n`)),
      flags: NO_FLAGS,
    }))
    await appendMessages(own, inbox, messages, SCAN)
    await house.call('POST', '/emails', {
      key,
      body: { from: 'ann@acme.test', to: 'x@example.net', subject: 's', text: 't', scheduled_at: 'in 1 hour' },
    })
    const before = await namesOf(ACME)
    assert.ok(before.length >= 4, before.join())

    assert.equal((await house.call('GET', `/tenants/${ACME}/deletion`, operator)).status, 404)
    assert.equal((await house.call('DELETE', `/tenants/${ACME}`, operator)).status, 200)
    const running = await house.call('GET', `/tenants/${ACME}/deletion`, operator)
    assert.deepEqual([running.status, running.body.status, running.body.completed_at], [200, 'running', null])
    await house.runJobs()
    const { body: certificate } = await house.call('GET', `/tenants/${ACME}/deletion`, operator)
    const { requested_at, completed_at, removed, remains, ...rest } = certificate
    assert.deepEqual(rest, { object: 'deletion', tenant: ACME, name: 'Acme & Co', status: 'completed' })
    assert.ok(Date.parse(requested_at) <= Date.parse(completed_at))
    assert.deepEqual([removed.accounts, removed.domains, removed.aliases], [1, 2, 1])
    assert.ok(removed.object_versions >= before.length && removed.object_octets > 1_200_000, JSON.stringify(removed))
    assert.ok(remains.length > 0)
    for (const { what, until } of remains) {
      assert.ok(what.length > 10)
      if (until !== null) assert.ok(Date.parse(until) > Date.parse(completed_at) + 10 * DAY_MS)
    }
    assert.deepEqual(await namesOf(ACME), [])
    assert.equal((await house.call('GET', `/tenants/${ACME}`, operator)).status, 404)
    assert.deepEqual(
      (await house.engine.table.query(`t/${ACME}`)).items.map(({ sk }) => sk),
      [],
    )
  })

  test('a job that comes again harms nobody who has got the id since', async () => {
    await house.call('POST', '/tenants', { ...operator, body: { id: ACME, name: 'Another' } })
    await removeTenant(house.store, ACME)
    assert.equal((await house.call('GET', `/tenants/${ACME}`, operator)).body.name, 'Another')
    assert.equal((await house.call('GET', `/tenants/${ACME}/deletion`, operator)).body.name, 'Acme & Co')
    house.clock.advance(1000)
    await house.call('DELETE', `/tenants/${ACME}`, operator)
    await house.call('DELETE', `/tenants/${ACME}`, operator)
    await house.runJobs()
    const { body } = await house.call('GET', `/tenants/${ACME}/deletion`, operator)
    assert.deepEqual([body.name, body.status, body.removed.accounts], ['Another', 'completed', 0])
  })

  test('certificates are the operator’s', async () => {
    assert.equal((await house.call('GET', `/tenants/${ACME}/deletion`)).status, 401)
    assert.equal((await house.call('GET', '/tenants/NO/deletion', operator)).status, 404)
  })
})
