import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { settleQueues } from '../../../house.ts'
import { type ApiHouse, OPERATOR_KEY, openApiHouse } from '../api-house.ts'

const HTML = '<p>Hello <b>there</b> <img src="cid:dot"></p>'
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe('what the relay captured', () => {
  let house: ApiHouse
  const ids: string[] = []
  before(async () => {
    house = await openApiHouse()
    for (const subject of ['First', 'Grüße', 'Third']) {
      const { body } = await house.call('POST', '/emails', {
        body: {
          from: 'Alice <alice@demo.test>',
          to: ['x@example.net'],
          bcc: 'hidden@example.org',
          subject,
          html: HTML,
          text: 'Hello there',
          attachments: [{ filename: 'dot.png', content: DOT, content_type: 'image/png', content_id: 'dot' }],
        },
      })
      ids.push(body.id)
    }
    await settleQueues(house)
  })
  after(() => house.close())

  test('is listed, the newest first, with its envelope', async () => {
    const { status, body } = await house.call('GET', '/captured')
    assert.equal(status, 200)
    assert.deepEqual(
      body.data.map(({ id }: { id: string }) => id),
      ids.toReversed(),
    )
    const [newest] = body.data
    assert.equal(newest.subject, 'Third')
    assert.equal(newest.reverse_path, 'alice@demo.test')
    assert.deepEqual(newest.recipients, ['x@example.net', 'hidden@example.org'])
    const page = await house.call('GET', `/captured?limit=1&after=${ids[2]}`)
    assert.deepEqual([page.body.data[0].subject, page.body.has_more], ['Grüße', true])
  })

  test('is shown as it would have gone', async () => {
    const { body } = await house.call('GET', `/captured/${ids[0]}`)
    assert.equal(body.subject, 'First')
    assert.equal(body.text.trim(), 'Hello there')
    assert.match(body.html, /src="data:image\/png;base64,/)
    assert.equal(body.headers['from'], 'Alice <alice@demo.test>')
    assert.ok(!('bcc' in body.headers))
    assert.deepEqual(
      body.attachments.map(({ filename }: { filename: string }) => filename),
      ['dot.png'],
    )
    const raw = await (await fetch(body.download_url)).text()
    assert.match(raw, /^(?:[^\n]+\n)*Subject: First\r\n/)
  })

  test('the way of an email says when it went, and what the relay answered', async () => {
    const { body } = await house.call('GET', `/emails/${ids[0]}/events`)
    assert.deepEqual(
      body.data.map(({ type, recipient }: Record<string, string>) => [type, recipient]),
      [
        ['queued', null],
        ['sent', 'x@example.net'],
        ['sent', 'hidden@example.org'],
      ],
    )
    assert.equal(body.data[1].reply, '250 2.0.0 captured')
    assert.ok(body.data.every(({ created_at }: Record<string, string>) => !Number.isNaN(Date.parse(created_at!))))
  })

  test('is no other tenant’s, and the operator’s where it acts for the tenant', async () => {
    const { body: tenant } = await house.call('POST', '/tenants', { key: OPERATOR_KEY, body: { id: 'strangers' } })
    const key = tenant.api_key.token
    assert.deepEqual((await house.call('GET', '/captured', { key })).body.data, [])
    assert.equal((await house.call('GET', `/captured/${ids[0]}`, { key })).status, 404)
    assert.equal((await house.call('DELETE', '/captured', { key })).body.deleted, 0)
    const headers = { 'tubepost-tenant': 'demo' }
    assert.equal((await house.call('GET', '/captured', { key: OPERATOR_KEY, headers })).body.data.length, 3)
  })

  test('what is no id is not found', async () => {
    for (const id of ['x', '..', '01900000-0000-7000-8000-000000000000', '%2e%2e%2fdemo'])
      assert.equal((await house.call('GET', `/captured/${id}`)).status, 404, id)
  })

  test('is forgotten when it is told to be', async () => {
    assert.equal((await house.call('DELETE', '/captured')).body.deleted, 3)
    assert.deepEqual((await house.call('GET', '/captured')).body.data, [])
  })
})

test('where the relay sends there are no such routes', async () => {
  const house = await openApiHouse({ showsCaptured: false })
  try {
    assert.equal((await house.call('GET', '/captured')).status, 404)
  } finally {
    await house.close()
  }
})
