import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { createApi } from '../../shared/servers/http/api.ts'
import { type HttpApiEvent, handleHttpApi } from '../../shared/transport/lambda-http.ts'
import { type ApiHouse, openApiHouse } from '../servers/http/api-house.ts'

describe('API Gateway’s events', () => {
  let house: ApiHouse
  before(async () => {
    house = await openApiHouse()
  })
  after(() => house.close())

  const event = (name: string): HttpApiEvent =>
    JSON.parse(readFileSync(new URL(`../../events/api/${name}.json`, import.meta.url), 'utf8'))
  const handle = (request: HttpApiEvent) => {
    const api = createApi(house.services)
    return handleHttpApi(request, (one, origin) => api.fetch(one, origin))
  }

  test('a request without a body', async () => {
    const { statusCode, headers, body, isBase64Encoded } = await handle(event('health'))
    assert.deepEqual([statusCode, body, isBase64Encoded], [200, '{"status":"ok"}', false])
    assert.match(headers['content-type']!, /^application\/json/)
  })

  test('a body in base64; and no demonstration behind somebody who forwards', async () => {
    const request = event('create-key')
    assert.equal((await handle(request)).statusCode, 403)
    const headers = { ...request.headers, authorization: `Bearer ${house.key}` }
    const made = await handle({ ...request, headers })
    assert.equal(made.statusCode, 201)
    assert.match(JSON.parse(made.body).token, /^re_demo_/)
  })

  test('query, cookies, and an answer that is no text', async () => {
    const base = { ...event('health'), rawPath: '/x', rawQueryString: 'a=1&a=2', cookies: ['c=1', 'd=2'] }
    const answer = await handleHttpApi(base, async (request, origin) => {
      assert.equal(request.url, 'https://api.example.com/x?a=1&a=2')
      assert.equal(request.headers.get('cookie'), 'c=1; d=2')
      assert.deepEqual(origin, { remoteAddress: '192.0.2.7', loopback: false, buffered: true })
      const headers = new Headers({ 'content-type': 'image/png' })
      headers.append('set-cookie', 'e=1')
      headers.append('set-cookie', 'f=2')
      return new Response(Uint8Array.of(0xff, 0), { headers })
    })
    assert.deepEqual([answer.body, answer.isBase64Encoded], ['/wA=', true])
    assert.deepEqual(answer.cookies, ['e=1', 'f=2'])
    assert.equal('set-cookie' in answer.headers, false)
  })
})
