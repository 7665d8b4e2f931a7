/** What was sent: its attachments, and pages that show it to others. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Resend } from 'resend'
import { reclaim } from '../../../shared/flows/upkeep/reclaim.ts'
import { DEMO, settleQueues } from '../../house.ts'
import { type ApiHouse, openApiHouse } from './api-house.ts'

const basic = { from: 'Alice <alice@demo.test>', to: 'someone@example.net', subject: 'Hello <b>', text: 'Hi.' }

describe('what was sent, with the resend package', () => {
  let house: ApiHouse
  let resend: Resend
  before(async () => {
    house = await openApiHouse()
    resend = new Resend(house.key, { baseUrl: house.url })
  })
  after(() => house.close())

  async function send(email: object): Promise<string> {
    const { data, error } = await resend.emails.send({ ...basic, ...email })
    assert.equal(error, null)
    return data!.id
  }

  test('attachments: listed and single, by links that need no key; also of what waits', async () => {
    const attachments = [
      { filename: 'one.txt', content: Buffer.from('octets one') },
      { filename: 'two.png', content: Buffer.from('a picture'), contentId: 'pic', contentType: 'image/png' },
    ]
    for (const more of [{}, { scheduledAt: 'in 1 hour' }]) {
      const emailId = await send({ html: '<img src="cid:pic">', attachments, ...more })
      const { data } = await resend.emails.attachments.list({ emailId })
      assert.deepEqual(
        data!.data.map(({ filename, size, content_type, content_disposition, content_id }) => [
          filename,
          size,
          content_type,
          content_disposition,
          content_id,
        ]),
        [
          ['two.png', 9, 'image/png', 'inline', 'pic'],
          ['one.txt', 10, 'text/plain', 'attachment', undefined],
        ],
      )
      const first = (await resend.emails.attachments.list({ emailId, limit: 1 })).data!
      assert.deepEqual([first.data.map(({ filename }) => filename), first.has_more], [['two.png'], true])
      const one = await resend.emails.attachments.get({ emailId, id: data!.data[1]!.id })
      assert.equal(one.data!.object, 'attachment')
      assert.equal(await (await fetch(one.data!.download_url)).text(), 'octets one')
      assert.equal((await resend.emails.attachments.get({ emailId, id: '99' })).error!.name, 'not_found')
    }
    assert.equal((await resend.emails.attachments.list({ emailId: 'x' })).error!.name, 'not_found')
  })

  test('a page for whoever has the link, for a while; nothing on it runs or is fetched', async () => {
    const html = '<p>Hi <script>alert(1)</script><img src="https://tracker.example/x.png"><img src="cid:pic"></p>'
    const attachments = [{ filename: 'p.png', content: Buffer.from('pic'), contentId: 'pic', contentType: 'image/png' }]
    const id = await send({ html, attachments })
    await settleQueues(house)
    const { data, error } = await resend.emails.share(id, { expiresIn: '30m' })
    assert.equal(error, null)
    assert.deepEqual([data!.object, data!.id], ['email', id])
    const page = await fetch(data!.url)
    assert.equal(page.status, 200)
    assert.match(page.headers.get('content-security-policy')!, /default-src 'none'.*frame-ancestors 'none'; sandbox/)
    const shown = await page.text()
    assert.match(shown, /<h1>Hello &lt;b&gt;<\/h1>/)
    assert.match(shown, /<p>Hi <img><img src="data:image\/png;base64,cGlj"><\/p>/)
    assert.doesNotMatch(shown, /alert|tracker/)
    const forged = data!.url.replace(/\.[^.]*$/, `.${Buffer.alloc(32).toString('base64url')}`)
    assert.equal((await fetch(forged)).status, 404)
    assert.equal((await fetch(data!.url.replace(/(\d{5})\./, '99999.'))).status, 404)
    assert.equal((await fetch(`${house.url}/shared-emails/x`)).status, 404)
    house.clock.advance(31 * 60_000)
    assert.equal((await fetch(data!.url)).status, 404)

    const plain = await resend.emails.share(await send({ text: 'a <i>\nb' }))
    assert.match(await (await fetch(plain.data!.url)).text(), /<pre>a &lt;i&gt;\r?\nb/)
    for (const expiresIn of ['49h', 'soon', '0m', '3d']) {
      const refused = await resend.emails.share(id, { expiresIn })
      assert.deepEqual([refused.error!.statusCode, refused.error!.name], [422, 'invalid_parameter'])
    }
    assert.equal((await resend.emails.share('x')).error!.name, 'not_found')
    assert.equal(
      (await house.call('POST', `/emails/${id}/share`, { headers: { 'content-type': 'application/json' } })).status,
      200,
    )
  })

  test('a large attachment by an upload, attached by its id, as often as wanted', async () => {
    const octets = randomBytes(300_000)
    const sha256 = createHash('sha256').update(octets).digest('hex')
    const made = await house.call('POST', '/uploads', { body: { size: octets.length, sha256 } })
    assert.equal(made.status, 201)
    const { id: upload_id, url, headers, method, object } = made.body
    assert.deepEqual([object, method], ['upload', 'PUT'])
    const email = { ...basic, attachments: [{ filename: 'large.bin', upload_id }] }
    const early = await house.call('POST', '/emails', { body: email })
    assert.deepEqual([early.status, early.body.name], [422, 'invalid_attachment'])

    const put = (body: Uint8Array, to = url) => fetch(to, { method: 'PUT', headers, body: Buffer.from(body) })
    assert.equal((await put(randomBytes(octets.length))).status, 400)
    assert.equal((await put(Buffer.concat([octets, octets]))).status, 400)
    assert.equal((await put(octets, url.replace(/length=\d+/, 'length=5'))).status, 404)
    assert.equal((await put(octets)).status, 200)
    assert.equal((await put(octets)).status, 200)
    for (let time = 0; time < 2; time += 1) {
      const sent = await house.call('POST', '/emails', { body: email })
      assert.equal(sent.status, 200)
      const { data } = await resend.emails.attachments.list({ emailId: sent.body.id })
      assert.deepEqual([data!.data[0]!.filename, data!.data[0]!.size], ['large.bin', octets.length])
      const download = await fetch(data!.data[0]!.download_url)
      assert.ok(Buffer.from(await download.arrayBuffer()).equals(octets))
    }
    for (const body of [{ size: 10 ** 9, sha256 }, { size: 5, sha256: 'x' }, { sha256 }]) {
      assert.ok((await house.call('POST', '/uploads', { body })).status >= 400)
    }
    // A day later it is gone.
    house.clock.advance(25 * 3_600_000)
    await reclaim(house.store, DEMO)
    assert.equal((await house.call('POST', '/emails', { body: email })).body.name, 'invalid_attachment')
    assert.equal((await put(octets)).status, 404)
  })
})
