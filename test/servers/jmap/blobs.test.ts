/** Upload and download (RFC 8620 §6). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { reclaim } from '../../../shared/flows/upkeep/reclaim.ts'
import { NO_FLAGS } from '../../../shared/mailbox/flags.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { createApi } from '../../../shared/servers/http/api.ts'
import { DEMO, fill, PASSWORD, SCAN } from '../../house.ts'
import { type Any, type JmapHouse, openJmapHouse } from './jmap-house.ts'

describe('blobs', () => {
  let house: JmapHouse
  before(async () => {
    const { services } = (house = await openJmapHouse())
    services.limits = { ...services.limits, messageOctets: 1000, jmapUploadsOctets: 3000 }
    await house.close()
    house = await openJmapHouse({ limits: services.limits })
    await fill(house, house.inbox, 1)
  })
  after(() => house.close())

  const bob = `Basic ${Buffer.from(`bob@demo.test:${PASSWORD}`).toString('base64')}`
  const upload = (octets: string, { accountId = house.accountId, authorization = house.authorization } = {}) =>
    fetch(`${house.url}/jmap/upload/${accountId}/`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'text/plain' },
      body: octets,
    })
  const download = (
    blobId: string,
    {
      name = 'a.txt',
      type = 'text/plain',
      headers = {} as Record<string, string>,
      authorization = house.authorization,
    } = {},
  ) =>
    fetch(
      `${house.url}/jmap/download/${house.accountId}/${blobId}/${encodeURIComponent(name)}?type=${encodeURIComponent(type)}`,
      {
        headers: { authorization, ...headers },
      },
    )

  test('what is uploaded can be downloaded, by its owner alone', async () => {
    const response = await upload('hello')
    assert.equal(response.status, 201)
    const { blobId, ...more } = (await response.json()) as Any
    assert.deepEqual(more, { accountId: house.accountId, type: 'text/plain', size: 5 })
    const back = await download(blobId)
    assert.equal(await back.text(), 'hello')
    assert.equal((await download(blobId, { authorization: bob })).status, 404)
    assert.equal((await download(blobId, { authorization: '' })).status, 401)
    assert.equal((await upload('x', { authorization: bob })).status, 404)
    assert.equal((await upload('x', { accountId: 'other' })).status, 404)
  })

  test('a download is never a page of ours', async () => {
    const { blobId } = (await (await upload('<script>alert(1)</script>')).json()) as Any
    const { headers } = await download(blobId, { name: 'ä"/..\\x.html', type: 'text/html' })
    assert.equal(headers.get('content-type'), 'text/html')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('content-security-policy')!, /default-src 'none'; sandbox/)
    assert.match(headers.get('content-disposition')!, /^attachment; filename="[^"]*"; filename\*=UTF-8''/)
    assert.match(headers.get('cache-control')!, /private, immutable/)
    const odd = await download(blobId, { type: 'text/html\r\nx: y' })
    assert.equal(odd.headers.get('content-type'), 'application/octet-stream')
  })

  const RANGES: readonly [range: string, status: number, body: string, contentRange: string | null][] = [
    ['bytes=0-1', 206, 'he', 'bytes 0-1/5'],
    ['bytes=3-', 206, 'lo', 'bytes 3-4/5'],
    ['bytes=-2', 206, 'lo', 'bytes 3-4/5'],
    ['bytes=-9', 206, 'hello', 'bytes 0-4/5'],
    ['bytes=1-99', 206, 'ello', 'bytes 1-4/5'],
    ['bytes=5-', 416, '', 'bytes */5'],
    ['bytes=2-1', 200, 'hello', null],
    ['bytes=0-1,3-4', 200, 'hello', null],
    ['octets=0-1', 200, 'hello', null],
  ]
  test('ranges (RFC 9110 §14)', async () => {
    const { blobId } = (await (await upload('hello')).json()) as Any
    for (const [range, status, body, contentRange] of RANGES) {
      const response = await download(blobId, { headers: { range } })
      assert.equal(response.status, status, range)
      assert.equal(response.headers.get('content-range'), contentRange, range)
      assert.equal(await response.text(), body, range)
    }
  })

  test('what a client has it need not load again (RFC 9110 §13)', async () => {
    const { blobId } = (await (await upload('hello')).json()) as Any
    const other = (await (await upload('other')).json()) as Any
    const etag = (await download(blobId)).headers.get('etag')!
    assert.notEqual(etag, (await download(other.blobId)).headers.get('etag'))
    const range = 'bytes=0-1'
    for (const [headers, status] of [
      [{ 'if-none-match': etag }, 304],
      [{ 'if-none-match': `"x", W/${etag}` }, 304],
      [{ 'if-none-match': '"x"' }, 200],
      [{ 'if-range': etag, range }, 206],
      [{ 'if-range': '"x"', range }, 200],
      [{ 'if-range': 'Mon, 23 Nov 2026 20:00:00 GMT', range }, 200],
    ] as const) {
      const response = await download(blobId, { headers: { ...headers } })
      assert.equal(response.status, status, JSON.stringify(headers))
      assert.equal(await response.text(), { 200: 'hello', 206: 'he', 304: '' }[status])
    }
  })

  test('ids that are none', async () => {
    const [id] = (await house.jmap('Email/query')).ids
    for (const blobId of [
      'x',
      'U',
      'Ux',
      `${id}_2`,
      `${id}_1_1_1`,
      `${id}_0`,
      `${id}_01`,
      `${id}_m_m_m_m_1`,
      `${id}_`,
      'U/../x',
    ]) {
      assert.equal((await download(blobId)).status, 404, blobId)
    }
    assert.equal((await download(`${id}_1`)).status, 200)
    assert.equal(await (await download(`${id}_m_1`)).text(), 'Hello.\r\n')
  })

  test('uploads have an end, each and together', async () => {
    const tooLarge = await upload('x'.repeat(1001))
    assert.equal(tooLarge.status, 413)
    const problem = (await tooLarge.json()) as Any
    assert.deepEqual([problem.type, problem.limit], ['urn:ietf:params:jmap:error:limit', 'maxSizeUpload'])
    const statuses: number[] = []
    for (let sent = 0; sent < 4; sent += 1) statuses.push((await upload('x'.repeat(900))).status)
    assert.equal(statuses[0], 201)
    assert.equal(statuses.at(-1), 507)
  })

  test('what nobody uses is gone after a day', async () => {
    house.clock.advance(25 * 60 * 60_000)
    const { blobId } = (await (await upload('young')).json()) as Any
    await reclaim(house.store, DEMO)
    assert.equal((await download(blobId)).status, 200)
    const { demo } = house
    const left = await demo.engine.blobs.list(`upload/demo/${house.accountId}/`)
    assert.equal(left.length, 1)
  })
})

test('what is too large for an answer that must be whole is a link (DESIGN §4)', async () => {
  const house = await openJmapHouse()
  try {
    const octets = 'abcdefg\n'.repeat(700_000)
    const base64 = Buffer.from(octets).toString('base64').replace(/.{76}/g, '$&\r\n')
    const lines = ['Content-Type: application/pdf', 'Content-Transfer-Encoding: base64', '', base64]
    const source = sourceOf(Buffer.from(lines.join('\r\n')))
    await appendMessages(house.demo, house.inbox, [{ source, flags: NO_FLAGS }], SCAN)
    const [id] = (await house.jmap('Email/query')).ids
    const api = createApi(house.services)
    const ask = (blobId: string, buffered: boolean) =>
      api.fetch(
        new Request(`${house.url}/jmap/download/${house.accountId}/${blobId}/a.pdf?type=application/pdf`, {
          headers: { authorization: house.authorization },
        }),
        { remoteAddress: '127.0.0.1', loopback: true, ...(buffered && { buffered: true as const }) },
      )
    for (const [blobId, whole] of [
      [`${id}_1`, octets],
      [id, lines.join('\r\n')],
    ]) {
      const streamed = await ask(blobId, false)
      assert.equal(streamed.status, 200)
      assert.equal(await streamed.text(), whole)
      const linked = await ask(blobId, true)
      assert.equal(linked.status, 302)
      const response = await fetch(linked.headers.get('location')!)
      assert.match(response.headers.get('content-disposition')!, /^attachment; filename="a.pdf"/)
      assert.equal(await response.text(), whole)
    }
  } finally {
    await house.close()
  }
})
