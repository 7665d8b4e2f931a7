/** Every method of the official client: what is served has a route of ours, and what is not is answered as such. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Resend } from 'resend'
import type { TenantId } from '../../../shared/mailbox/ids.ts'
import { guardedFetch } from '../../../shared/transport/guarded-fetch.ts'
import { type ApiHouse, LIMITS, OPERATOR_KEY, openApiHouse } from './api-house.ts'

/** Marketing, which is not what Tubepost is for; and agents. */
const ABSENT =
  /^(segments|audiences|automations|broadcasts|contactProperties|contacts|events|oauthGrants|templates|topics|inboxes\.agent)\./
/** What calls nothing, or is a step of another method. */
const NO_CALL =
  /^(contacts\.imports\.(build|append)|emails\.receiving\.(forward|download)|templates\.(performCreate|create)|webhooks\.verify|batch\.)/

const ID = '01900000-0000-7000-8000-000000000000'
/** An id, or some. */
const ANY_ID = Object.assign(new String(ID), { join: () => ID })
/** Stands for an id and for the options of a call, as methods take either. */
const ANYTHING = Object.assign(new String(ID), {
  id: ID,
  ...Object.fromEntries(
    [
      'inbox',
      'thread',
      'email',
      'draft',
      'label',
      'webhook',
      'event',
      'contact',
      'segment',
      'automation',
      'run',
      'domain',
      'broadcast',
      'delivery',
    ].map((what) => [`${what}Id`, ANY_ID]),
  ),
  name: 'x',
  event: 'x',
  steps: [],
  connections: [],
  topics: [],
  columnMap: {},
  file: new Blob(['x']),
})

type Resource = Record<string, unknown>

/** `emails.receiving.get`, and so on, with the object that it belongs to. */
function methodsOf(resource: object, path = '', seen = new Set<object>([resource])): [string, Resource, string][] {
  return Object.entries(resource).flatMap(([key, value]) => {
    if (typeof value !== 'object' || value === null || seen.has(value) || value instanceof Headers) return []
    seen.add(value)
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(value)).filter((name) => name !== 'constructor')
    return [
      ...names.map((name): [string, Resource, string] => [`${path}${key}.${name}`, value, name]),
      ...methodsOf(value, `${path}${key}.`, seen),
    ]
  })
}

describe('the resend package, method by method', () => {
  let house: ApiHouse
  let resend: Resend
  before(async () => {
    house = await openApiHouse({
      limits: { ...LIMITS, messageOctets: 100_000 },
      fetchRemote: async (url) => {
        if (!url.includes('broken')) return guardedFetch({ dns: { resolve: async () => [] } })(url, { maxOctets: 1000 })
        return { contentType: undefined, content: dead() }
      },
    })
    resend = new Resend(house.key, { baseUrl: house.url })
  })
  after(() => house.close())

  test('each is served, or says that it is not', async () => {
    const { body: document } = await house.call('GET', '/openapi.json', { key: null })
    const routes = Object.entries(document.paths as Record<string, object>).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const isRoute = (method: string, path: string) =>
      routes.some((route) => {
        const [, template = ''] = route.split(' ')
        const [ours, theirs] = [template.split('/'), path.split('?')[0]!.split('/')]
        return (
          route.startsWith(`${method} `) &&
          ours.length === theirs.length &&
          ours.every((segment, at) => segment.startsWith('{') || segment === theirs[at])
        )
      })
    const called: [string, string][] = []
    const fetchRequest = resend.fetchRequest.bind(resend)
    resend.fetchRequest = (path: string, options: { method?: string } = {}) => {
      called.push([options.method ?? 'GET', path])
      return fetchRequest(path, options)
    }
    let served = 0
    for (const [name, resource, method] of methodsOf(resend)) {
      if (NO_CALL.test(name)) continue
      called.length = 0
      const { error } = await (
        resource[method] as (...all: unknown[]) => Promise<{ error: { name: string; statusCode: number } | null }>
      ).call(resource, ANYTHING, ANYTHING)
      const about = `${name}: ${JSON.stringify(called)} ${JSON.stringify(error)}`
      assert.equal(called.length, 1, about)
      const [verb, path] = called[0]!
      if (ABSENT.test(name)) {
        assert.deepEqual([error?.statusCode, error?.name], [404, 'not_found'], about)
      } else {
        assert.ok(isRoute(verb, path), about)
        served += 1
      }
    }
    assert.ok(served >= 60, `${served} methods`)
    resend.fetchRequest = fetchRequest
  })

  test('every documented error has its status, name and sentence', async () => {
    const email = { from: 'alice@demo.test', to: 'x@example.net', subject: 's', text: 't' }
    const post = async (path: string, body: unknown, key: string = house.key) =>
      (await house.call('POST', path, { body, key })).body
    const tenant = await post('/tenants', { id: 'errors' }, OPERATOR_KEY)
    const token = tenant.api_key.token as string
    const of = (key: string) => new Resend(key, { baseUrl: house.url })
    const sending = await resend.apiKeys.create({ name: 'sending', permission: 'sending_access' })
    await resend.emails.send(email, { idempotencyKey: 'used' })
    const long = 'x'.repeat(257)
    const cases: [
      number,
      string,
      Promise<{ error: { statusCode: number | null; name: string; message: string } | null }>,
    ][] = [
      [400, 'invalid_idempotency_key', resend.emails.send(email, { idempotencyKey: long })],
      [400, 'validation_error', resend.emails.send({ ...email, to: 'nobody' })],
      [401, 'missing_api_key', of(' ').emails.list()],
      [401, 'restricted_api_key', of(sending.data!.token).domains.list()],
      [403, 'invalid_api_key', of('re_none').emails.list()],
      [403, 'validation_error', resend.emails.send({ ...email, from: 'x@elsewhere.test' })],
      [404, 'not_found', resend.emails.get(ID)],
      [405, 'method_not_allowed', resend.put('/emails', {})],
      [409, 'invalid_idempotent_request', resend.emails.send({ ...email, text: 'other' }, { idempotencyKey: 'used' })],
      [413, 'validation_error', resend.emails.send({ ...email, text: 'x'.repeat(100_000) })],
      [422, 'missing_required_field', resend.emails.send({ ...email, subject: undefined as never })],
      [422, 'invalid_parameter', resend.emails.list({ limit: 101 })],
      [422, 'invalid_attachment', resend.emails.send({ ...email, attachments: [{ filename: 'a', content: '%' }] })],
      [422, 'invalid_attachment', resend.emails.send({ ...email, attachments: [{ path: 'http://127.0.0.1/' }] })],
      [500, 'application_error', resend.emails.send({ ...email, attachments: [{ path: 'http://broken.test/' }] })],
    ]
    for (const [statusCode, name, answer] of cases) {
      const { error } = await answer
      assert.deepEqual([error?.statusCode, error?.name], [statusCode, name], JSON.stringify(error))
      assert.match(error!.message, /^[A-Z].{5,}/)
      assert.deepEqual(Object.keys(error!).sort(), ['message', 'name', 'statusCode'])
    }
    await house.store.tenants.setSuspended('errors' as TenantId, true)
    const suspended = await of(token).emails.list()
    assert.deepEqual([suspended.error?.statusCode, suspended.error?.name], [403, 'suspended_api_key'])
  })

  test('one call under a key at a time', async () => {
    const email = { from: 'alice@demo.test', to: 'x@example.net', subject: 's', text: 't' }
    const all = await Promise.all(
      Array.from({ length: 5 }, () => resend.emails.send(email, { idempotencyKey: 'at once' })),
    )
    const ids = new Set(all.flatMap(({ data }) => (data === null ? [] : [data.id])))
    assert.equal(ids.size, 1)
    for (const { error } of all) {
      if (error !== null) assert.deepEqual([error.statusCode, error.name], [409, 'concurrent_idempotent_requests'])
    }
  })
})

// biome-ignore lint/correctness/useYield: it ends before the first
async function* dead(): AsyncGenerator<Uint8Array> {
  throw new Error('the line went dead')
}
