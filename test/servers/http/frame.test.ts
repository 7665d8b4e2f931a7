import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createApi } from '../../../shared/servers/http/api.ts'
import { readLimits } from '../../../shared/settings.ts'
import { type ApiHouse, LIMITS, OPERATOR_KEY, openApiHouse } from './api-house.ts'

describe('the frame of the HTTP API', () => {
  let house: ApiHouse
  before(async () => {
    house = await openApiHouse({ limits: { ...LIMITS, httpBodyOctets: 10_000, httpBodiesOctets: 15_000 } })
  })
  after(() => house.close())

  test('health and readiness need no key', async () => {
    assert.deepEqual((await house.call('GET', '/health', { key: null })).body, { status: 'ok' })
    assert.deepEqual((await house.call('GET', '/ready', { key: null })).body, { status: 'ready' })
    const draining = createApi({ ...house.services, isReady: () => false })
    const answer = await draining.request('/ready', {}, { remoteAddress: '192.0.2.1', loopback: false })
    assert.equal(answer.status, 503)
  })

  const ERRORS: [string, string, string, object, number, string, RegExp][] = [
    ['no key', 'GET', '/domains', { key: null }, 401, 'missing_api_key', /Missing API key/],
    [
      'no bearer',
      'GET',
      '/domains',
      { key: null, headers: { authorization: 'Basic eDp5' } },
      401,
      'missing_api_key',
      /Missing/,
    ],
    ['a key that is none', 'GET', '/domains', { key: 're_123' }, 403, 'invalid_api_key', /API key is invalid/],
    ['a key of nobody', 'GET', '/domains', { key: `re_nobody_${'A'.repeat(43)}` }, 403, 'invalid_api_key', /invalid/],
    ['another secret', 'GET', '/domains', { key: 'last' }, 403, 'invalid_api_key', /invalid/],
    ['a tenant at the operator’s', 'GET', '/tenants', {}, 401, 'restricted_api_key', /operator/],
    ['an operator for nobody', 'GET', '/domains', { key: OPERATOR_KEY }, 401, 'restricted_api_key', /tubepost-tenant/],
    [
      'an operator for a stranger',
      'GET',
      '/domains',
      { key: OPERATOR_KEY, headers: { 'tubepost-tenant': 'x' } },
      404,
      'not_found',
      /Tenant/,
    ],
    ['no such path', 'GET', '/contacts', {}, 404, 'not_found', /does not exist/],
    ['no such method', 'PUT', '/domains', {}, 405, 'method_not_allowed', /not allowed/],
    ['no such domain', 'GET', '/domains/x', {}, 404, 'not_found', /Domain not found/],
    ['a missing field', 'POST', '/api-keys', { body: {} }, 422, 'missing_required_field', /^Missing `name` field\.$/],
    ['a wrong field', 'POST', '/api-keys', { body: { name: 7 } }, 400, 'validation_error', /`name`/],
    ['half a character', 'POST', '/api-keys', { body: '{"name":"\\ud83d"}' }, 400, 'validation_error', /surrogate/],
    ['a path and nothing', 'GET', '/domains/', {}, 404, 'not_found', /does not exist/],
    ['no JSON', 'POST', '/api-keys', { body: '{"name"' }, 400, 'validation_error', /JSON/],
    [
      'another type',
      'POST',
      '/api-keys',
      { body: 'name=x', headers: { 'content-type': 'text/plain' } },
      400,
      'validation_error',
      /application\/json/,
    ],
    ['a wrong limit', 'GET', '/domains?limit=101', {}, 422, 'invalid_parameter', /`limit`/],
    ['an id without end', 'GET', `/domains/${'ä'.repeat(300)}`, {}, 422, 'invalid_parameter', /`id`/],
    ['a place without end', 'GET', `/aliases?after=${'ä'.repeat(300)}`, {}, 422, 'invalid_parameter', /`after`/],
    ['an empty place', 'GET', '/tenants?after=', { key: OPERATOR_KEY }, 422, 'invalid_parameter', /`after`/],
    ['after and before', 'GET', '/domains?after=a&before=b', {}, 422, 'invalid_parameter', /`before`/],
    ['too large', 'POST', '/api-keys', { body: { name: 'x'.repeat(20_000) } }, 413, 'validation_error', /10000 octets/],
  ]
  for (const [what, method, path, options, status, name, message] of ERRORS) {
    test(`${what}: ${status} ${name}`, async () => {
      const last = `${house.key.slice(0, -4)}AAAA`
      const given = 'key' in options && options.key === 'last' ? { ...options, key: last } : options
      const answer = await house.call(method, path, given)
      assert.equal(answer.status, status)
      assert.deepEqual(Object.keys(answer.body).sort(), ['message', 'name', 'statusCode'])
      assert.equal(answer.body.statusCode, status)
      assert.equal(answer.body.name, name)
      assert.match(answer.body.message, message)
    })
  }

  test('an answer is its caller’s alone, and of the type that it says', async () => {
    for (const path of ['/domains', '/nowhere', '/health', '/docs', '/auth/session']) {
      const { headers } = await house.call('GET', path)
      assert.equal(headers.get('cache-control'), 'private, no-store', path)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    }
    const { headers } = await house.call('GET', '/docs')
    assert.match(headers.get('content-security-policy')!, /frame-ancestors 'none'/)
  })

  test('any number of spaces goes before the key', async () => {
    const headers = { authorization: `bearer   ${house.key}` }
    assert.equal((await house.call('GET', '/domains', { key: null, headers })).status, 200)
  })

  test('405 says which methods there are', async () => {
    assert.equal((await house.call('DELETE', '/domains')).headers.get('allow'), 'GET, POST')
    assert.equal((await house.call('GET', '/emails/batch')).status, 404) // an email of that id
    assert.equal((await house.call('DELETE', '/emails/batch')).headers.get('allow'), 'POST')
    assert.equal((await house.call('DELETE', '/emails/some')).headers.get('allow'), 'GET, PATCH')
  })

  test('a body without a length is held to the limit too', async () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(0x20)), // never ends
    })
    const init = {
      method: 'POST',
      headers: { authorization: `Bearer ${house.key}`, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit
    const outcome = await fetch(`${house.url}/api-keys`, init).then(
      (response) => response.status,
      () => 'closed', // the client was still writing when the connection ended
    )
    assert.ok(outcome === 413 || outcome === 'closed')
  })

  test('what is no HTTP is told so, and every answer has its place', async () => {
    for (const [sent, expected] of [
      ['BLUB\r\n\r\n', /^HTTP\/1\.1 400 /],
      [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
      ['GET /health HTTP/1.1\r\nHost: ]\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
      ['HEAD /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 200 .*\r\n\r\n$/s],
    ] as const) {
      const socket = connect(Number(new URL(house.url).port), '127.0.0.1')
      socket.end(sent)
      let read = ''
      for await (const chunk of socket) read += chunk
      assert.match(read, expected)
    }
  })

  test('rate: headers on every answer, 429 for who is not from here', async () => {
    const limits = { ...readLimits({}), httpRequestsPerSecond: 3 }
    const api = createApi({ ...house.services, limits })
    const ask = (remoteAddress: string, loopback = false) => api.request('/health', {}, { remoteAddress, loopback })
    const statuses: number[] = []
    for (let call = 0; call < 5; call++) statuses.push((await ask('192.0.2.1')).status)
    assert.deepEqual(statuses, [200, 200, 200, 429, 429])
    const refused = await ask('192.0.2.1')
    assert.equal(((await refused.json()) as { name: string }).name, 'rate_limit_exceeded')
    assert.equal(refused.headers.get('retry-after'), '1')
    const other = await ask('192.0.2.2')
    assert.equal(other.headers.get('ratelimit-limit'), '3')
    assert.equal(other.headers.get('ratelimit-remaining'), '2')
    assert.equal(other.headers.get('ratelimit-reset'), '1')
    assert.equal(other.headers.get('ratelimit-policy'), '3;w=1')
    for (let call = 0; call < 5; call++) assert.equal((await ask('127.0.0.1', true)).status, 200)
    house.clock.advance(1000)
    assert.equal((await ask('192.0.2.1')).status, 200)
    assert.equal((await house.call('GET', '/nowhere')).headers.get('ratelimit-policy'), '1000000;w=1')
  })

  test('rate: keys that are none count together for the address that tries them', async () => {
    const limits = { ...readLimits({}), httpRequestsPerSecond: 3 }
    const api = createApi({ ...house.services, limits })
    const ask = async (remoteAddress: string, token: string) => {
      const init = { headers: { authorization: `Bearer ${token}` } }
      return (await api.request('/domains', init, { remoteAddress, loopback: false })).status
    }
    const statuses: number[] = []
    for (let call = 0; call < 6; call++) statuses.push(await ask('192.0.2.1', `re_made-up-${call}`))
    assert.deepEqual(statuses, [403, 403, 403, 403, 429, 429])
    assert.equal(await ask('192.0.2.2', house.key), 200)
    house.clock.advance(1000)
    assert.equal(await ask('192.0.2.1', house.key), 200)
  })

  test('who announces a large body and sends it slowly shuts nobody out', async () => {
    const sockets = [1, 2].map(() => connect(Number(new URL(house.url).port), '127.0.0.1'))
    for (const socket of sockets) {
      socket.write(`POST /api-keys HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${house.key}\r\n`)
      socket.write('Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n{')
    }
    try {
      await Promise.all(sockets.map((socket) => once(socket, 'connect')))
      for (let call = 0; call < 5; call++) {
        const body = { name: `${call}${'x'.repeat(7000)}` }
        assert.notEqual((await house.call('POST', '/api-keys', { body })).status, 503)
      }
    } finally {
      for (const socket of sockets) socket.destroy()
    }
  })
})
