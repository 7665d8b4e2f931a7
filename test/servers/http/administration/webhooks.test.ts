/** Webhooks, by the official SDK with its base URL changed, told over real sockets and verified as Standard Webhooks. */
import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { Resend } from 'resend'
import { Webhook } from 'standardwebhooks'
import { indexMessage } from '../../../../shared/flows/arrivals/index-message.ts'
import { submitMessage } from '../../../../shared/flows/outgoing/submit-message.ts'
import { takeReport } from '../../../../shared/flows/outgoing/take-report.ts'
import { runJob } from '../../../../shared/flows/upkeep/run-job.ts'
import { openWebhookSender, type WebhookSender } from '../../../../shared/flows/webhooks/deliver-webhook.ts'
import type { ContentId } from '../../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../../shared/ports/blob-source.ts'
import { guardedPost } from '../../../../shared/transport/guarded-post.ts'
import { arrive, DEMO, message, SCAN, settleQueues } from '../../../house.ts'
import { type ApiHouse, LIMITS, openApiHouse } from '../api-house.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const basic = { from: 'Alice <alice@demo.test>', to: 'someone@example.net', subject: 'Hello', text: 'Hi.' }

interface Told {
  headers: IncomingHttpHeaders
  body: string
  // biome-ignore lint/suspicious/noExplicitAny: events of every shape
  event: any
}

describe('webhooks with the resend package', () => {
  let house: ApiHouse
  let resend: Resend
  let server: Server
  let endpoint: string
  const told: Told[] = []
  /** How the endpoint answers; 0: never. */
  let answer: { status: number; location?: string } = { status: 200 }
  before(async () => {
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        told.push({ headers: request.headers, body, event: JSON.parse(body) })
        if (answer.status === 0) return
        response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location })
        response.end('x'.repeat(5000))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(async () => {
    house = await openApiHouse()
    resend = new Resend(house.key, { baseUrl: house.url })
    told.length = 0
    answer = { status: 200 }
  })
  const closing = (work: () => Promise<void>) => async () => {
    try {
      await work()
    } finally {
      await house.close()
    }
  }

  async function hook(events: Parameters<Resend['webhooks']['create']>[0]['events']) {
    const { data, error } = await resend.webhooks.create({ endpoint, events })
    assert.equal(error, null)
    return data!
  }

  test(
    'is made, listed, shown, changed, given another secret and removed',
    closing(async () => {
      const made = await hook(['email.sent', 'email.sent', 'email.received'])
      assert.equal(made.object, 'webhook')
      assert.match(made.signing_secret, /^whsec_[A-Za-z0-9+/]{32}$/)
      const shown = (await resend.webhooks.get(made.id)).data!
      assert.deepEqual(shown.events, ['email.sent', 'email.received'])
      assert.deepEqual([shown.endpoint, shown.status, shown.signing_secret], [endpoint, 'enabled', made.signing_secret])
      const { data: listed } = await resend.webhooks.list()
      assert.deepEqual([listed!.object, listed!.has_more, listed!.data.map(({ id }) => id)], ['list', false, [made.id]])
      assert.ok(!('signing_secret' in listed!.data[0]!))
      assert.deepEqual(
        (await resend.webhooks.update(made.id, { events: ['email.bounced'], status: 'disabled' })).data,
        {
          object: 'webhook',
          id: made.id,
        },
      )
      const changed = (await resend.webhooks.get(made.id)).data!
      assert.deepEqual([changed.events, changed.status], [['email.bounced'], 'disabled'])
      const rotated = (await resend.webhooks.rotateSigningSecret(made.id)).data!
      assert.notEqual(rotated.signing_secret, made.signing_secret)
      assert.deepEqual((await resend.webhooks.remove(made.id)).data, { object: 'webhook', id: made.id, deleted: true })
      assert.equal((await resend.webhooks.get(made.id)).error!.name, 'not_found')
      assert.equal((await resend.webhooks.remove(made.id)).error!.name, 'not_found')
      for (const endpoint of ['nowhere', 'ftp://example.net/', 'https://me:secret@example.net/']) {
        assert.equal(
          (await resend.webhooks.create({ endpoint, events: ['email.sent'] })).error!.name,
          'validation_error',
        )
      }
      assert.ok((await resend.webhooks.create({ endpoint, events: ['email.eaten' as 'email.sent'] })).error)
    }),
  )

  test(
    'hears of what was sent, in order and verifiably',
    closing(async () => {
      const { id, signing_secret } = await hook(['email.sent', 'email.delivered', 'email.bounced', 'email.scheduled'])
      const tags = [{ name: 'kind', value: 'greeting' }]
      const sent = (
        await resend.emails.send({ ...basic, to: ['a@example.net', 'nobody@demo.test', 'bob@demo.test'], tags })
      ).data!.id
      const later = (await resend.emails.send({ ...basic, scheduledAt: 'in 1 hour' })).data!.id
      await settleQueues(house)
      await house.runJobs()
      const kinds = told.map(({ event }) => [event.type, event.data.email_id, event.data.to.join()])
      assert.deepEqual(
        new Set(kinds.map(String)),
        new Set(
          [
            ['email.scheduled', later, 'someone@example.net'],
            ['email.sent', sent, 'bob@demo.test,a@example.net'],
            ['email.delivered', sent, 'bob@demo.test'],
            ['email.bounced', sent, 'nobody@demo.test'],
          ].map(String),
        ),
      )
      const verifier = new Webhook(signing_secret)
      for (const { headers, body, event } of told) {
        verifier.verify(body, headers as Record<string, string>)
        assert.equal(headers['svix-signature'], headers['webhook-signature'])
        const verified = resend.webhooks.verify({
          payload: body,
          headers: {
            id: headers['svix-id'] as string,
            timestamp: headers['svix-timestamp'] as string,
            signature: headers['svix-signature'] as string,
          },
          webhookSecret: signing_secret,
        })
        assert.deepEqual(verified, event)
        assert.throws(() => verifier.verify(`${body} `, headers as Record<string, string>))
      }
      const bounced = told.find(({ event }) => event.type === 'email.bounced')!.event
      assert.deepEqual(bounced.data.bounce, {
        type: 'Permanent',
        subType: 'General',
        message: '550 5.1.1 No such mailbox here',
      })
      assert.deepEqual(bounced.data.tags, { kind: 'greeting' })
      assert.deepEqual([bounced.data.from, bounced.data.subject], [basic.from, basic.subject])
      const { data: events } = await resend.webhooks.events.list({ webhookId: id })
      assert.deepEqual(new Set(events!.data.map(({ status }) => status)), new Set(['success']))
      assert.equal(events!.data.length, 4)
    }),
  )

  test(
    'a message to a thousand that nobody is: what is to be told fits beside what became of them',
    closing(async () => {
      const { id } = await hook(['email.sent', 'email.bounced', 'email.delivered'])
      const to = Array.from({ length: 500 }, (_, at) => `${'nobody'.repeat(8)}-${at}@demo.test`)
      const away = Array.from({ length: 500 }, (_, at) => `${'somebody'.repeat(6)}-${at}@example.net`)
      const content = await submitMessage(
        house.store,
        {
          account: house.alice,
          reversePath: 'alice@demo.test',
          recipients: [...to, ...away],
          leavesTheHouse: true,
          body: '7BIT',
          smtputf8: false,
          client: { helo: 'x', remoteAddress: '127.0.0.1', hostName: 'mx.demo.test', protocol: 'ESMTPA' },
        },
        sourceOf(message('to all')),
      )
      await settleQueues(house)
      assert.equal((await house.demo.outbound.get(content as ContentId))!.outcomes.length, 1000)
      const { items } = await house.demo.webhookDeliveries.page(id, { limit: 1000 })
      const events = items.map(({ payload }) => JSON.parse(payload)).filter(({ data }) => data.subject === 'to all')
      assert.equal(events.length, 201)
      assert.equal(events.find(({ type }) => type === 'email.sent')!.data.to.length, 50)
      assert.match(events.find(({ type }) => type === 'email.bounced')!.data.message_id, /^<[0-9a-f-]{36}@demo\.test>$/)
    }),
  )

  test(
    'hears of what came in, once for each id however often its arrival is announced',
    closing(async () => {
      await hook(['email.received'])
      const fields = 'Message-ID: <m@example.net>\r\nCc: copy@example.net\r\n'
      const id = await arrive(house, [house.alice, house.bob], message('News', 'Hello.\r\n', fields))
      await settleQueues(house)
      for (let times = 0; times < 3; times++) await indexMessage(house.store, `raw/demo/${id}`, SCAN)
      await house.runJobs()
      assert.equal(told.length, 1)
      const { type, data } = told[0]!.event
      assert.equal(type, 'email.received')
      assert.deepEqual(
        [data.email_id, data.from, data.to, data.cc, data.message_id, data.subject, data.attachments],
        [id, 'sender@example.net', ['alice@demo.test'], ['copy@example.net'], '<m@example.net>', 'News', []],
      )
      assert.equal(data.received_for.length, 2)
    }),
  )

  test(
    'hears what the relay reports later: delivered, bounced, complained, suppressed',
    closing(async () => {
      await hook(['email.delivered', 'email.bounced', 'email.complained', 'email.suppressed', 'suppression.added'])
      const to = ['one@example.net', 'two@example.net', 'three@example.net']
      const id = (await resend.emails.send({ ...basic, to })).data!.id as ContentId
      await settleQueues(house)
      const report = {
        id,
        tenant: 'demo',
        outcomes: [
          { recipient: 'one@example.net', outcome: 'sent' as const, reply: '250 ok' },
          { recipient: 'TWO@example.net', outcome: 'failed' as const, reply: '550 5.1.1 nobody' },
        ],
        complaints: ['three@example.net'],
        unreachable: ['two@example.net'],
      }
      for (let times = 0; times < 2; times++) await takeReport(house.store, report, { hostName: 'mx.demo.test' })
      await resend.emails.send({ ...basic, to: 'two@example.net' })
      await settleQueues(house)
      await house.runJobs()
      assert.deepEqual(told.map(({ event }) => `${event.type} ${event.data.to ?? event.data.email}`).sort(), [
        'email.bounced two@example.net',
        'email.complained three@example.net',
        'email.delivered one@example.net',
        'email.suppressed two@example.net',
        'suppression.added three@example.net',
        'suppression.added two@example.net',
      ])
      const ids = told.map(({ headers }) => headers['svix-id'])
      assert.equal(new Set(ids).size, ids.length)
    }),
  )

  test(
    'what fails is tried again on schedule under the same id, then given up, and can be replayed',
    closing(async () => {
      const { id } = await hook(['email.scheduled'])
      answer = { status: 503 }
      await resend.emails.send({ ...basic, scheduledAt: 'in 2 days' })
      await house.runJobs()
      assert.equal(told.length, 1)
      for (const seconds of [5, 300, 1800, 7200, 18_000, 36_000, 36_000]) {
        const sofar: number = told.length
        // The queue holds a message back for 15 minutes at most: the job asks until the time has come.
        for (let waited = 0; waited < seconds; waited += 890) {
          if (waited < seconds - 30) assert.equal(told.length, sofar, `early, after ${waited} of ${seconds} s`)
          house.clock.advance(Math.min(890, seconds - waited) * 1000)
          await house.runJobs()
        }
        house.clock.advance(20_000)
        await house.runJobs()
        assert.equal(told.length, sofar + 1, `after ${seconds} s`)
      }
      assert.equal(told.length, 8)
      house.clock.advance(DAY_MS)
      await house.runJobs()
      assert.equal(told.length, 8)
      assert.equal(new Set(told.map(({ headers }) => headers['webhook-id'])).size, 1)
      const [listed] = (await resend.webhooks.events.list({ webhookId: id })).data!.data
      assert.deepEqual([listed!.type, listed!.status], ['email.scheduled', 'failed'])
      const names = { webhookId: id, eventId: listed!.id }
      const attempts = (await resend.webhooks.events.attempts.list({ ...names, limit: 3 })).data!
      assert.equal(attempts.has_more, true)
      assert.deepEqual(
        attempts.data.map(({ http_status_code, response }) => [http_status_code, response.length]),
        [503, 503, 503].map((status) => [status, 1024]),
      )
      answer = { status: 204 }
      assert.deepEqual((await resend.webhooks.events.replay(names)).data, { object: 'webhook_event', id: listed!.id })
      await house.runJobs()
      assert.equal(told.length, 9)
      assert.equal(told.at(-1)!.headers['webhook-id'], listed!.id)
      const shown = (await resend.webhooks.events.get(names)).data!
      assert.deepEqual([shown.object, shown.status, shown.next_attempt_at], ['webhook_event', 'success', null])
      assert.deepEqual(shown.payload, told[0]!.event)
      const deliveries = (await house.call('GET', `/webhooks/${id}/deliveries`)).body.data
      assert.equal(deliveries[0].attempts.length, 9)
      assert.equal((await resend.webhooks.events.replay({ ...names, eventId: id })).error!.name, 'not_found')
    }),
  )

  test(
    'after five days of nothing but failures it is disabled; enabled again it begins anew',
    closing(async () => {
      const { id } = await hook(['email.scheduled'])
      answer = { status: 500 }
      for (let day = 0; day < 6; day++) {
        assert.equal((await resend.webhooks.get(id)).data!.status, 'enabled', `day ${day}`)
        await resend.emails.send({ ...basic, scheduledAt: 'in 20 days' })
        await house.runJobs()
        house.clock.advance(DAY_MS)
      }
      const { body } = await house.call('GET', `/webhooks/${id}`)
      assert.equal(body.status, 'disabled')
      assert.ok(body.disabled_at && body.failing_since)
      const sofar: number = told.length
      await resend.emails.send({ ...basic, scheduledAt: 'in 20 days' })
      await house.runJobs()
      assert.equal(told.length, sofar)
      answer = { status: 200 }
      await resend.webhooks.update(id, { status: 'enabled' })
      await resend.emails.send({ ...basic, scheduledAt: 'in 20 days' })
      await house.runJobs()
      assert.equal(told.length, sofar + 1)
      assert.equal((await house.call('GET', `/webhooks/${id}`)).body.failing_since, null)
    }),
  )

  test(
    'redirects are not followed; a slow endpoint is cut off and holds up no other tenant',
    closing(async () => {
      const { id } = await hook(['email.scheduled'])
      answer = { status: 307, location: 'http://169.254.169.254/latest/' }
      await resend.emails.send({ ...basic, scheduledAt: 'in 2 days' })
      await house.runJobs()
      const attempts = (await house.call('GET', `/webhooks/${id}/deliveries`)).body.data[0].attempts
      assert.deepEqual([attempts.length, attempts[0].http_status_code], [1, 307])

      answer = { status: 0 }
      const limits = { ...LIMITS, webhookTimeoutMs: 300, webhooksAtOnce: 10, webhooksAtOncePerTenant: 2 }
      const sender: WebhookSender = openWebhookSender(guardedPost({ dns: house.engine.dns, loopback: true }), limits)
      for (let count = 0; count < 5; count++) await resend.emails.send({ ...basic, scheduledAt: 'in 2 days' })
      told.length = 0
      const messages = await house.engine.queues.jobs.receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 })
      const deliveries = messages.filter(({ body }) => JSON.parse(body).kind === 'deliver-webhook')
      assert.equal(deliveries.length, 5)
      await Promise.all(
        deliveries.map(({ body }) => runJob(house.store, body, { webhooks: sender, mimeLevels: 100, mimeParts: 100 })),
      )
      assert.equal(told.length, 2, 'two at once of one tenant, the others later')
      const page = await house.demo.webhookDeliveries.page(id, { limit: 10 })
      const tried = page.items.flatMap(({ attempts }) => attempts).filter(({ status }) => status === 0)
      assert.equal(tried.length, 2)
      for (const { response, durationMs } of tried) {
        assert.equal(response, 'no answer within 300 ms')
        assert.ok(durationMs < 5000)
      }
    }),
  )

  test(
    'never leads into this network',
    closing(async () => {
      house.zone.set('A inside.example', ['10.0.0.7'])
      house.zone.set('A both.example', ['192.0.2.1', '127.0.0.1'])
      const post = guardedPost({ dns: house.engine.dns, loopback: false })
      const request = { headers: {}, body: '{}', timeoutMs: 1000, maxOctets: 100 }
      const urls = [
        [endpoint, /no https URL/],
        [endpoint.replace('http:', 'https:'), /not public/],
        ['https://inside.example/', /not public/],
        ['https://both.example/', /not public/],
        ['https://[::1]/', /not public/],
        ['https://[::ffff:127.0.0.1]/', /not public/],
        ['https://localhost/', /no address/],
        ['https://2130706433/', /not public/],
      ] as const
      for (const [url, reason] of urls) {
        const { status, response } = await post(url, request)
        assert.equal(status, 0, url)
        assert.match(response, reason, url)
      }
      const open = guardedPost({ dns: house.engine.dns, loopback: true })
      assert.match((await open('http://inside.example/', request)).response, /not public/)
      assert.equal(told.length, 0)
    }),
  )

  test(
    'a test event goes to one webhook; a removed one takes its events along',
    closing(async () => {
      const { id } = await hook(['email.sent'])
      await hook(['email.bounced'])
      const { body } = await house.call('POST', `/webhooks/${id}/test`, { body: { type: 'email.bounced' } })
      await house.runJobs()
      assert.deepEqual(
        told.map(({ headers, event }) => [headers['svix-id'], event.type, event.data.test]),
        [[body.id, 'email.bounced', true]],
      )
      await resend.webhooks.remove(id)
      await house.runJobs()
      assert.equal(await house.store.tenant(DEMO).webhookDeliveries.get(id, body.id), undefined)
    }),
  )
})
