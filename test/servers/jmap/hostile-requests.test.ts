/** Requests that are small to send and would be endless to answer. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fill } from '../../house.ts'
import { type Any, type JmapHouse, openJmapHouse } from './jmap-house.ts'

/** Far above what they take, far below what they took. */
const DEADLINE_MS = 15_000

describe('JMAP with requests that multiply', () => {
  let house: JmapHouse
  let emailId: string
  before(async () => {
    house = await openJmapHouse()
    await fill(house, house.inbox, 2)
    emailId = (await house.jmap('Email/query')).ids[0]
  })
  after(() => house.close())

  async function inTime<T>(work: () => Promise<T>): Promise<T> {
    const startedMs = performance.now()
    const answer = await work()
    assert.ok(performance.now() - startedMs < DEADLINE_MS, `${performance.now() - startedMs} ms`)
    return answer
  }

  const OWN = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail', 'https://tubepost.dev/jmap/account']
  async function own(name: string, args: Any): Promise<Any> {
    const methodCalls = [[name, { accountId: house.accountId, ...args }, 'c']]
    const { methodResponses } = (await (await house.post({ using: OWN, methodCalls })).json()) as Any
    return methodResponses[0][1]
  }

  test('a patch of many paths takes time in proportion to it', async () => {
    const patch = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`undoSendSeconds/${n}`, 1]))
    const answer = await inTime(() => own('AccountSettings/set', { update: { singleton: patch } }))
    assert.equal(answer.notUpdated.singleton.type, 'invalidPatch')
  })

  test('a path of very many levels is refused', async () => {
    for (const key of [`keywords${'/a'.repeat(500_000)}`, '/'.repeat(1_000_000)]) {
      const answer = await inTime(() => house.jmap('Email/set', { update: { [emailId]: { [key]: true } } }))
      assert.equal(answer.notUpdated[emailId].type, 'invalidPatch')
    }
  })

  test('paths within one another are refused, however they are ordered', async () => {
    for (const patch of [
      { keywords: {}, 'keywords/a': true },
      { 'keywords/a': true, keywords: {} },
    ]) {
      const answer = await house.jmap('Email/set', { update: { [emailId]: patch } })
      assert.equal(answer.notUpdated[emailId].type, 'invalidPatch')
    }
  })

  test('references on references on references end', async () => {
    const twice = (callId: string) => ({ resultOf: callId, name: 'Core/echo', path: '' })
    const calls: [string, Any][] = [['Core/echo', { a: [1, 2, 3] }]]
    for (let n = 1; n < 60; n += 1) calls.push(['Core/echo', { '#a': twice(`c${n - 1}`), '#b': twice(`c${n - 1}`) }])
    const answers = await inTime(() => house.calls(...calls))
    assert.equal(answers.length, 60)
    assert.equal(answers[10]![0], 'Core/echo')
    assert.deepEqual(answers.at(-1)!.slice(0, 1), ['error'])
    assert.equal(answers.find(([name]) => name === 'error')![1].type, 'invalidResultReference')
  })

  test('a pointer of very many levels through a long list ends', async () => {
    const path = `/list${'/*'.repeat(200_000)}`
    const [, [name]] = (await inTime(() =>
      house.calls(
        ['Core/echo', { list: Array.from({ length: 50_000 }, () => []) }],
        ['Email/get', { '#ids': { resultOf: 'c0', name: 'Core/echo', path } }],
      ),
    )) as Any
    assert.equal(name, 'Email/get')
  })

  test('a part has so many header fields and no more', async () => {
    const headers = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`header:X-${n}`, 'a']))
    const bodyStructure = { type: 'text/plain', partId: '1', ...headers }
    const { list } = await house.jmap('Mailbox/get')
    const email = { mailboxIds: { [list[0].id]: true }, bodyStructure, bodyValues: { 1: { value: '' } } }
    for (const create of [{ e: email }, { e: { ...headers, mailboxIds: email.mailboxIds } }]) {
      const answer = await inTime(() => house.jmap('Email/set', { create }))
      assert.equal(answer.notCreated.e.type, 'invalidProperties')
    }
  })

  test('a filter looks for so many words and no more', async () => {
    const words = (n: number) => ({ text: Array.from({ length: 50 }, (_, m) => `w${n}x${m}`).join(' ') })
    const conditions = Array.from({ length: 900 }, (_, n) => words(n))
    const answer = await inTime(() => house.jmap('Email/query', { filter: { operator: 'OR', conditions } }))
    assert.equal(answer.error.type, 'unsupportedFilter')
    const some = { operator: 'AND', conditions: conditions.slice(0, 3) }
    assert.deepEqual((await house.jmap('Email/query', { filter: some })).ids, [])
  })

  test('a message is asked for so many properties and no more', async () => {
    const names = (many: number) => Array.from({ length: many }, (_, n) => `header:X-${n}`)
    for (const args of [{ properties: names(301) }, { properties: ['bodyStructure'], bodyProperties: names(301) }]) {
      assert.equal((await house.jmap('Email/get', { ids: [emailId], ...args })).error.type, 'requestTooLarge')
    }
    // What is named twice counts once.
    const same = { ids: [emailId], properties: Array.from({ length: 5000 }, () => 'subject') }
    assert.equal((await house.jmap('Email/get', same)).list.length, 1)
  })

  test('the answers to one request have one room together', async () => {
    const { list } = await house.jmap('Mailbox/get')
    const value = 'x'.repeat(4 * 1024 * 1024)
    const mailboxIds = { [list[0].id]: true }
    const email = { mailboxIds, textBody: [{ partId: '1' }], bodyValues: { 1: { value } } }
    const { created } = await house.jmap('Email/set', { create: { e: email } })
    const get = ['Email/get', { ids: [created.e.id], properties: ['bodyValues'], fetchTextBodyValues: true }]
    const answers = await house.calls(...(Array.from({ length: 20 }, () => get) as [string, Any][]))
    const octets = answers.reduce((sum, [, args]) => sum + JSON.stringify(args).length, 0)
    assert.ok(octets < 48 * 1024 * 1024, `${octets} octets`)
    const last = Object.values(answers.at(-1)![1].list[0].bodyValues)[0] as Any
    assert.deepEqual([last.value, last.isTruncated], ['', true])
  })

  test('JSON of too many levels or values is refused before it takes any room', async () => {
    const deep = '['.repeat(5_000_000)
    const wide = `{"using":[],"methodCalls":[${'{},'.repeat(2_000_000)}{}]}`
    for (const body of [deep, wide]) {
      const response = await inTime(() => house.post(body))
      assert.equal(response.status, 400)
      assert.match(((await response.json()) as Any).type, /notRequest$/)
      const options = { method: 'POST', headers: { authorization: `Bearer ${house.key}` }, body }
      const headers = { ...options.headers, 'content-type': 'application/json' }
      const refused = await inTime(() => fetch(`${house.url}/emails`, { ...options, headers }))
      assert.equal(refused.status, 400)
    }
  })
})
