/** Whatever a client says, it is told what is wrong with it; nothing of it is our fault, and nothing breaks. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { OWN_METHODS } from '../../../shared/servers/jmap/own/own-methods.ts'
import { readLimits } from '../../../shared/settings.ts'
import { type ApiHouse, openApiHouse } from '../http/api-house.ts'
import { type Json, type Person, person, USING } from './jmap-person.ts'

const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 150)
const WORDS = [
  'ids',
  'properties',
  'create',
  'update',
  'destroy',
  'ifInState',
  'sinceState',
  'maxChanges',
  'filter',
  'sort',
  'limit',
  'position',
  'singleton',
  'id',
  'name',
  'email',
  'replyTo',
  'bcc',
  'textSignature',
  'isEnabled',
  'fromDate',
  'toDate',
  'subject',
  'htmlBody',
  'conditions',
  'actions',
  'mailboxIds',
  'keywords',
  'forwardTo',
  'field',
  'test',
  'value',
  'size',
  'octets',
  'clients',
  'theme',
  'identityId',
  'emailId',
  'envelope',
  'mailFrom',
  'rcptTo',
  'parameters',
  'HOLDFOR',
  'HOLDUNTIL',
  'NOTIFY',
  'undoStatus',
  'sendAt',
  'onSuccessUpdateEmail',
  'onSuccessDestroyEmail',
  'operator',
  'text',
  'oldPassword',
  'newPassword',
  'actions/flag',
  'clients/a/b',
  '__proto__',
  'constructor',
  '#x',
  '',
  'a/b',
  '~1',
]
const VALUES = [
  'alice@demo.test',
  'singleton',
  '#x',
  'from',
  'contains',
  'over',
  'all',
  '2026-01-01T00:00:00Z',
  'canceled',
  '\r\n',
  'x'.repeat(3000),
]

const json = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, -1, 1.5, 2 ** 53, ...VALUES),
    fc.string({ maxLength: 8 }),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...WORDS), tie('any'), { maxKeys: 6 }),
  ),
})).any

let house: ApiHouse
let alice: Person
let identity: string
before(async () => {
  house = await openApiHouse({
    limits: readLimits({
      TUBEPOST_LIMIT_HTTP_REQUESTS_PER_SECOND: '1000000',
      TUBEPOST_LIMIT_JMAP_CONCURRENT_REQUESTS: '1000',
    }),
  })
  alice = person(house, house.alice, 'alice@demo.test')
  identity = (await alice.ask('Identity/get', { ids: null })).list[0].id
})
after(() => house.close())

/** Where a /set looks deeper. */
const set = fc.record(
  {
    create: fc.dictionary(fc.constantFrom('a', '__proto__', 'b'), fc.dictionary(fc.constantFrom(...WORDS), json), {
      maxKeys: 3,
    }),
    update: fc.dictionary(fc.constantFrom('singleton', 'x', 'OWN'), fc.dictionary(fc.constantFrom(...WORDS), json), {
      maxKeys: 2,
    }),
    destroy: fc.array(fc.constantFrom('singleton', 'x', 'OWN', '#a'), { maxLength: 3 }),
  },
  { requiredKeys: [] },
)

test('settings and submissions answer whatever comes', async () => {
  const methods = Object.keys(OWN_METHODS).filter((name) => name !== 'Password/change')
  const call = fc.tuple(fc.constantFrom(...methods), fc.oneof(fc.dictionary(fc.constantFrom(...WORDS), json), set))
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 6 }), async (calls) => {
      const methodCalls = calls.map(([name, args], at) => {
        const given = JSON.parse(JSON.stringify(args).replaceAll('"OWN"', JSON.stringify(identity)))
        return [name, { ...given, accountId: alice.accountId }, `c${at}`]
      })
      const headers = { authorization: `Basic ${btoa('alice@demo.test:tubepost-demo')}` }
      const answer = await house.call('POST', '/jmap/api', { key: null, headers, body: { using: USING, methodCalls } })
      assert.equal(answer.status, 200)
      const responses = answer.body.methodResponses as [string, Json, string][]
      assert.ok(responses.length >= calls.length)
      for (const [name, told] of responses)
        assert.ok(name !== 'error' || told.type !== 'serverFail', JSON.stringify(methodCalls))
    }),
    { numRuns: RUNS },
  )
  const [own] = (await alice.ask('Identity/get', { ids: null })).list
  assert.equal(own.email, 'alice@demo.test')
  assert.equal(({} as Json).name, undefined, 'no prototype was touched')
})
