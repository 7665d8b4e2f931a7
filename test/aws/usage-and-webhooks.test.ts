/** Webhooks, usage, limits and the log of calls on DynamoDB: the same flows as on the embedded engine. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { Webhook } from 'standardwebhooks'
import type { AwsEngine } from '../../shared/engines/aws/engine.ts'
import { acceptMessage } from '../../shared/flows/arrivals/accept-message.ts'
import { indexMessage } from '../../shared/flows/arrivals/index-message.ts'
import { sendMessage } from '../../shared/flows/outgoing/send-message.ts'
import { submitMessage } from '../../shared/flows/outgoing/submit-message.ts'
import { takeSending } from '../../shared/flows/tenants/tenant-quota.ts'
import { runJob } from '../../shared/flows/upkeep/run-job.ts'
import { countUsage } from '../../shared/flows/usage/count-usage.ts'
import { callRecorder } from '../../shared/flows/usage/record-calls.ts'
import { openWebhookSender } from '../../shared/flows/webhooks/deliver-webhook.ts'
import type { AccountId, TenantId } from '../../shared/mailbox/ids.ts'
import { addCounts, dayOf, type UsageCounts } from '../../shared/mailbox/usage.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { readLimits } from '../../shared/settings.ts'
import { openStore, type Store } from '../../shared/store/store.ts'
import { guardedPost } from '../../shared/transport/guarded-post.ts'
import { type AwsWorld, startAwsWorld } from '../engines/aws/world.ts'
import { skipWithoutEmulator } from './ministack.ts'

const TENANT = 'demo' as TenantId
const HOST = { hostName: 'mx.demo.test' }
const LETTER = Buffer.from('From: carol@example.net\r\nTo: ann@demo.test\r\nSubject: Hello\r\n\r\nHi.\r\n')

describe('usage and webhooks on AWS', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let engine: AwsEngine
  let store: Store
  let ann: AccountId
  before(async () => {
    world = await startAwsWorld()
    engine = world.open({})
    store = openStore(engine)
    await store.directory.createTenant(TENANT, 'Demonstration')
    await store.directory.addDomain(TENANT, 'demo.test', { verified: true })
    ann = await store.directory.createAccount(TENANT, { localPart: 'ann', domain: 'demo.test' }, 'a long password')
  })
  after(() => world.stop())

  async function today(): Promise<UsageCounts> {
    const day = dayOf(engine.clock.now())
    const days = await Array.fromAsync(store.tenant(TENANT).usage.between(day, day))
    return days.map(({ counts }) => counts).reduce(addCounts, {})
  }

  async function arrive(): Promise<void> {
    const client = { helo: 'example.net', remoteAddress: '192.0.2.1', hostName: 'mx.demo.test', protocol: 'ESMTP' }
    const recipients = [{ address: 'ann@demo.test', accounts: [ann], tenant: TENANT }]
    const transaction = { reversePath: 'carol@example.net', recipients, body: '7BIT' as const, smtputf8: false, client }
    const id = await acceptMessage(store, transaction, sourceOf(LETTER))
    for (let times = 0; times < 2; times++) await indexMessage(store, `raw/demo/${id}`, readLimits({}))
  }

  it('tells a webhook what came in and what left, and counts both once', async () => {
    const own = store.tenant(TENANT)
    const told: { type: string }[] = []
    const endpoint = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        told.push(new Webhook(hook.secret).verify(body, request.headers as Record<string, string>) as { type: string })
        response.end()
      })
    })
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`
    const hook = await own.webhooks.create(url, ['email.received', 'email.sent'])
    assert.equal(await own.webhooks.change(hook.id, {}), true)
    await arrive()
    const id = await submitMessage(
      store,
      {
        account: ann,
        reversePath: 'ann@demo.test',
        recipients: ['x@example.net', 'y@example.net'],
        leavesTheHouse: true,
        body: '7BIT',
        smtputf8: false,
        client: { helo: 'x', remoteAddress: '127.0.0.1', hostName: 'mx.demo.test', protocol: 'ESMTPA' },
      },
      sourceOf(LETTER),
    )
    for (let times = 0; times < 2; times++) await sendMessage(store, `outbox/demo/${id}`, HOST)
    const limits = readLimits({})
    const webhooks = openWebhookSender(guardedPost({ dns: engine.dns, loopback: true }), limits)
    const services = { ...limits, webhooks }
    const { items } = await own.webhookDeliveries.page(hook.id, { limit: 10 })
    assert.deepEqual(items.map(({ type }) => type).sort(), ['email.received', 'email.sent'])
    for (const { webhook, event } of items) {
      const job = JSON.stringify({ kind: 'deliver-webhook', tenant: TENANT, webhook, event })
      await Promise.all([runJob(store, job, services), runJob(store, job, services)])
    }
    assert.deepEqual(told.map(({ type }) => type).sort(), ['email.received', 'email.sent'])
    endpoint.close()
    await Promise.all([countUsage(own), countUsage(own)])
    await countUsage(own)
    const { messagesIn, messagesOut, recipientsOut, sent, octetsStored } = await today()
    assert.deepEqual([messagesIn, messagesOut, recipientsOut, sent], [1, 1, 2, 2])
    assert.ok(octetsStored! > LETTER.length)
    assert.equal(await own.webhooks.remove(hook.id), true)
    await own.webhookDeliveries.forget(hook.id)
    assert.deepEqual((await own.webhookDeliveries.page(hook.id, { limit: 10 })).items, [])
  })

  it('logs calls and counts them in the same write', async () => {
    const at = engine.clock.now()
    const call = { at, method: 'GET', path: '/domains', status: 200, userAgent: null }
    for (let count = 0; count < 130; count++) await callRecorder(store).add(TENANT, call)
    await callRecorder(store).flush()
    assert.equal((await today()).apiCalls, 130)
    const own = store.tenant(TENANT)
    const first = await own.apiCalls.page({ limit: 100 })
    const second = await own.apiCalls.page({ limit: 100, after: first.items.at(-1)!.id })
    assert.deepEqual([first.items.length, first.hasMore, second.items.length, second.hasMore], [100, true, 30, false])
  })

  it('holds a tenant to its limits', async () => {
    await store.tenants.change(TENANT, { limits: { messagesOutPerDay: 2, messagesInPerDay: 1 } })
    const sending = { account: ann, recipients: 1, recipientsPerAccount: 100, ...HOST }
    await takeSending(store, TENANT, sending)
    await takeSending(store, TENANT, sending)
    await assert.rejects(takeSending(store, TENANT, sending), { kind: 'daily-quota' })
    const resolution = await store.directory.resolve({ localPart: 'ann', domain: 'demo.test' })
    assert.equal(resolution.kind === 'local' && resolution.limited, true)
    const prices = await store.prices.change({ perGibOut: 1 })
    assert.deepEqual(await store.prices.get(), prices)
  })
})
