import assert from 'node:assert/strict'
import { get } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import type { WebmailFiles } from '../../../shared/servers/http/webmail.ts'
import { type ApiHouse, openApiHouse } from './api-house.ts'

const file = (type: string, text: string) => ({
  type,
  br: brotliCompressSync(text).toString('base64'),
  gzip: gzipSync(text).toString('base64'),
})
const FILES: WebmailFiles = {
  page: file('text/html; charset=utf-8', '<!doctype html>page'),
  frame: file('text/html; charset=utf-8', '<!doctype html>frame'),
  'assets/webmail-ABC.js': file('text/javascript; charset=utf-8', 'export {}'),
}

describe('the webmail by HTTP', () => {
  let house: ApiHouse
  let asked = 0
  before(async () => {
    const files = async () => {
      asked += 1
      if (asked === 1) throw new Error('not built')
      return FILES
    }
    house = await openApiHouse({ webmail: { files, blobOrigins: ['https://bucket.example.com'] } })
  })
  after(() => house.close())

  /** As it goes over the wire. */
  function fetchRaw(path: string, acceptEncoding?: string) {
    return new Promise<{ status: number; headers: Record<string, string>; octets: Buffer }>((resolve, reject) => {
      const headers = acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding }
      get(`${house.url}${path}`, { headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers as Record<string, string>,
            octets: Buffer.concat(chunks),
          }),
        )
      }).on('error', reject)
    })
  }

  test('a build that failed is tried again', async () => {
    assert.equal((await fetchRaw('/')).status, 500)
    assert.equal((await fetchRaw('/')).status, 200)
    await fetchRaw('/')
    assert.equal(asked, 2)
  })

  const CODINGS = [
    ['br, gzip', 'br'],
    ['gzip, deflate, br;q=0', 'gzip'],
    ['gzip;q=0.5, *;q=0.1', 'br'],
    ['*', 'br'],
    ['identity', undefined],
    ['br;q=0, gzip;q=0.0', undefined],
    [undefined, undefined],
  ] as const
  for (const [accepted, coding] of CODINGS) {
    test(`accept-encoding ${accepted ?? 'absent'}: ${coding ?? 'as it is'}`, async () => {
      const { headers, octets } = await fetchRaw('/', accepted)
      assert.equal(headers['content-encoding'], coding)
      assert.equal(headers['vary'], 'accept-encoding')
      const plain = coding === 'br' ? brotliDecompressSync(octets) : coding === 'gzip' ? gunzipSync(octets) : octets
      assert.equal(plain.toString(), '<!doctype html>page')
    })
  }

  test('the page may run its own script alone, and goes into no frame', async () => {
    const { headers } = await fetchRaw('/')
    const policy = headers['content-security-policy']!
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "frame-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ])
      assert.ok(policy.split('; ').includes(rule), rule)
    assert.doesNotMatch(policy, /unsafe/)
    assert.equal(headers['cache-control'], 'no-cache')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
  })

  test('a message can run nothing, and loads images only where they were asked for', async () => {
    const held = (await fetchRaw('/message-frame')).headers['content-security-policy']!
    const shown = (await fetchRaw('/message-frame/images')).headers['content-security-policy']!
    for (const policy of [held, shown]) {
      assert.doesNotMatch(policy, /script-src|connect-src|allow-scripts|allow-forms|allow-top-navigation/)
      assert.match(policy, /default-src 'none'/)
      assert.match(policy, /sandbox allow-same-origin/)
    }
    assert.match(held, /img-src 'self' https:\/\/bucket\.example\.com data:;/)
    assert.match(shown, /img-src 'self' https:\/\/bucket\.example\.com data: https: http:;/)
  })

  test('what its name says never changes is kept for ever; what there is not is not there', async () => {
    const found = await fetchRaw('/assets/webmail-ABC.js')
    assert.equal(found.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(found.headers['content-type'], 'text/javascript; charset=utf-8')
    for (const path of ['/assets/none.js', '/assets/page', '/assets/__proto__', '/assets/..%2Fpage'])
      assert.equal((await fetchRaw(path)).status, 404, path)
  })
})

test('without a webmail there is nothing at the root', async () => {
  const house = await openApiHouse()
  try {
    assert.equal((await fetch(house.url)).status, 404)
  } finally {
    await house.close()
  }
})
