/** What an operator allows a tenant, by API. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Resend } from 'resend'
import { indexMessage } from '../../../shared/flows/arrivals/index-message.ts'
import type { ContentId } from '../../../shared/mailbox/ids.ts'
import { readWhole } from '../../../shared/ports/blob-source.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import { SCAN, settleQueues } from '../../house.ts'
import { type ApiHouse, LIMITS, OPERATOR_KEY, openApiHouse } from './api-house.ts'

const operator = { key: OPERATOR_KEY }
const DAY_MS = 24 * 60 * 60 * 1000
const basic = { from: 'shop@demo.test', to: 'someone@example.net', subject: 'Hello', text: 'Hi.' }

describe('quotas', () => {
  let house: ApiHouse
  let resend: Resend
  before(async () => {
    house = await openApiHouse()
    resend = new Resend(house.key, { baseUrl: house.url })
  })
  after(() => house.close())

  const limit = async (limits: Record<string, number | null>) => {
    const { status, body } = await house.call('PATCH', '/tenants/demo', { ...operator, body: { limits } })
    assert.equal(status, 200, JSON.stringify(body))
    return body.limits
  }
  const send = async () => (await resend.emails.send(basic)).error?.name ?? 'sent'

  /** Warnings in alice's INBOX, who is the postmaster. */
  async function warnings(): Promise<string[]> {
    await settleQueues(house)
    const subjects: string[] = []
    for await (const { name } of listAll(house.engine.blobs, 'raw/demo/')) {
      const text = Buffer.from((await readWhole(house.engine.blobs, name))!).toString()
      const [, subject] = /^Subject: (Eight tenths.*)\r$/m.exec(text) ?? []
      if (subject !== undefined) subjects.push(subject)
      await indexMessage(house.store, name, SCAN)
    }
    return subjects
  }

  test('limits are set by an operator alone, and shown', async () => {
    assert.deepEqual(await limit({ messages_out_per_day: 5, storage_octets: 1_000_000 }), {
      storage_octets: 1_000_000,
      messages_in_per_day: null,
      messages_in_per_month: null,
      messages_out_per_day: 5,
      messages_out_per_month: null,
    })
    assert.equal((await limit({ storage_octets: null })).storage_octets, null)
    assert.equal((await house.call('PATCH', '/tenants/demo', { body: { limits: {} } })).status, 401)
    const bad = await house.call('PATCH', '/tenants/demo', {
      ...operator,
      body: { limits: { messages_out_per_day: 0 } },
    })
    assert.equal(bad.status, 400)
    const renamed = await house.call('PATCH', '/tenants/demo', { ...operator, body: { name: 'Demo' } })
    assert.deepEqual([renamed.body.name, renamed.body.limits.messages_out_per_day], ['Demo', 5])
    assert.equal((await house.call('PATCH', '/tenants/nobody', { ...operator, body: {} })).status, 404)
  })

  test('of a day: 429 beyond it, a warning at eight tenths, once, and a new day', async () => {
    for (let count = 0; count < 3; count++) assert.equal(await send(), 'sent')
    assert.deepEqual(await warnings(), [])
    assert.equal(await send(), 'sent')
    assert.deepEqual(await warnings(), ['Eight tenths of your messages that are sent are used'])
    const batch = await resend.batch.send([basic, basic])
    assert.equal(batch.error?.name, 'daily_quota_exceeded')
    assert.equal(await send(), 'sent', 'a batch that does not fit takes nothing')
    assert.equal(await send(), 'daily_quota_exceeded')
    assert.equal((await house.call('POST', '/emails', { body: basic })).status, 429)
    assert.equal((await warnings()).length, 1)
    const inbox = await house.demo.journal.newest(house.inbox)
    assert.equal(inbox.totals.exists, 1, 'the postmaster has it')
    house.clock.advance(DAY_MS)
    assert.equal(await send(), 'sent')
  })

  test('of a month', async () => {
    await limit({ messages_out_per_day: null, messages_out_per_month: 2 })
    const month = () => new Date(house.clock.now()).toISOString().slice(0, 7)
    const sent = await send()
    assert.ok(['sent', 'monthly_quota_exceeded'].includes(sent))
    await send()
    assert.equal(await send(), 'monthly_quota_exceeded')
    const now = month()
    while (month() === now) house.clock.advance(DAY_MS)
    assert.equal(await send(), 'sent')
    await limit({ messages_out_per_month: null })
    for (let count = 0; count < 3; count++) assert.equal(await send(), 'sent')
  })

  test('a message scheduled counts when it is taken over, and goes', async () => {
    await limit({ messages_out_per_day: 1 })
    house.clock.advance(DAY_MS)
    const { data } = await resend.emails.send({ ...basic, scheduledAt: 'in 10 min' })
    assert.equal(await send(), 'daily_quota_exceeded')
    house.clock.advance(11 * 60 * 1000)
    await house.runJobs()
    await settleQueues(house)
    assert.equal((await resend.emails.get(data!.id as ContentId)).data!.last_event, 'sent')
    await limit({ messages_out_per_day: null })
  })

  test('what an account sends by API counts as what it submits', async () => {
    const limits = { ...LIMITS, recipientsPerAccount: 3 }
    const { sentCounts } = house.demo
    assert.equal(await sentCounts.take(house.alice, 2, limits.recipientsPerAccount), true)
    const { sendEmail, checkSending } = await import('../../../shared/flows/emails/send-email.ts')
    const caller = { operator: false, permission: 'full_access' as const }
    const request = {
      ...basic,
      from: 'Alice <alice@demo.test>',
      to: ['a@example.net'],
      cc: [],
      bcc: [],
      replyTo: [],
      headers: {},
      tags: [],
      attachments: [],
    }
    const settings = {
      messageOctets: limits.messageOctets,
      spoolMemoryOctets: limits.spoolMemoryOctets,
      hostName: 'mx.demo.test',
      fetchRemote: house.services.fetchRemote,
      recipientsPerAccount: limits.recipientsPerAccount,
    }
    const one = async () => {
      const checked = await checkSending(house.store, house.demo.tenant, caller, request as never)
      await sendEmail(house.store, house.demo.tenant, checked, house.engine.ids.content(), settings)
    }
    await one()
    await assert.rejects(one(), { kind: 'hourly-quota' })
  })
})
