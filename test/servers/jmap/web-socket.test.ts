import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { mailHostOf } from '../../../shared/flows/tenants/domain-records.ts'
import { readLimits } from '../../../shared/settings.ts'
import { guardedFetch } from '../../../shared/transport/guarded-fetch.ts'
import { openHttpDoor } from '../../../shared/transport/http-door.ts'
import { arrive, type House, message, openHouse, PASSWORD, settleQueues } from '../../house.ts'
import { type Json, USING } from './jmap-person.ts'

const LIMITS = readLimits({
  TUBEPOST_LIMIT_HTTP_REQUESTS_PER_SECOND: '1000000',
  TUBEPOST_LIMIT_JMAP_REQUEST_OCTETS: '100000',
  TUBEPOST_LIMIT_JMAP_PUSH_CONNECTIONS: '3',
})

interface Scene {
  house: House
  url: string
  accountId: string
  drain(): Promise<void>
  connect(headers?: Record<string, string>): Promise<Client>
}

class Client {
  readonly socket: WebSocket
  readonly closed: Promise<[number, Buffer]>
  readonly messages: Json[] = []
  #wake = () => {}

  constructor(socket: WebSocket) {
    this.socket = socket
    this.closed = once(socket, 'close') as Promise<[number, Buffer]>
    socket.on('message', (data) => {
      this.messages.push(JSON.parse(data.toString()))
      this.#wake()
    })
  }

  say(message: Json): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** The next message; fails where none comes. */
  async next(): Promise<Json> {
    const until = Date.now() + 10_000
    while (this.messages.length === 0) {
      assert.ok(Date.now() < until, 'no message came')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        setTimeout(resolve, 200)
      })
    }
    return this.messages.shift()
  }

  async ask(message: Json): Promise<Json> {
    this.say(message)
    return this.next()
  }
}

const BASIC = { authorization: `Basic ${Buffer.from(`alice@demo.test:${PASSWORD}`).toString('base64')}` }

async function scene(work: (scene: Scene) => Promise<void>): Promise<void> {
  const house = await openHouse()
  const services = {
    store: house.store,
    limits: LIMITS,
    mailHost: mailHostOf('mx.demo.test'),
    operatorKey: undefined,
    isReady: () => true,
    fetchRemote: guardedFetch({ dns: house.engine.dns }),
  }
  const door = await openHttpDoor(services, { host: '127.0.0.1', port: 0, limits: LIMITS })
  const url = `127.0.0.1:${door.port}`
  let drained: Promise<void> | undefined
  const drain = () => {
    drained ??= door.drain({ graceMs: 2000 })
    return drained
  }
  try {
    await work({
      house,
      url,
      accountId: house.alice.slice('demo/'.length),
      drain,
      async connect(headers = BASIC) {
        const socket = new WebSocket(`ws://${url}/jmap/ws`, ['jmap'], { headers })
        const client = new Client(socket)
        await once(socket, 'open')
        return client
      },
    })
  } finally {
    await drain()
    await house.close()
  }
}

function request(
  { accountId }: Scene,
  id: string | undefined,
  method = 'Mailbox/get',
  args: Json = { ids: null },
): Json {
  const methodCalls = [[method, { accountId, ...args }, 'c0']]
  return { '@type': 'Request', ...(id !== undefined && { id }), using: USING, methodCalls }
}

describe('JMAP over WebSocket (RFC 8887)', () => {
  it('answers requests in their order, and says what is wrong with others', () =>
    scene(async (all) => {
      const session = await fetch(`http://${all.url}/jmap/session`, { headers: BASIC })
      const { capabilities } = (await session.json()) as Json
      assert.deepEqual(capabilities['urn:ietf:params:jmap:websocket'], {
        url: `ws://${all.url}/jmap/ws`,
        supportsPush: true,
      })
      const client = await all.connect()
      assert.equal(client.socket.protocol, 'jmap')
      assert.equal(client.socket.extensions, '', 'no compression')
      const answer = await client.ask(request(all, 'R1'))
      assert.deepEqual([answer['@type'], answer.requestId], ['Response', 'R1'])
      assert.equal(answer.methodResponses[0][1].list.length, 6)
      assert.equal((await client.ask(request(all, undefined))).requestId, undefined)
      for (let n = 0; n < 20; n += 1) client.say(request(all, `many${n}`, 'Core/echo'))
      for (let n = 0; n < 20; n += 1) assert.equal((await client.next()).requestId, `many${n}`)
      const rows: [Json, string][] = [
        ['{', 'notJSON'],
        ['[]', 'notRequest'],
        [{ '@type': 'Moon' }, 'notRequest'],
        [{ '@type': 'Request', id: 'R2', using: [], methodCalls: 7 }, 'notRequest'],
        [{ '@type': 'Request', id: 'R3', using: ['urn:moon'], methodCalls: [] }, 'unknownCapability'],
      ]
      for (const [message, type] of rows) {
        const error = await client.ask(message)
        assert.deepEqual(
          [error['@type'], error.type, error.status],
          ['RequestError', `urn:ietf:params:jmap:error:${type}`, 400],
        )
        assert.equal(error.requestId, message.id ?? null)
      }
      client.socket.close()
      await client.closed
    }))

  it('refuses strangers, other sites and other protocols', () =>
    scene(async ({ url }) => {
      const rows: [what: string, protocols: string[], headers: Record<string, string>, status: number][] = [
        ['nobody', ['jmap'], {}, 401],
        ['a wrong password', ['jmap'], { authorization: `Basic ${btoa('alice@demo.test:wrong')}` }, 401],
        ['another protocol', ['moon'], BASIC, 400],
        ['none', [], BASIC, 400],
      ]
      for (const [what, protocols, headers, status] of rows) {
        const socket = new WebSocket(`ws://${url}/jmap/ws`, protocols, { headers })
        const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
        assert.equal(response.statusCode, status, what)
        socket.on('error', () => {})
        socket.terminate()
      }
      const signedIn = await fetch(`http://${url}/auth/sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'alice@demo.test', password: PASSWORD }),
      })
      const cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!
      const foreign = new WebSocket(`ws://${url}/jmap/ws`, ['jmap'], {
        headers: { cookie, origin: 'https://evil.test' },
      })
      const [, refused] = (await once(foreign, 'unexpected-response')) as [unknown, { statusCode: number }]
      assert.equal(refused.statusCode, 403)
      foreign.on('error', () => {})
      foreign.terminate()
      const own = new WebSocket(`ws://${url}/jmap/ws`, ['jmap'], { headers: { cookie, origin: `http://${url}` } })
      await once(own, 'open')
      own.terminate()
      const elsewhere = new WebSocket(`ws://${url}/emails`, ['jmap'])
      const [, notThere] = (await once(elsewhere, 'unexpected-response')) as [unknown, { statusCode: number }]
      assert.ok(notThere.statusCode >= 400)
      elsewhere.on('error', () => {})
      elsewhere.terminate()
      assert.equal((await fetch(`http://${url}/jmap/ws`, { headers: BASIC })).status, 400)
    }))

  it('leaves other upgrades alone: a client that would rather speak HTTP/2 is answered in HTTP/1.1', () =>
    scene(async (all) => {
      for (const [method, body] of [
        ['GET', undefined],
        ['POST', JSON.stringify({ using: USING, methodCalls: [] })],
      ] as const) {
        const asked = httpRequest(`http://${all.url}/jmap/${method === 'GET' ? 'session' : 'api'}`, {
          method,
          headers: { ...BASIC, connection: 'Upgrade', upgrade: 'h2c', 'content-type': 'application/json' },
        })
        asked.end(body)
        const [response] = (await once(asked, 'response')) as [IncomingMessage]
        assert.equal(response.statusCode, 200, method)
        response.resume()
        await once(response, 'end')
      }
    }))

  it('closes on what is too large or binary, on too many, and when the password changes', () =>
    scene(async (all) => {
      const large = await all.connect()
      large.say('x'.repeat(LIMITS.jmapRequestOctets + 1))
      assert.equal((await large.closed)[0], 1009)
      const binary = await all.connect()
      binary.socket.send(Buffer.from('{}'))
      assert.equal((await binary.closed)[0], 1003)
      const three = [await all.connect(), await all.connect(), await all.connect()]
      const fourth = await all.connect()
      assert.equal((await fourth.closed)[0], 1013)
      for (const { socket } of three.slice(1)) socket.terminate()
      await all.house.demo.accounts.change(all.house.alice, { password: 'another one' })
      all.house.clock.advance(61_000)
      three[0]!.say(request(all, 'late'))
      assert.equal((await three[0]!.closed)[0], 1008)
    }))

  it('asks a client that does not read for no more, and loses nothing of it', () =>
    scene(async (all) => {
      const client = await all.connect()
      const filler = 'x'.repeat(60_000)
      const requests = 400
      client.socket.pause()
      for (let n = 0; n < requests; n += 1) client.say(request(all, `big${n}`, 'Core/echo', { filler }))
      // Both ways are full: what the server has not taken waits at the client.
      const left = () => client.socket.bufferedAmount
      let before = left()
      for (const until = Date.now() + 10_000; Date.now() < until; before = left()) {
        await new Promise((resolve) => setTimeout(resolve, 300))
        if (left() === before) break
      }
      assert.ok(left() > 1_000_000, `${left()} octets are left`)
      client.socket.resume()
      for (let n = 0; n < requests; n += 1) assert.equal((await client.next()).requestId, `big${n}`)
      assert.equal(left(), 0)
    }))

  it('answers what is under way when the house closes, and says that it goes', () =>
    scene(async (all) => {
      const [idle, busy] = [await all.connect(), await all.connect()]
      await busy.ask(request(all, 'R0', 'Core/echo'))
      const drained = all.drain()
      assert.equal((await idle.closed)[0], 1001)
      assert.equal((await busy.closed)[0], 1001)
      await drained
    }))
})

describe('push (RFC 8887 §4.3.5)', () => {
  it('tells of new mail of the wanted types, until it is turned off', () =>
    scene(async (all) => {
      const { house, accountId } = all
      const client = await all.connect()
      client.say({ '@type': 'WebSocketPushEnable', dataTypes: ['Email', 'Mailbox', 'EmailDelivery'] })
      await client.ask(request(all, 'after', 'Core/echo'))
      await arrive(house, [house.alice], message('new'))
      await settleQueues(house)
      const change = await client.next()
      assert.equal(change['@type'], 'StateChange')
      assert.deepEqual(Object.keys(change.changed[accountId]).sort(), ['Email', 'EmailDelivery', 'Mailbox'])
      const state = change.changed[accountId].Email
      const { methodResponses } = await client.ask(request(all, 'now', 'Email/query', { limit: 1 }))
      assert.ok(methodResponses[0][1].ids.length === 1 && state)
      client.say({ '@type': 'WebSocketPushDisable' })
      await client.ask(request(all, 'off', 'Core/echo'))
      await arrive(house, [house.alice], message('unseen'))
      await settleQueues(house)
      await client.ask(request(all, 'still', 'Core/echo'))
      assert.equal(client.messages.length, 0)

      const again = await all.connect()
      again.say({ '@type': 'WebSocketPushEnable', dataTypes: null, pushState: change.pushState })
      const missed = await again.next()
      assert.ok(missed.changed[accountId].Email !== state, 'what came meanwhile is told at once')
      again.say({ '@type': 'WebSocketPushEnable', dataTypes: null, pushState: missed.pushState })
      await again.ask(request(all, 'known', 'Core/echo'))
      assert.equal(again.messages.length, 0)
    }))
})
