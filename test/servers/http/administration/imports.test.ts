/** Mailboxes in and out by HTTP: octets, flags and dates as they were, once each, however often they are sent. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { FRAMES_TYPE, formatFrameHeader, readFrames } from '../../../../shared/codec/message-frames.ts'
import { type ApiHouse, openApiHouse } from '../api-house.ts'

interface Message {
  key?: string
  flags?: string[]
  received_at?: string
  octets: Buffer
}

function numbered(number: number, key = `k/${number}`): Message {
  return {
    key,
    flags: number % 2 === 0 ? ['\\Seen', '$Forwarded'] : ['\\Flagged', 'work'],
    received_at: new Date(Date.UTC(2019, 0, 1) + number * 1000).toISOString(),
    octets: Buffer.from(
      `Subject: ${number}\r\nMessage-ID: <${number}@x.test>\r\n\r\n${'body '.repeat(number % 50)}\r\n`,
    ),
  }
}

function framed(messages: readonly Message[]): Buffer {
  return Buffer.concat(
    messages.flatMap(({ octets, ...header }) => [formatFrameHeader({ ...header, size: octets.length }), octets]),
  )
}

describe('import and export', () => {
  let house: ApiHouse
  before(async () => {
    house = await openApiHouse()
  })
  after(() => house.close())

  async function send(account: string, mailbox: string, body: Buffer, type = FRAMES_TYPE, query = '') {
    const path = `/accounts/${account}/import?mailbox=${encodeURIComponent(mailbox)}${query}`
    const headers = { authorization: `Bearer ${house.key}`, 'content-type': type }
    const response = await fetch(`${house.url}${path}`, { method: 'POST', headers, body: new Uint8Array(body) })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  async function take(account: string, mailbox: string, query = '') {
    const path = `/accounts/${account}/export?mailbox=${encodeURIComponent(mailbox)}${query}`
    const response = await fetch(`${house.url}${path}`, { headers: { authorization: `Bearer ${house.key}` } })
    assert.equal(response.status, 200)
    const messages: (Message & { uid: number })[] = []
    let end: unknown
    for await (const { header, content } of readFrames(response.body!)) {
      if (header['end'] === true) end = header['after']
      else {
        const { uid, flags, received_at } = header as unknown as { uid: number; flags: string[]; received_at: string }
        messages.push({ uid, flags, received_at, octets: Buffer.concat(await Array.fromAsync(content)) })
      }
    }
    return { messages, end }
  }

  async function newMailbox(name: string, fields: object = {}) {
    const { status, body } = await house.call('POST', '/accounts/alice@demo.test/mailboxes', {
      body: { name, ...fields },
    })
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }

  const sorted = (flags: readonly string[]) => [...flags].sort()

  test('comes in once, and goes out as it was', async () => {
    await newMailbox('Old/Projects')
    const messages = Array.from({ length: 120 }, (_, at) => numbered(at))
    const first = await send('alice@demo.test', 'Old/Projects', framed(messages))
    assert.deepEqual([first.status, first.body['imported'], first.body['known']], [200, 120, 0])
    const again = await send('alice@demo.test', 'Old/Projects', framed([...messages, numbered(120)]))
    assert.deepEqual([again.body['imported'], again.body['known']], [1, 120])
    const { messages: exported, end } = await take('alice@demo.test', 'Old/Projects')
    assert.equal(end, null)
    assert.deepEqual(
      exported.map(({ octets, flags, received_at }) => [octets.toString(), sorted(flags!), received_at]),
      [...messages, numbered(120)].map(({ octets, flags, received_at }) => [
        octets.toString(),
        sorted(flags!),
        received_at,
      ]),
    )
    const { body: known } = await house.call('POST', '/accounts/alice@demo.test/import/known', {
      body: { keys: ['k/1', 'never', 'k/120'] },
    })
    assert.deepEqual(known.data, ['k/1', 'k/120'])
  })

  test('in pages', async () => {
    const uids: number[] = []
    let after: unknown = 0
    while (after !== null) {
      const page = await take('alice@demo.test', 'Old/Projects', `&after=${after}&limit=50`)
      assert.ok(page.messages.length <= 50)
      uids.push(...page.messages.map(({ uid }) => uid))
      after = page.end
    }
    assert.equal(new Set(uids).size, 121)
    const small = await take('alice@demo.test', 'Old/Projects', '&max_octets=1')
    assert.equal(small.messages.length, 1)
  })

  test('four at once bring each message once', async () => {
    await newMailbox('Race')
    const body = framed(Array.from({ length: 100 }, (_, at) => numbered(at, `race/${at}`)))
    const answers = await Promise.all([1, 2, 3, 4].map(() => send('alice@demo.test', 'Race', body)))
    assert.equal(
      answers.reduce((sum, { body: { imported } }) => sum + (imported as number), 0),
      100,
    )
    assert.equal((await take('alice@demo.test', 'Race')).messages.length, 100)
  })

  test('the same key twice in one call is one message; no key, two', async () => {
    await newMailbox('Twice')
    const { key: _key, ...keyless } = numbered(7)
    const sent = await send('alice@demo.test', 'Twice', framed([numbered(7, 'x'), numbered(8, 'x'), keyless, keyless]))
    const data = sent.body['data'] as { status: string; uid?: number }[]
    assert.deepEqual(
      data.map(({ status }) => status),
      ['imported', 'known', 'imported', 'imported'],
    )
    assert.deepEqual(
      (await take('alice@demo.test', 'Twice')).messages.map(({ uid }) => uid),
      [1, 2, 3],
    )
  })

  test('what came whole before the stream broke is kept', async () => {
    await newMailbox('Broken')
    const body = framed([numbered(1, 'b/1'), numbered(2, 'b/2'), numbered(3, 'b/3')])
    const cut = await send('alice@demo.test', 'Broken', body.subarray(0, body.length - 3))
    assert.deepEqual([cut.status, cut.body['name']], [400, 'validation_error'])
    const whole = await send('alice@demo.test', 'Broken', body)
    assert.deepEqual([whole.body['imported'], whole.body['known']], [1, 2])
  })

  test('one message alone', async () => {
    await newMailbox('Alone')
    const octets = Buffer.from('Subject: alone\r\n\r\n')
    const query = `&key=one&flag=${encodeURIComponent('\\Seen')}&flag=${encodeURIComponent('$Junk')}&received_at=2001-02-03T04:05:06Z`
    for (const imported of [1, 0]) {
      const { body } = await send('alice@demo.test', 'Alone', octets, 'message/rfc822', query)
      assert.equal(body['imported'], imported)
    }
    const [message] = (await take('alice@demo.test', 'Alone')).messages
    assert.deepEqual(
      [message!.octets.toString(), message!.flags, message!.received_at],
      [octets.toString(), ['\\Seen', '$Junk'], '2001-02-03T04:05:06.000Z'],
    )
  })

  test('\\Recent and what IMAP cannot name are left out; a date before 1970 is the first there is', async () => {
    await newMailbox('Odd')
    const odd = {
      ...numbered(1, 'odd'),
      flags: ['\\Recent', '\\Seen', 'two words', 'ümlaut', 'ok]'],
      received_at: '1960-01-01T00:00:00Z',
    }
    await send('alice@demo.test', 'Odd', framed([odd]))
    const [message] = (await take('alice@demo.test', 'Odd')).messages
    assert.deepEqual([message!.flags, message!.received_at], [['\\Seen'], '1970-01-01T00:00:00.000Z'])
  })

  test('a message beyond the limit is refused, the others come in', async () => {
    await newMailbox('Large')
    const limit = house.services.limits.messageOctets
    const header = formatFrameHeader({ size: limit + 1, key: 'large' })
    const body = Buffer.concat([
      framed([numbered(1, 'l/1')]),
      header,
      Buffer.alloc(limit + 1, 'x'),
      framed([numbered(2, 'l/2')]),
    ])
    const { body: answer } = await send('alice@demo.test', 'Large', body)
    const data = answer['data'] as { status: string }[]
    assert.deepEqual(
      data.map(({ status }) => status),
      ['imported', 'refused', 'imported'],
    )
  })

  test('room, mailboxes and types', async () => {
    await house.call('PATCH', '/accounts/bob@demo.test', { body: { quota_octets: 100 } })
    const full = await send('bob@demo.test', 'INBOX', framed([{ octets: Buffer.alloc(200, 'x') }]))
    assert.equal(full.status, 507)
    assert.equal((await send('alice@demo.test', 'Nowhere', framed([numbered(1)]))).status, 404)
    assert.equal((await send('nobody@demo.test', 'INBOX', framed([numbered(1)]))).status, 404)
    assert.equal((await send('alice@demo.test', 'INBOX', framed([numbered(1)]), 'text/plain')).status, 400)
    const bad = { ...numbered(1), flags: 'x' as unknown as string[] }
    assert.match(String((await send('alice@demo.test', 'INBOX', framed([bad]))).body['message']), /`flags` is invalid/)
  })

  test('mailboxes are made once, with their special use where it is free', async () => {
    const made = await newMailbox('Gesendet/Älter', { subscribed: true })
    assert.deepEqual([made.name, made.special_use, made.subscribed, made.messages], ['Gesendet/Älter', null, true, 0])
    assert.equal((await newMailbox('Gesendet/Älter')).id, made.id)
    assert.equal((await newMailbox('Other sent', { special_use: 'Sent' })).special_use, null)
    const { body } = await house.call('GET', '/accounts/alice@demo.test/mailboxes?limit=100')
    const uses = body.data.flatMap((one: { special_use: string | null }) => one.special_use ?? [])
    assert.deepEqual(uses.sort(), ['Archive', 'Drafts', 'Junk', 'Sent', 'Trash'])
    const invalid = await house.call('POST', '/accounts/alice@demo.test/mailboxes', { body: { name: 'a//b' } })
    assert.deepEqual([invalid.status, invalid.body.name], [400, 'validation_error'])
  })
})
