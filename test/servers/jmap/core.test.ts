/** RFC 8620 §3: requests, references, and what is wrong with them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { TenantId } from '../../../shared/mailbox/ids.ts'
import { evaluatePointer } from '../../../shared/servers/jmap/references.ts'
import { fill, PASSWORD } from '../../house.ts'
import { type Any, CORE, type JmapHouse, MAIL, openJmapHouse } from './jmap-house.ts'

const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 60)

describe('JMAP core', () => {
  let house: JmapHouse
  before(async () => {
    house = await openJmapHouse()
    await fill(house, house.inbox, 3)
  })
  after(() => house.close())

  test('the session says where everything is, and what may be used (§2)', async () => {
    const headers = { authorization: house.authorization }
    const response = await fetch(`${house.url}/.well-known/jmap`, { headers })
    assert.equal(response.status, 200)
    assert.match(response.headers.get('cache-control')!, /no-store/)
    const session = (await response.json()) as Any
    assert.equal(session.username, 'alice@demo.test')
    assert.deepEqual(Object.keys(session.accounts), [house.accountId])
    assert.equal(session.primaryAccounts[MAIL], house.accountId)
    assert.equal(session.apiUrl, `${house.url}/jmap/api`)
    for (const name of ['{accountId}', '{blobId}', '{name}', '{type}']) assert.ok(session.downloadUrl.includes(name))
    for (const name of ['{types}', '{closeafter}', '{ping}']) assert.ok(session.eventSourceUrl.includes(name))
    assert.equal(session.capabilities[CORE].maxCallsInRequest, 64)
    const { sessionState } = (await (await house.post({ using: [CORE], methodCalls: [] })).json()) as Any
    assert.equal(sessionState, session.state)
  })

  const ECHO = [['Core/echo', { a: 1 }, 'c']]
  const REQUESTS: readonly [what: string, body: unknown, status: number, type: string, limit?: string][] = [
    ['no JSON', '{', 400, 'notJSON'],
    ['no I-JSON', '{"using":[],"methodCalls":[["Core/echo",{"a":"\\udc00"},"c"]]}', 400, 'notJSON'],
    ['no UTF-8', Buffer.from('{"using":["\xff"],"methodCalls":[]}', 'latin1'), 400, 'notJSON'],
    ['a list', [], 400, 'notRequest'],
    ['another object', { foo: 'bar' }, 400, 'notRequest'],
    ['using that is no list', { using: CORE, methodCalls: ECHO }, 400, 'notRequest'],
    ['a call that is none', { using: [CORE], methodCalls: [['Core/echo', {}]] }, 400, 'notRequest'],
    ['arguments that are a list', { using: [CORE], methodCalls: [['Core/echo', [], 'c']] }, 400, 'notRequest'],
    ['createdIds that are no ids', { using: [CORE], methodCalls: ECHO, createdIds: { a: 1 } }, 400, 'notRequest'],
    [
      'nested too deeply',
      `{"using":["${CORE}"],"methodCalls":[["Core/echo",{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}},"c"]]}`,
      400,
      'notRequest',
    ],
    ['an unknown capability', { using: [CORE, 'urn:x'], methodCalls: ECHO }, 400, 'unknownCapability'],
    [
      'too many calls',
      { using: [CORE], methodCalls: Array.from({ length: 65 }, () => ECHO[0]) },
      400,
      'limit',
      'maxCallsInRequest',
    ],
    [
      'too many octets',
      { using: [CORE], methodCalls: [['Core/echo', { a: 'x'.repeat(11 * 1024 * 1024) }, 'c']] },
      400,
      'limit',
      'maxSizeRequest',
    ],
  ]
  for (const [what, body, status, type, limit] of REQUESTS) {
    test(`a request that is ${what} is ${type} (§3.6.1)`, async () => {
      const response =
        body instanceof Uint8Array
          ? await fetch(`${house.url}/jmap/api`, {
              method: 'POST',
              headers: { authorization: house.authorization, 'content-type': 'application/json' },
              body: Uint8Array.from(body),
            })
          : await house.post(body)
      const problem = (await response.json()) as Any
      assert.equal(response.status, status)
      assert.match(response.headers.get('content-type')!, /^application\/problem\+json/)
      assert.equal(problem.type, `urn:ietf:params:jmap:error:${type}`)
      assert.equal(problem.limit, limit)
    })
  }

  test('a body that does not say it is JSON is none', async () => {
    const response = await house.post({ using: [CORE], methodCalls: ECHO }, { 'content-type': 'text/plain' })
    assert.equal(((await response.json()) as Any).type, 'urn:ietf:params:jmap:error:notJSON')
  })

  const CALLS: readonly [what: string, name: string, args: Any, error: string][] = [
    ['a method that there is not', 'Foo/get', {}, 'unknownMethod'],
    ['a name of JavaScript', 'constructor', {}, 'unknownMethod'],
    ['no account', 'Mailbox/get', { accountId: undefined }, 'invalidArguments'],
    ["somebody else's account", 'Mailbox/get', { accountId: 'other' }, 'accountNotFound'],
    ['an argument that there is not', 'Mailbox/get', { foo: 1 }, 'invalidArguments'],
    ['ids that are no list', 'Mailbox/get', { ids: 'x' }, 'invalidArguments'],
    ['an id that is none', 'Mailbox/get', { ids: ['a/b'] }, 'invalidArguments'],
    ['a property that there is not', 'Mailbox/get', { properties: ['foo'] }, 'invalidArguments'],
    ['too many ids', 'Email/get', { ids: Array.from({ length: 1001 }, (_, n) => `x${n}`) }, 'requestTooLarge'],
    ['a state of another kind', 'Email/changes', { sinceState: 'nonsense' }, 'cannotCalculateChanges'],
    ['a state of another kind', 'Mailbox/changes', { sinceState: 'nonsense' }, 'cannotCalculateChanges'],
    ['maxChanges of none', 'Email/changes', { sinceState: 'x', maxChanges: 0 }, 'invalidArguments'],
    ['a filter of another kind', 'Email/query', { filter: { foo: 1 } }, 'unsupportedFilter'],
    ['an operator of another kind', 'Email/query', { filter: { operator: 'XOR', conditions: [] } }, 'invalidArguments'],
    ['a sort of another kind', 'Email/query', { sort: [{ property: 'foo' }] }, 'unsupportedSort'],
    ['a limit below 0', 'Email/query', { limit: -1 }, 'invalidArguments'],
    ['an anchor that is not there', 'Email/query', { anchor: 'nowhere' }, 'anchorNotFound'],
    ['a state that is past', 'Mailbox/set', { ifInState: 'past' }, 'stateMismatch'],
    [
      'a form that the field does not have',
      'Email/get',
      { ids: [], properties: ['header:From:asDate'] },
      'invalidArguments',
    ],
    ['a copy within the account', 'Email/copy', { fromAccountId: 'SELF', create: {} }, 'invalidArguments'],
    ['a copy from elsewhere', 'Email/copy', { fromAccountId: 'other', create: {} }, 'fromAccountNotFound'],
  ]
  for (const [what, name, args, error] of CALLS) {
    test(`${name} with ${what} is ${error} (§3.6.2)`, async () => {
      const given = args.fromAccountId === 'SELF' ? { ...args, fromAccountId: house.accountId } : args
      assert.equal((await house.jmap(name, given)).error?.type, error)
    })
  }

  test('a method of a capability that is not used is unknown, and calls go on after an error (§3.3)', async () => {
    const methodCalls = [
      ['Mailbox/get', { accountId: house.accountId }, 'a'],
      ['Core/echo', { b: 2 }, 'b'],
    ]
    const { methodResponses } = (await (await house.post({ using: [CORE], methodCalls })).json()) as Any
    assert.deepEqual(methodResponses, [
      ['error', { type: 'unknownMethod' }, 'a'],
      ['Core/echo', { b: 2 }, 'b'],
    ])
  })

  test('arguments are taken from earlier answers (§3.7)', async () => {
    const [, [, got], [, broken], [, twice], [, misnamed]] = (await house.calls(
      ['Email/query', { limit: 2 }],
      ['Email/get', { '#ids': { resultOf: 'c0', name: 'Email/query', path: '/ids' }, properties: ['subject'] }],
      ['Email/get', { '#ids': { resultOf: 'c0', name: 'Email/query', path: '/ids/7' } }],
      ['Email/get', { ids: [], '#ids': { resultOf: 'c0', name: 'Email/query', path: '/ids' } }],
      ['Email/get', { '#ids': { resultOf: 'c0', name: 'Email/get', path: '/ids' } }],
    )) as Any
    assert.equal(got.list.length, 2)
    assert.equal(broken.type, 'invalidResultReference')
    assert.equal(twice.type, 'invalidArguments')
    assert.equal(misnamed.type, 'invalidResultReference')
  })

  test('pointers go through lists by * and join lists in lists (§3.7)', () => {
    const document = { list: [{ ids: ['a', 'b'] }, { ids: ['c'] }], 'a/b': { '~': 1 } }
    for (const [path, value] of [
      ['/list/*/ids', ['a', 'b', 'c']],
      ['/list/0/ids/1', 'b'],
      ['/a~1b/~0', 1],
      ['/list/*', document.list],
    ] as const) {
      assert.deepEqual(evaluatePointer(document, path), value, path)
    }
    for (const path of ['list', '/list/2', '/list/01', '/list/-', '/none', '/__proto__', '/list/0/ids/length']) {
      assert.throws(() => evaluatePointer(document, path), path)
    }
  })

  test('ids of what was created are known to later calls and requests (§5.3)', async () => {
    const methodCalls = [
      ['Mailbox/set', { accountId: house.accountId, create: { m: { name: 'Made', parentId: null } } }, 'a'],
      ['Mailbox/get', { accountId: house.accountId, ids: ['#m'], properties: ['name', 'parentId'] }, 'b'],
      ['Mailbox/set', { accountId: house.accountId, create: { n: { name: 'Within', parentId: '#m' } } }, 'c'],
    ]
    const { methodResponses, createdIds } = (await (
      await house.post({ using: [CORE, MAIL], methodCalls, createdIds: {} })
    ).json()) as Any
    const { id } = methodResponses[0][1].created.m
    assert.deepEqual(methodResponses[1][1].list, [{ id, name: 'Made', parentId: null }])
    assert.equal(createdIds.m, id)
    assert.equal(createdIds.n, methodResponses[2][1].created.n.id)
    const { list } = await house.jmap('Mailbox/get', { ids: [createdIds.n], properties: ['parentId'] })
    assert.equal(list[0].parentId, id)
  })

  test("nobody reaches another's account, of another tenant or of their own (I8)", async () => {
    const other = await openJmapHouse()
    try {
      const tenant = 'elsewhere' as TenantId
      await other.store.directory.createTenant(tenant, 'Elsewhere')
      await other.store.directory.addDomain(tenant, 'elsewhere.test', { verified: true })
      await other.store.directory.createAccount(tenant, { localPart: 'eve', domain: 'elsewhere.test' }, PASSWORD)
      await fill(other, other.inbox, 1)
      const [emailId] = (await other.jmap('Email/query')).ids
      const { list } = await other.jmap('Mailbox/get')
      const upload = await fetch(`${other.url}/jmap/upload/${other.accountId}/`, {
        method: 'POST',
        headers: { authorization: other.authorization },
        body: 'mine',
      })
      const { blobId } = (await upload.json()) as Any
      for (const who of ['eve@elsewhere.test', 'bob@demo.test']) {
        const authorization = `Basic ${Buffer.from(`${who}:${PASSWORD}`).toString('base64')}`
        const call = async (name: string, args: Any) => {
          const response = await other.post(
            { using: [CORE, MAIL], methodCalls: [[name, args, 'c']] },
            { authorization },
          )
          const [[, answer]] = ((await response.json()) as Any).methodResponses
          return answer
        }
        assert.equal((await call('Mailbox/get', { accountId: other.accountId })).type, 'accountNotFound')
        const session = await fetch(`${other.url}/jmap/session`, { headers: { authorization } })
        const own = Object.keys(((await session.json()) as Any).accounts)[0]!
        assert.notEqual(own, other.accountId)
        assert.deepEqual((await call('Email/get', { accountId: own, ids: [emailId] })).notFound, [emailId])
        assert.deepEqual((await call('Mailbox/get', { accountId: own, ids: [list[0].id] })).notFound, [list[0].id])
        for (const blob of [emailId, `${emailId}_1`, blobId]) {
          assert.deepEqual((await call('Email/parse', { accountId: own, blobIds: [blob] })).notFound, [blob])
          for (const account of [own, other.accountId]) {
            const url = `${other.url}/jmap/download/${account}/${blob}/a`
            assert.equal((await fetch(url, { headers: { authorization } })).status, 404)
          }
        }
        const made = await call('Email/set', {
          accountId: own,
          create: { d: { mailboxIds: { [list[0].id]: true } } },
          update: { [emailId]: { 'keywords/$seen': true } },
          destroy: [emailId],
        })
        assert.equal(made.notCreated.d.type, 'invalidProperties')
        assert.equal(made.notUpdated[emailId].type, 'notFound')
        assert.equal(made.notDestroyed[emailId].type, 'notFound')
      }
    } finally {
      await other.close()
    }
  })

  test('whatever is asked, every call is answered in the protocol', async () => {
    const names = fc.constantFrom(
      'Mailbox/get',
      'Mailbox/query',
      'Mailbox/changes',
      'Mailbox/queryChanges',
      'Mailbox/set',
      'Thread/get',
      'Thread/changes',
      'Email/get',
      'Email/query',
      'Email/changes',
      'Email/queryChanges',
      'Email/set',
      'Email/import',
      'Email/parse',
      'Email/copy',
      'Blob/copy',
      'SearchSnippet/get',
      'PushSubscription/set',
    )
    const argument = fc.constantFrom(
      'ids',
      'properties',
      'filter',
      'sort',
      'sinceState',
      'sinceQueryState',
      'create',
      'update',
      'destroy',
      'emails',
      'blobIds',
      'emailIds',
      'position',
      'limit',
      'anchor',
      'bodyProperties',
      'maxBodyValueBytes',
      'fromAccountId',
      '#ids',
    )
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.constantFrom<Any>(
        ['header:Subject:asText:all'],
        { a: { mailboxIds: { x: true }, bodyStructure: { subParts: [{}] }, bodyValues: { 1: {} } } },
        { resultOf: 'c0', name: 'Mailbox/get', path: '/list/*/id' },
        { operator: 'NOT', conditions: [{ text: '"' }, { inMailbox: 'x' }] },
        [{ property: 'subject', collation: 'i;ascii-casemap' }],
        -5,
        '__proto__',
      ),
    )
    const args = fc.dictionary(argument, value, { maxKeys: 5, noNullPrototype: true })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, args), { minLength: 1, maxLength: 4 }), async (all) => {
        const answers = await house.calls(...(all as [string, Any][]))
        assert.equal(answers.length, all.length)
        for (const [index, [name, answer]] of answers.entries()) {
          assert.ok(name === all[index]![0] || name === 'error')
          assert.notEqual(answer.type, 'serverFail', JSON.stringify(all[index]))
        }
      }),
      { numRuns: RUNS },
    )
  })
})
