/** Sending, by the official SDK with its base URL changed. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type ParsedMail, simpleParser } from 'mailparser'
import { Resend } from 'resend'
import { sendMessage } from '../../../../shared/flows/outgoing/send-message.ts'
import { readWhole } from '../../../../shared/ports/blob-source.ts'
import { listAll } from '../../../../shared/ports/blobs.ts'
import { guardedFetch } from '../../../../shared/transport/guarded-fetch.ts'
import { settleQueues } from '../../../house.ts'
import { type ApiHouse, LIMITS, OPERATOR_KEY, openApiHouse } from '../api-house.ts'

const basic = { from: 'Alice <alice@demo.test>', to: 'someone@example.net', subject: 'Hello', text: 'Hi.' }

describe('sending with the resend package', () => {
  let house: ApiHouse
  let resend: Resend
  let files: Server
  let filesUrl: string
  before(async () => {
    files = createServer((request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end()
      else if (request.url === '/large') response.end(Buffer.alloc(3_000_000))
      else if (request.url === '/report.pdf')
        response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF-')
      else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve))
    const port = (files.address() as AddressInfo).port
    filesUrl = `http://files.test:${port}`
    const zone = new Map([['A files.test', ['127.0.0.1']]])
    const dns = { resolve: async (name: string, type: string) => zone.get(`${type} ${name}`) ?? [] }
    house = await openApiHouse({
      limits: { ...LIMITS, messageOctets: 2_000_000 },
      fetchRemote: guardedFetch({ dns, isAllowed: (address) => address === '127.0.0.1' }),
    })
    resend = new Resend(house.key, { baseUrl: house.url })
  })
  after(async () => {
    files.close()
    await house.close()
  })

  async function captured(id: string): Promise<ParsedMail> {
    await settleQueues(house)
    const octets = await readWhole(house.engine.blobs, `captured/demo/${id}`)
    assert.ok(octets, 'nothing was sent')
    return simpleParser(Buffer.from(octets))
  }
  async function sent(email: Parameters<Resend['emails']['send']>[0]): Promise<ParsedMail> {
    const { data, error } = await resend.emails.send(email)
    assert.equal(error, null)
    return captured(data!.id)
  }

  test('an email with all there can be in one', async () => {
    const mail = await sent({
      ...basic,
      from: 'Ällice "A" <alice@demo.test>',
      to: ['one@example.net', 'Two <two@example.net>'],
      cc: 'three@example.net',
      bcc: ['four@example.net'],
      replyTo: 'replies@example.net',
      subject: 'Grüße',
      html: '<p>Hällo <img src="cid:logo"></p>',
      headers: { 'X-Entity-Ref-ID': '123', 'List-Unsubscribe': '<https://example.net/u>' },
      tags: [{ name: 'category', value: 'greeting' }],
      attachments: [
        { filename: 'näme.txt', content: Buffer.from('octets') },
        { filename: 'b64.bin', content: Buffer.from([1, 2, 3]).toString('base64'), contentType: 'application/x-thing' },
        { filename: 'logo.png', content: Buffer.from('png'), contentId: 'logo' },
        { path: `${filesUrl}/report.pdf` },
        // As Resend's SDKs for Go, Rust and Python put octets, which ours passes on as it is.
        { filename: 'go.bin', content: [...Buffer.from('[]int')] as never },
      ],
    })
    assert.equal(mail.subject, 'Grüße')
    assert.deepEqual(mail.from?.value, [{ name: 'Ällice "A"', address: 'alice@demo.test' }])
    assert.equal(mail.text?.trim(), 'Hi.')
    assert.match(mail.html as string, /Hällo/)
    assert.equal(mail.headers.get('x-entity-ref-id'), '123')
    assert.equal(mail.headers.has('bcc'), false)
    assert.deepEqual(
      mail.attachments.map(({ filename, contentType, content, cid }) => [
        filename,
        contentType,
        content.toString('latin1'),
        cid,
      ]),
      [
        ['logo.png', 'image/png', 'png', 'logo'],
        ['näme.txt', 'text/plain', 'octets', undefined],
        ['b64.bin', 'application/x-thing', '\x01\x02\x03', undefined],
        ['report.pdf', 'application/pdf', '%PDF-', undefined],
        ['go.bin', 'application/octet-stream', '[]int', undefined],
      ],
    )
  })

  test('what was sent can be read again', async () => {
    const { data } = await resend.emails.send({ ...basic, html: '<b>Hi ä</b>', tags: [{ name: 'a', value: 'b' }] })
    const before = (await resend.emails.get(data!.id)).data!
    assert.equal(before.last_event, 'queued')
    await settleQueues(house)
    const after = (await resend.emails.get(data!.id)).data!
    assert.equal(after.object, 'email')
    assert.equal(after.last_event, 'sent')
    assert.equal(after.from, basic.from)
    assert.deepEqual(after.to, [basic.to])
    assert.deepEqual([after.cc, after.bcc, after.reply_to, after.scheduled_at], [null, null, null, null])
    assert.equal(after.text?.trim(), 'Hi.')
    assert.equal(after.html?.trim(), '<b>Hi ä</b>')
    assert.deepEqual(after.tags, [{ name: 'a', value: 'b' }])
    assert.equal(after.message_id, `<${data!.id}@demo.test>`)
    const listed = (await resend.emails.list({ limit: 1 })).data!
    assert.equal(listed.data[0]?.id, data!.id)
    assert.equal(listed.has_more, true)
    assert.ok(!('html' in listed.data[0]!))
  })

  test('recipients of ours get it without leaving the house; who is none bounces', async () => {
    const { data } = await resend.emails.send({ ...basic, to: ['bob@demo.test'] })
    await settleQueues(house)
    assert.equal((await resend.emails.get(data!.id)).data?.last_event, 'delivered')
    assert.equal((await house.call('GET', '/accounts/bob@demo.test')).body.messages, 1)
    assert.equal(await house.engine.blobs.head(`captured/demo/${data!.id}`), undefined)
    // Answers to VERP and to reply tokens go to local parts of more than 64 octets.
    assert.equal((await resend.emails.send({ ...basic, to: [`${'verp'.repeat(20)}@example.net`] })).error, null)
    const bounced = await resend.emails.send({ ...basic, to: ['nobody@demo.test'] })
    await settleQueues(house)
    assert.equal((await resend.emails.get(bounced.data!.id)).data?.last_event, 'bounced')
  })

  const REFUSED: [string, object, number, string, RegExp][] = [
    ['no text', { text: undefined }, 422, 'missing_required_field', /`html` or `text`/],
    ['no subject', { subject: undefined }, 422, 'missing_required_field', /Missing `subject` field/],
    ['no recipient', { to: [] }, 422, 'missing_required_field', /`to`/],
    ['a foreign domain', { from: 'me@example.net' }, 403, 'validation_error', /example\.net domain is not verified/],
    ['no address', { from: 'Alice' }, 400, 'validation_error', /`from`/],
    ['a bad recipient', { to: 'x@y@z' }, 400, 'validation_error', /`to`/],
    ['a line end in an address', { to: 'x@example.net\r\nBcc: y@example.net' }, 400, 'validation_error', /`to`/],
    ['too many recipients', { to: Array(51).fill('x@example.net') }, 400, 'validation_error', /`to`/],
    ['a header of ours', { headers: { Bcc: 'x@example.net' } }, 400, 'validation_error', /`headers`/],
    [
      'a header with a line end',
      { headers: { 'X-A': 'b\r\nBcc: x@example.net' } },
      400,
      'validation_error',
      /`headers`/,
    ],
    [
      'more headers than mail has',
      { headers: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`X-${n}`, 'a'])) },
      400,
      'validation_error',
      /more than 200/,
    ],
    ['a header that is none', { headers: { 'X A': 'b' } }, 400, 'validation_error', /`headers`/],
    ['no time', { scheduledAt: 'whenever' }, 400, 'validation_error', /`scheduled_at`/],
    ['too late a time', { scheduledAt: 'in 31 days' }, 400, 'validation_error', /30 days/],
    ['no base64', { attachments: [{ filename: 'x', content: '<>' }] }, 422, 'invalid_attachment', /base64/],
    [
      'no octets',
      { attachments: [{ filename: 'x', content: { type: 'Buffer', data: [256] } }] },
      400,
      'validation_error',
      /attachments/,
    ],
    ['no octets at all', { attachments: [{ filename: 'x', content: ['a'] }] }, 400, 'validation_error', /attachments/],
    ['nothing attached', { attachments: [{ filename: 'x' }] }, 422, 'invalid_attachment', /no `content`/],
    ['a file', { attachments: [{ path: 'file:///etc/passwd' }] }, 422, 'invalid_attachment', /no http or https URL/],
    ['a path of ours', { attachments: [{ path: '/etc/passwd' }] }, 422, 'invalid_attachment', /no http or https URL/],
    ['an address inside', { attachments: [{ path: 'http://10.0.0.1/' }] }, 422, 'invalid_attachment', /not public/],
    [
      'an address inside, in words',
      { attachments: [{ path: 'http://[::ffff:10.0.0.1]/' }] },
      422,
      'invalid_attachment',
      /not public/,
    ],
    [
      'too large',
      { attachments: [{ filename: 'x', content: Buffer.alloc(1_600_000) }] },
      413,
      'validation_error',
      /too large/,
    ],
  ]
  for (const [what, change, statusCode, name, message] of REFUSED) {
    test(`${what}: ${statusCode} ${name}`, async () => {
      const { data, error } = await resend.emails.send({ ...basic, ...change } as never)
      assert.equal(data, null)
      assert.equal(error!.name, name)
      assert.equal(error!.statusCode, statusCode)
      assert.match(error!.message, message)
    })
  }
  for (const [path, message] of [
    ['/away', /not public/],
    ['/missing', /answers 404/],
  ] as const) {
    test(`a path that leads to ${path} is refused`, async () => {
      const { error } = await resend.emails.send({ ...basic, attachments: [{ path: `${filesUrl}${path}` }] })
      assert.equal(error!.name, 'invalid_attachment')
      assert.match(error!.message, message)
    })
  }

  test('a path that leads to more than a message may have is refused', async () => {
    const { error } = await resend.emails.send({ ...basic, attachments: [{ path: `${filesUrl}/large` }] })
    assert.deepEqual([error!.statusCode, error!.name], [413, 'validation_error'])
  })

  test('a key for sending, from one domain alone', async () => {
    const acting = { key: OPERATOR_KEY, headers: { 'tubepost-tenant': 'demo' } }
    const { body: second } = await house.call('POST', '/domains', {
      ...acting,
      body: { name: 'second.test', verified: true },
    })
    const { data: key } = await resend.apiKeys.create({
      name: 'one',
      permission: 'sending_access',
      domain_id: second.id,
    })
    const restricted = new Resend(key!.token, { baseUrl: house.url })
    const wrong = await restricted.emails.send(basic)
    assert.deepEqual([wrong.error!.statusCode, wrong.error!.name], [401, 'restricted_api_key'])
    assert.equal((await restricted.emails.send({ ...basic, from: 'x@second.test' })).error, null)
    assert.equal((await restricted.emails.list()).error!.name, 'restricted_api_key')
    await resend.domains.update({ id: second.id, capabilities: { sending: 'disabled' } })
    assert.equal((await restricted.emails.send({ ...basic, from: 'x@second.test' })).error!.statusCode, 403)
  })

  test('the same idempotency key sends once', async () => {
    const options = { idempotencyKey: 'order-1' }
    const answers = await Promise.all([1, 2, 3].map(() => resend.emails.send(basic, options)))
    const ids = answers.flatMap(({ data }) => (data === null ? [] : [data.id]))
    for (const { error } of answers) if (error) assert.equal(error.name, 'concurrent_idempotent_requests')
    const again = await resend.emails.send(basic, options)
    assert.deepEqual([...new Set([...ids, again.data!.id])].length, 1)
    const other = await resend.emails.send({ ...basic, subject: 'Other' }, options)
    assert.deepEqual([other.error!.statusCode, other.error!.name], [409, 'invalid_idempotent_request'])
    const long = await resend.emails.send(basic, { idempotencyKey: 'x'.repeat(257) })
    assert.deepEqual([long.error!.statusCode, long.error!.name], [400, 'invalid_idempotency_key'])
    // What was refused made nothing, and may be mended.
    const mended = { idempotencyKey: 'order-2' }
    assert.equal((await resend.emails.send({ ...basic, from: 'x@example.net' }, mended)).error!.statusCode, 403)
    assert.equal((await resend.emails.send(basic, mended)).error, null)
    house.clock.advance(24 * 3_600_000 + 1000)
    assert.notEqual((await resend.emails.send(basic, options)).data!.id, again.data!.id)
  })

  test('batches: all or none, or those that can be', async () => {
    const count = async () => (await Array.fromAsync(listAll(house.engine.blobs, 'outbox/demo/'))).length
    const before = await count()
    const bad = { ...basic, from: 'x@example.net' }
    const strict = await resend.batch.send([basic, bad])
    assert.equal(strict.error!.name, 'validation_error')
    assert.equal(await count(), before)
    const permissive = await resend.batch.send([basic, bad, basic], { batchValidation: 'permissive' })
    assert.equal(permissive.data!.data.length, 2)
    assert.deepEqual(
      permissive.data!.errors?.map(({ index }) => index),
      [1],
    )
    const options = { idempotencyKey: 'batch-1' }
    const first = await resend.batch.send([basic, basic], options)
    const second = await resend.batch.send([basic, basic], options)
    assert.deepEqual(second.data, first.data)
    assert.equal(await count(), before + 4)
    assert.equal((await resend.batch.send([])).error!.statusCode, 400)
  })

  test('scheduled: sent when its time has come, not before', async () => {
    const { data } = await resend.emails.send({ ...basic, scheduledAt: 'in 20 minutes' })
    const id = data!.id
    assert.equal((await resend.emails.get(id)).data!.last_event, 'scheduled')
    assert.equal((await resend.emails.get(id)).data!.text?.trim(), 'Hi.')
    house.clock.advance(15 * 60_000 + 1000)
    await house.runJobs()
    assert.equal((await resend.emails.get(id)).data!.last_event, 'scheduled')
    const later = new Date(house.clock.now() + 60 * 60_000).toISOString()
    assert.deepEqual((await resend.emails.update({ id, scheduledAt: later })).data, { object: 'email', id })
    for (let quarter = 0; quarter < 3; quarter++) {
      house.clock.advance(15 * 60_000)
      await house.runJobs()
    }
    assert.equal((await resend.emails.get(id)).data!.last_event, 'scheduled')
    house.clock.advance(16 * 60_000)
    await house.runJobs()
    assert.equal((await captured(id)).subject, 'Hello')
    assert.equal((await resend.emails.get(id)).data!.last_event, 'sent')
    assert.equal(await house.engine.blobs.head(`scheduled/demo/${id}`), undefined)
    const late = await resend.emails.cancel(id)
    assert.deepEqual([late.error!.statusCode, late.error!.name], [403, 'validation_error'])
  })

  test('cancelled: never sent', async () => {
    const { data } = await resend.emails.send({ ...basic, scheduledAt: 'in 1 min' })
    assert.deepEqual((await resend.emails.cancel(data!.id)).data, { object: 'email', id: data!.id })
    house.clock.advance(120_000)
    await house.runJobs()
    await settleQueues(house)
    assert.equal((await resend.emails.get(data!.id)).data!.last_event, 'canceled')
    assert.equal(await house.engine.blobs.head(`outbox/demo/${data!.id}`), undefined)
    assert.equal(await house.engine.blobs.head(`scheduled/demo/${data!.id}`), undefined)
  })

  test('what a suspended tenant has under way waits, and goes when it is resumed', async () => {
    const { data: now } = await resend.emails.send(basic)
    const { data: later } = await resend.emails.send({ ...basic, scheduledAt: 'in 1 min' })
    await house.call('POST', '/tenants/demo/suspend', { key: OPERATOR_KEY })
    house.clock.advance(61_000)
    await house.runJobs()
    await settleQueues(house)
    assert.equal((await resend.emails.get(now!.id)).error!.name, 'suspended_api_key')
    await house.call('POST', '/tenants/demo/resume', { key: OPERATOR_KEY })
    assert.equal((await resend.emails.get(now!.id)).data!.last_event, 'delivery_delayed')
    assert.equal((await resend.emails.get(later!.id)).data!.last_event, 'scheduled')
    house.clock.advance(15 * 60_000 + 1000)
    await house.runJobs()
    assert.equal((await captured(later!.id)).subject, 'Hello')
    await sendMessage(house.store, `outbox/demo/${now!.id}`, { hostName: 'mx.demo.test' })
    assert.equal((await resend.emails.get(now!.id)).data!.last_event, 'sent')
  })

  test('domains and keys by the same package', async () => {
    const { data: domain, error } = await resend.domains.create({ name: 'sdk.test' })
    assert.equal(error, null)
    assert.equal(domain!.status, 'not_started')
    assert.ok(domain!.records.some(({ record, type }) => record === 'DKIM' && type === 'TXT'))
    assert.equal((await resend.domains.verify(domain!.id)).error, null)
    assert.equal((await resend.domains.get(domain!.id)).data!.status, 'pending')
    assert.ok((await resend.domains.list()).data!.data.some(({ id }) => id === domain!.id))
    assert.equal((await resend.domains.remove(domain!.id)).data!.deleted, true)
    const { data: key } = await resend.apiKeys.create({ name: 'sdk' })
    assert.ok((await resend.apiKeys.list()).data!.data.some(({ id }) => id === key!.id))
    assert.equal((await resend.apiKeys.remove(key!.id)).error, null)
    assert.equal((await resend.contacts.list({ audienceId: 'x' })).error!.name, 'not_found')
    assert.equal((await new Resend('re_none', { baseUrl: house.url }).domains.list()).error!.name, 'invalid_api_key')
  })
})
