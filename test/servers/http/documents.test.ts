import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createApi } from '../../../shared/servers/http/api.ts'
import { type ApiHouse, openApiHouse } from './api-house.ts'

/** Everything that is no API: pages, and links that the engine signed. */
const isJmap = (route: string) => / \/(jmap\/|\.well-known\/jmap$)/.test(route) // RFC 8620 is its document
const UNDOCUMENTED = ['GET /shared-emails/{token}', 'PUT /blobs/*', 'GET /openapi.json', 'GET /docs', 'GET /blobs/*']

describe('the API describes itself', () => {
  let house: ApiHouse
  before(async () => {
    house = await openApiHouse()
  })
  after(() => house.close())

  test('every route is in the document, and nothing else', async () => {
    const { body } = await house.call('GET', '/openapi.json', { key: null })
    const documented = Object.entries(body.paths as Record<string, object>).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const routes = createApi(house.services)
      .routes.filter(({ method, path }) => method !== 'ALL' && path !== '/*')
      .map(({ method, path }) => `${method} ${path.replace(/:([^/]+)/g, '{$1}')}`)
    assert.deepEqual(
      [...new Set(routes)].filter((route) => !UNDOCUMENTED.includes(route) && !isJmap(route)).sort(),
      documented.sort(),
    )
  })

  test('its patterns are those of JSON Schema, without delimiters and flags', async () => {
    const { body } = await house.call('GET', '/openapi.json', { key: null })
    const patterns = [...JSON.stringify(body).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(([, text]) =>
      JSON.parse(text!),
    )
    assert.ok(patterns.length > 5)
    for (const pattern of patterns) assert.match(pattern, /^\^.*\$$/)
  })

  test('it is an OpenAPI 3.1 document', async () => {
    const { body } = await house.call('GET', '/openapi.json', { key: null })
    assert.equal(body.openapi, '3.1.0')
    assert.equal(typeof body.info.title, 'string')
    assert.equal(typeof body.info.version, 'string')
    assert.deepEqual(body.components.securitySchemes.bearer, { type: 'http', scheme: 'bearer' })
    for (const [path, item] of Object.entries(body.paths as Record<string, Record<string, Operation>>)) {
      for (const [method, operation] of Object.entries(item)) {
        const place = `${method} ${path}`
        const declared = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name)
        const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name)
        assert.deepEqual(declared.sort(), named.sort(), place)
        for (const { schema } of operation.parameters ?? []) assert.ok(schema, place)
        assert.ok(operation.summary, place)
        assert.ok(operation.tags?.length === 1, place)
        assert.ok(
          Object.keys(operation.responses).some((status) => status.startsWith('2')),
          place,
        )
        for (const { description } of Object.values(operation.responses)) assert.ok(description, place)
        for (const scheme of (operation.security ?? []).flatMap(Object.keys)) {
          assert.ok(scheme in body.components.securitySchemes, place)
        }
      }
    }
    for (const reference of references(body)) {
      assert.ok(reference.startsWith('#/components/schemas/'), reference)
      assert.ok(reference.split('/').at(-1)! in body.components.schemas, reference)
    }
  })

  test('the page for people loads nothing', async () => {
    const { status, headers, body } = await house.call('GET', '/docs', { key: null })
    assert.equal(status, 200)
    assert.match(headers.get('content-type')!, /^text\/html/)
    assert.match(headers.get('content-security-policy')!, /default-src 'none'/)
    assert.doesNotMatch(body, /<script|src=|https?:\/\//)
    assert.match(body, /\/domains\/\{id\}/)
  })
})

interface Operation {
  summary?: string
  tags?: string[]
  security?: object[]
  parameters?: { name: string; in: string; schema: object }[]
  responses: Record<string, { description: string }>
}

function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    if (name === '$ref' && typeof inner === 'string') yield inner
    else yield* references(inner)
  }
}
