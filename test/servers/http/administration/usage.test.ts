/** Usage with its price, metrics and logs, as tenants and operators read them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Resend } from 'resend'
import { usageOf } from '../../../../shared/flows/mailboxes/quota.ts'
import { dollarsOf } from '../../../../shared/mailbox/prices.ts'
import { dayOf } from '../../../../shared/mailbox/usage.ts'
import { arrive, type DEMO, message, PASSWORD, settleQueues } from '../../../house.ts'
import { type ApiHouse, OPERATOR_KEY, openApiHouse } from '../api-house.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const operator = { key: OPERATOR_KEY }

describe('usage by API', () => {
  let house: ApiHouse
  let resend: Resend
  let today: string
  before(async () => {
    house = await openApiHouse()
    resend = new Resend(house.key, { baseUrl: house.url })
    await arrive(house, [house.alice, house.bob], message('one'))
    await settleQueues(house)
    house.clock.advance(DAY_MS)
    await arrive(house, [house.alice], message('two'))
    await resend.emails.send({
      from: 'alice@demo.test',
      to: ['a@example.net', 'bob@demo.test', 'nobody@demo.test'],
      subject: 'Out',
      text: 'Hi.',
    })
    await settleQueues(house)
    today = dayOf(house.clock.now())
  })
  after(() => house.close())

  test('a tenant reads what Resend’s clients for Python and Rust read of `/usage`', async () => {
    await house.call('PATCH', '/tenants/demo', { ...operator, body: { limits: { messages_out_per_day: 50 } } })
    const { body } = await house.call('GET', '/usage')
    const tomorrow = `${dayOf(house.clock.now() + DAY_MS)}T00:00:00.000Z`
    const { daily, monthly } = body.emails
    assert.deepEqual(daily, { used: 1, limit: 50, sent: 1, received: 3, resets_at: tomorrow })
    assert.deepEqual([monthly.limit, monthly.sent], [null, 1])
    assert.match(monthly.resets_at, /^\d{4}-\d\d-01T00:00:00\.000Z$/)
    assert.deepEqual(body.domains, { used: 1, limit: null })
    assert.equal(body.rate_limit.duration, '1000ms')
    assert.deepEqual(body.contacts, { used: 0, limit: 0 })
    assert.equal((await house.call('GET', '/usage', operator)).body.emails, undefined)
    await house.call('PATCH', '/tenants/demo', { ...operator, body: { limits: { messages_out_per_day: null } } })
  })

  test('a tenant sees its own, by day and by account, with dollars', async () => {
    const { status, body } = await house.call('GET', '/usage')
    assert.equal(status, 200)
    assert.equal(body.tenants.length, 1)
    const [own] = body.tenants
    assert.equal(own.tenant, 'demo')
    // Two, one, bob's from the API, and alice's notification of nobody.
    assert.equal(own.totals.messages_in, 5)
    assert.deepEqual(
      [own.totals.messages_out, own.totals.recipients_out, own.totals.sent, own.totals.delivered, own.totals.bounced],
      [1, 3, 2, 1, 1],
    )
    assert.equal(own.days.length, 2)
    assert.equal(own.days.at(-1).date, today)
    const alice = own.accounts.find(({ address }: { address: string | null }) => address === 'alice@demo.test')
    assert.equal(alice.totals.octets_stored, (await usageOf(house.demo, house.alice)).sizeOctets)
    const stored =
      (await usageOf(house.demo, house.alice)).sizeOctets + (await usageOf(house.demo, house.bob)).sizeOctets
    assert.equal(own.totals.octets_stored, stored)
    const api = own.accounts.find(({ account }: { account: string | null }) => account === null)
    assert.equal(api.totals.messages_out, 1)
    assert.ok(api.totals.api_calls >= 1)
    const sum = own.days.reduce(
      (dollars: number, { totals }: { totals: { dollars: number } }) => dollars + totals.dollars,
      0,
    )
    assert.ok(Math.abs(sum - own.totals.dollars) < 1e-5)
    assert.ok(own.totals.dollars > 0)
    assert.deepEqual(body.totals, own.totals)
  })

  test('as lines, by Accept or by format; a range of days', async () => {
    for (const [path, headers] of [
      [`/usage?from=${today}&to=${today}`, { accept: 'text/csv' }],
      [`/usage?from=${today}&to=${today}&format=csv`, {}],
    ] as const) {
      const { status, body, headers: answered } = await house.call('GET', path, { headers })
      assert.equal(status, 200)
      assert.match(answered.get('content-type')!, /^text\/csv/)
      const [head, ...lines] = (body as string).trimEnd().split('\r\n')
      assert.match(head!, /^tenant,date,account,address,messages_in,octets_in,.*,octets_stored,dollars$/)
      assert.ok(lines.length >= 2)
      for (const line of lines) {
        assert.equal(line.split(',').length, head!.split(',').length)
        assert.ok(line.startsWith(`demo,${today},`))
      }
    }
    for (const query of ['from=yesterday', 'from=2026-01-02&to=2026-01-01', 'from=2001-01-01', 'to=2026-02-30']) {
      assert.equal((await house.call('GET', `/usage?${query}`)).status, 400, query)
    }
  })

  test('an operator sees all, or one, and sets prices', async () => {
    await house.call('POST', '/tenants', { ...operator, body: { id: 'other' } })
    const { token } = await house.store
      .tenant('other' as typeof DEMO)
      .apiKeys.create({ name: 'x', permission: 'full_access' })
    await house.call('GET', '/domains', { key: token })
    const all = (await house.call('GET', '/usage', operator)).body
    assert.deepEqual(
      all.tenants.map(({ tenant }: { tenant: string }) => tenant),
      ['demo', 'other'],
    )
    assert.equal(all.totals.messages_in, 5)
    const one = (await house.call('GET', '/usage', { ...operator, headers: { 'tubepost-tenant': 'other' } })).body
    assert.deepEqual(
      one.tenants.map(({ tenant }: { tenant: string }) => tenant),
      ['other'],
    )
    assert.equal((await house.call('GET', '/prices')).status, 401)
    const changed = await house.call('PATCH', '/prices', { ...operator, body: { per_thousand_messages_in: 1000 } })
    assert.equal(changed.body.per_thousand_messages_in, 1000)
    assert.equal(changed.body.per_gib_stored_month, 0.023)
    const dearer = (await house.call('GET', '/usage')).body.tenants[0].totals
    assert.ok(dearer.dollars > 5 && dearer.dollars < 5.01)
    assert.equal((await house.call('PATCH', '/prices', { ...operator, body: { per_gib_out: -1 } })).status, 400)
    assert.equal(dollarsOf({ octetsStored: 1024 ** 3 }, await house.store.prices.get()), 0.023 / 30.4375)
  })

  test('API calls are counted once each, and equal the log', async () => {
    const calls = async () => {
      const { tenants } = (await house.call('GET', '/usage', operator)).body
      return tenants[0].totals.api_calls as number
    }
    const before = await calls()
    for (let count = 0; count < 120; count++) await house.call('GET', '/api-keys')
    assert.equal(await calls(), before + 120)
    let logged = 0
    let after: string | undefined
    for (;;) {
      const page = (await resend.logs.list(after === undefined ? { limit: 50 } : { limit: 50, after })).data!
      logged += page.data.length
      if (!page.has_more) break
      after = page.data.at(-1)!.id
    }
    const now = await calls()
    assert.ok(logged >= before + 120 && logged <= now, `${logged} of ${now}`)
    const [first, second] = (await resend.logs.list({ limit: 2 })).data!.data
    assert.deepEqual([first!.method, first!.endpoint, first!.response_status], ['GET', '/logs', 200])
    const { data: newer } = await resend.logs.list({ limit: 1, before: second!.id })
    assert.equal(newer!.data[0]!.id, first!.id)
    const shown = (await resend.logs.get(first!.id)).data!
    assert.deepEqual([shown.object, shown.endpoint, shown.request_body], ['log', '/logs', null])
    assert.match(shown.user_agent!, /^resend-node/)
    assert.equal((await resend.logs.get('x.1')).error!.name, 'not_found')
  })

  test('metrics as the SDK asks for them', async () => {
    const { data, error } = await resend.emails.metrics({ dimensions: ['period'] })
    assert.equal(error, null)
    assert.equal(data!.object, 'metrics')
    assert.deepEqual([data!.totals.sent, data!.totals.delivered, data!.totals.bounced], [2, 1, 1])
    assert.equal(data!.totals.received, 5)
    assert.equal(data!.totals.bounce_rate, 0.5)
    assert.equal(data!.data!.at(-1)!.period, today)
    const some = (await resend.emails.metrics({ metrics: ['sent'], granularity: 'monthly' })).data!
    assert.deepEqual([some.metrics, some.totals, some.data], [['sent'], { sent: 2 }, undefined])
    assert.equal((await resend.emails.metrics({ dimensions: ['domain'] })).error!.name, 'validation_error')
  })
})

test('an address that begins as a formula does is text to a spreadsheet', async () => {
  const house = await openApiHouse()
  try {
    const at = { localPart: '=1+1', domain: 'demo.test' }
    const account = await house.store.directory.createAccount(house.demo.tenant, at, PASSWORD)
    await arrive(house, [account], message('Hello'))
    await settleQueues(house)
    const { body } = await house.call('GET', '/usage?format=csv')
    const addresses = (body as string).split('\r\n').map((line) => line.split(',')[3])
    assert.ok(addresses.includes("'=1+1@demo.test"), addresses.join(' '))
  } finally {
    await house.close()
  }
})
