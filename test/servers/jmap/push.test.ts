/** Push by EventSource (RFC 8620 §7.3). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openStore } from '../../../shared/store/store.ts'
import { arrive, DEMO, fill, message, settleQueues } from '../../house.ts'
import { type Any, type JmapHouse, openJmapHouse } from './jmap-house.ts'

describe('EventSource', () => {
  let house: JmapHouse
  let ready = true
  before(async () => {
    house = await openJmapHouse({ isReady: () => ready })
  })
  after(() => house.close())

  test('tells what becomes of the account, by whatever protocol, and what is new', async () => {
    const events = await listen('types=*&closeafter=no&ping=0')
    await arrive(house, [house.alice], message('new'))
    await settleQueues(house)
    const arrived = await events.until((changed) => 'EmailDelivery' in changed)
    for (const type of ['Email', 'Thread', 'Mailbox']) assert.ok(type in arrived, type)
    const [id] = (await house.jmap('Email/query')).ids
    const marking = await house.jmap('Email/set', { update: { [id]: { 'keywords/$flagged': true } } })
    const marked = await events.until((changed) => changed.Email === marking.newState)
    assert.ok(!('EmailDelivery' in marked) && !('Mailbox' in marked), JSON.stringify(marked))
    await events.close()
  })

  test('hears of mailboxes that were not there, and of other processes', async () => {
    const events = await listen('types=Mailbox,EmailDelivery&closeafter=no&ping=0')
    const { created } = await house.jmap('Mailbox/set', { create: { m: { name: 'Later' } } })
    await events.until((changed) => 'Mailbox' in changed)
    const other = openStore(house.engine).tenant(DEMO)
    const later = await other.mailboxes.mailbox(house.alice, ['Later'])
    assert.equal(later.split('/')[2], created.m.id)
    await fill({ ...house, demo: other }, later, 1)
    await events.until((changed) => 'EmailDelivery' in changed)
    await events.close()
  })

  test('begins with a comment and no empty line, which some take for an event', async () => {
    const response = await fetch(`${house.url}/jmap/eventsource?types=*&closeafter=no&ping=0`, {
      headers: { authorization: house.authorization },
    })
    const reader = response.body!.getReader()
    assert.equal(Buffer.from((await reader.read()).value!).toString(), ':\n')
    await reader.cancel()
  })

  test('only the types that are asked for; closes after the first where that is wished', async () => {
    const events = await listen('types=Mailbox&closeafter=state&ping=0')
    await fill(house, house.inbox, 1)
    assert.deepEqual(Object.keys(await events.next()), ['Mailbox'])
    assert.equal(await events.ended(), true)
  })

  test('who comes again is told at once what was missed', async () => {
    const events = await listen('types=Email&closeafter=no&ping=0')
    await fill(house, house.inbox, 1)
    await events.next()
    const last = events.lastId
    await events.close()
    await fill(house, house.inbox, 1)
    const again = await listen('types=Email&closeafter=no&ping=0', { 'last-event-id': last })
    const { state } = await house.jmap('Email/get', { ids: [] })
    assert.deepEqual(await again.next(), { Email: state })
    await again.close()
  })

  test('pings are no more often than every five seconds, and say so', async () => {
    const events = await listen('types=Email&closeafter=no&ping=1')
    assert.deepEqual(await events.ping(), { interval: 5 })
    await events.close()
  })

  test('is for who is signed in, with a question that can be read', async () => {
    const ask = (query: string, authorization = house.authorization) =>
      fetch(`${house.url}/jmap/eventsource?${query}`, { headers: { authorization } })
    assert.equal((await ask('types=*&closeafter=no&ping=0', '')).status, 401)
    assert.equal((await ask('types=*&closeafter=perhaps&ping=0')).status, 400)
    assert.equal((await ask('types=*&closeafter=no&ping=often')).status, 400)
  })

  test('connections have an end: too many of an account, and a process that drains', async () => {
    const limited = await openJmapHouse({
      isReady: () => ready,
      limits: { ...house.services.limits, jmapPushConnections: 1 },
    })
    try {
      const first = await listen('types=*&closeafter=no&ping=0', {}, limited)
      const headers = { authorization: limited.authorization }
      assert.equal((await fetch(`${limited.url}/jmap/eventsource?types=*`, { headers })).status, 429)
      ready = false
      assert.equal(await first.ended(), true)
      ready = true
    } finally {
      ready = true
      await limited.close()
    }
  })

  async function listen(query: string, headers: Record<string, string> = {}, at: JmapHouse = house) {
    const controller = new AbortController()
    const response = await fetch(`${at.url}/jmap/eventsource?${query}`, {
      headers: { authorization: at.authorization, ...headers },
      signal: controller.signal,
    })
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-type')!, /^text\/event-stream/)
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const timer = setTimeout(() => controller.abort(new Error('nothing came for 20 s')), 20_000)
    const events = {
      lastId: '',
      async event(): Promise<Map<string, string> | undefined> {
        for (;;) {
          const end = text.indexOf('\n\n')
          if (end >= 0) {
            const lines = text.slice(0, end).split('\n')
            text = text.slice(end + 2)
            const fields = new Map(lines.map((line) => [line.split(':')[0]!, line.slice(line.indexOf(':') + 1).trim()]))
            if (fields.has('event')) return fields
            continue
          }
          const { value, done } = await reader.read()
          if (done) return undefined
          text += value
        }
      },
      async next(): Promise<Any> {
        for (;;) {
          const event = await events.event()
          assert.ok(event, 'the stream ended')
          if (event.get('event') !== 'state') continue
          events.lastId = event.get('id')!
          const data = JSON.parse(event.get('data')!)
          assert.equal(data['@type'], 'StateChange')
          return data.changed[at.accountId]
        }
      },
      async until(wanted: (changed: Any) => boolean): Promise<Any> {
        for (;;) {
          const changed = await events.next()
          if (wanted(changed)) return changed
        }
      },
      async ping(): Promise<Any> {
        for (;;) {
          const event = await events.event()
          assert.ok(event, 'the stream ended')
          if (event.get('event') === 'ping') return JSON.parse(event.get('data')!)
        }
      },
      async ended(): Promise<boolean> {
        while ((await events.event()) !== undefined);
        clearTimeout(timer)
        return true
      },
      async close() {
        clearTimeout(timer)
        await reader.cancel()
        controller.abort()
      },
    }
    return events
  }
})
