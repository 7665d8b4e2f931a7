import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listAll } from '../../../shared/ports/blobs.ts'
import { arrive, DEMO, message, PASSWORD } from '../../house.ts'
import { type ApiHouse, openApiHouse } from '../http/api-house.ts'
import { held, type Person, person, workAll } from './jmap-person.ts'

async function opened(work: (house: ApiHouse, alice: Person) => Promise<void>): Promise<void> {
  const house = await openApiHouse()
  try {
    await work(house, person(house, house.alice, 'alice@demo.test'))
  } finally {
    await house.close()
  }
}

describe('identities (RFC 8621 §6)', () => {
  it('are the own address, aliases that lead there, and what one makes of addresses one may send as', () =>
    opened(async (house, alice) => {
      await house.store.aliases.add(
        DEMO,
        { localPart: 'sales', domain: 'demo.test' },
        { accounts: [house.alice, house.bob], forwards: [] },
      )
      await alice.ask('AccountSettings/set', { update: { singleton: { displayName: 'Alice A.' } } })
      const first = await alice.ask('Identity/get', { ids: null })
      assert.deepEqual(
        first.list.map(({ email, name, mayDelete }: Record<string, unknown>) => [email, name, mayDelete]),
        [
          ['alice@demo.test', 'Alice A.', false],
          ['sales@demo.test', 'Alice A.', false],
        ],
      )
      const [own] = first.list
      const set = await alice.ask('Identity/set', {
        create: {
          detail: { email: 'alice+shop@demo.test', name: 'Shop', textSignature: '-- \nA' },
          stranger: { email: 'bob@demo.test' },
          broken: { email: 'no address' },
          twoLines: { email: 'alice@demo.test', name: 'a\r\nBcc: x@y' },
        },
        update: {
          [own.id]: { textSignature: 'Regards', replyTo: [{ name: 'Desk', email: 'desk@demo.test' }] },
          nobody: { name: 'x' },
        },
        destroy: [first.list[1].id],
      })
      assert.deepEqual(Object.keys(set.created), ['detail'])
      assert.equal(set.created.detail.mayDelete, true)
      const reasons = Object.entries(set.notCreated).map(([name, error]) => [name, (error as { type: string }).type])
      assert.deepEqual(reasons, [
        ['stranger', 'forbiddenFrom'],
        ['broken', 'invalidProperties'],
        ['twoLines', 'invalidProperties'],
      ])
      assert.deepEqual(set.updated, { [own.id]: null })
      assert.equal(set.notUpdated.nobody.type, 'notFound')
      assert.equal(set.notDestroyed[first.list[1].id].type, 'forbidden')
      const after = await alice.ask('Identity/get', { ids: null })
      assert.equal(after.state, set.newState)
      assert.equal(after.list.length, 3)
      assert.deepEqual(after.list[0].replyTo, [{ name: 'Desk', email: 'desk@demo.test' }])
      assert.deepEqual((await alice.ask('Identity/changes', { sinceState: after.state })).updated, [])
      const changed = await alice.ask('Identity/changes', { sinceState: first.state })
      assert.deepEqual(changed, {
        ...{ accountId: changed.accountId, oldState: first.state, newState: after.state, hasMoreChanges: false },
        ...{ created: [set.created.detail.id], updated: [own.id], destroyed: [] },
      })
      const some = await alice.ask('Identity/changes', { sinceState: first.state, maxChanges: 1 })
      const more = await alice.ask('Identity/changes', { sinceState: some.newState, maxChanges: 1 })
      assert.deepEqual([some.hasMoreChanges, more.hasMoreChanges, more.newState], [true, false, after.state])
      assert.deepEqual([...some.created, ...more.created, ...some.updated, ...more.updated].length, 2)
      const strange = await alice.ask('Identity/changes', { sinceState: 'strange' })
      assert.equal(strange.error.type, 'cannotCalculateChanges')
      const late = await alice.ask('Identity/set', { ifInState: first.state, destroy: [set.created.detail.id] })
      assert.equal(late.error.type, 'stateMismatch')
      const long = Object.fromEntries(
        ['a', 'b', 'c', 'd'].map((name) => [name, { email: 'alice@demo.test', htmlSignature: 'x'.repeat(60_000) }]),
      )
      assert.equal((await alice.ask('Identity/set', { create: long })).error.type, 'requestTooLarge')
      const gone = await alice.ask('Identity/set', { destroy: [set.created.detail.id] })
      assert.deepEqual(gone.destroyed, [set.created.detail.id])
      const went = await alice.ask('Identity/changes', { sinceState: after.state })
      assert.deepEqual([went.created, went.updated, went.destroyed], [[], [], [set.created.detail.id]])
    }))
})

describe('the vacation response (RFC 8621 §8)', () => {
  it('is one, set by a patch, and answers', () =>
    opened(async (house, alice) => {
      const { list } = await alice.ask('VacationResponse/get', { ids: null })
      assert.equal(list.length, 1)
      assert.equal(list[0].isEnabled, false)
      const set = await alice.ask('VacationResponse/set', {
        create: { x: {} },
        update: { singleton: { isEnabled: true, textBody: 'Away', fromDate: '2020-01-01T00:00:00Z' } },
      })
      assert.deepEqual(set.updated, { singleton: null })
      assert.equal(set.notCreated.x.type, 'singleton')
      const bad = await alice.ask('VacationResponse/set', { update: { singleton: { fromDate: 'tomorrow' } } })
      assert.deepEqual(bad.notUpdated.singleton.properties, ['fromDate'])
      const [kept] = (await alice.ask('VacationResponse/get', { ids: ['singleton'] })).list
      assert.deepEqual([kept.fromDate, kept.textBody, kept.toDate], ['2020-01-01T00:00:00Z', 'Away', null])
      await arrive(house, [house.alice], message('a question', 'Hello?\r\n'))
      await workAll(house)
      const captured = await Array.fromAsync(listAll(house.engine.blobs, `captured/${DEMO}/`))
      assert.equal(captured.length, 1)
    }))
})

describe('rules', () => {
  it('are made, ordered and followed', () =>
    opened(async (house, alice) => {
      const lists = await house.demo.mailboxes.create(house.alice, ['Lists'])
      const listsId = lists.slice(lists.lastIndexOf('/') + 1)
      const set = await alice.ask('Rule/set', {
        create: {
          second: { name: 'second', sortOrder: 2, conditions: [], actions: { flag: true } },
          first: {
            name: 'first',
            sortOrder: 1,
            conditions: [{ field: 'subject', test: 'contains', value: 'list' }],
            actions: { mailboxIds: { [listsId]: true }, markRead: true, keywords: { $work: true }, stop: true },
          },
          noMailbox: { actions: { mailboxIds: { nowhere: true } } },
          noField: { conditions: [{ field: 'moon', test: 'is', value: 'x' }] },
          empty: { conditions: [{ field: 'from', test: 'contains', value: ' ' }] },
          badForward: { actions: { forwardTo: ['nobody'] } },
          ownForward: { actions: { forwardTo: ['Alice@demo.test'] } },
          badKeyword: { actions: { keywords: { 'a b': true } } },
        },
      })
      assert.deepEqual(Object.keys(set.created).sort(), ['first', 'second'])
      assert.equal(Object.keys(set.notCreated).length, 6)
      const { list, state } = await alice.ask('Rule/get', { ids: null })
      assert.deepEqual(
        list.map(({ name }: { name: string }) => name),
        ['first', 'second'],
      )
      assert.equal(state, set.newState)
      await arrive(house, [house.alice], message('to the list'))
      await arrive(house, [house.alice], message('other'))
      await workAll(house)
      assert.deepEqual([await held(house, house.alice, 'Lists'), await held(house, house.alice, 'INBOX')], [1, 1])
      const patched = await alice.ask('Rule/set', {
        update: { [set.created.first.id]: { 'actions/markRead': false, isEnabled: false } },
      })
      assert.deepEqual(patched.updated, { [set.created.first.id]: null })
      await house.demo.mailboxes.delete(house.alice, ['Lists'])
      const renamed = await alice.ask('Rule/set', { update: { [set.created.first.id]: { name: 'still there' } } })
      assert.deepEqual(renamed.updated, { [set.created.first.id]: null }, 'a mailbox that is gone may stay named')
    }))
})

describe('quotas (RFC 9425)', () => {
  it('tell what the account holds, where it has a limit', () =>
    opened(async (house, alice) => {
      assert.deepEqual((await alice.ask('Quota/get', { ids: null })).list, [])
      await house.demo.accounts.change(house.alice, { quotaOctets: 1_000_000 })
      await arrive(house, [house.alice], message('something'))
      await workAll(house)
      const { list, state } = await alice.ask('Quota/get', { ids: null })
      assert.equal(list.length, 1)
      assert.ok(list[0].used > 100 && list[0].hardLimit === 1_000_000)
      assert.deepEqual([list[0].resourceType, list[0].scope, list[0].types], ['octets', 'account', ['Mail']])
      assert.deepEqual((await alice.ask('Quota/changes', { sinceState: state })).updatedProperties, null)
      assert.deepEqual((await alice.ask('Quota/query', { filter: { name: 'stor', type: 'Mail' } })).ids, ['storage'])
      assert.deepEqual((await alice.ask('Quota/query', { filter: { type: 'Calendar' } })).ids, [])
      assert.equal((await alice.ask('Quota/query', { filter: { moon: 'x' } })).error.type, 'unsupportedFilter')
    }))
})

describe('the account', () => {
  it('keeps settings, bounded', () =>
    opened(async (_house, alice) => {
      const set = await alice.ask('AccountSettings/set', {
        update: { singleton: { theme: 'dark', undoSendSeconds: 20, 'clients/webmail': { dense: true } } },
      })
      assert.deepEqual(set.updated, { singleton: null })
      const [settings] = (await alice.ask('AccountSettings/get', { ids: null })).list
      assert.deepEqual(
        [settings.theme, settings.undoSendSeconds, settings.clients],
        ['dark', 20, { webmail: { dense: true } }],
      )
      const reset = await alice.ask('AccountSettings/set', { update: { singleton: { theme: null, clients: null } } })
      assert.deepEqual(reset.updated, { singleton: null })
      for (const patch of [{ theme: 'pink' }, { undoSendSeconds: -1 }, { moon: 1 }]) {
        const refused = await alice.ask('AccountSettings/set', { update: { singleton: patch } })
        assert.equal(refused.notUpdated.singleton.type, 'invalidProperties')
      }
      const large = await alice.ask('AccountSettings/set', {
        update: { singleton: { clients: { x: 'y'.repeat(20_000) } } },
      })
      assert.equal(large.notUpdated.singleton.type, 'tooLarge')
    }))

  it('makes app passwords that sign in, and takes them back', () =>
    opened(async (house, alice) => {
      const set = await alice.ask('AppPassword/set', { create: { phone: { name: 'Phone' }, none: { name: ' ' } } })
      const { id, password } = set.created.phone
      assert.equal(set.notCreated.none.type, 'invalidProperties')
      const phone = person(house, house.alice, 'alice@demo.test', password)
      const { list } = await phone.ask('AppPassword/get', { ids: null })
      assert.deepEqual([list.length, list[0].name, list[0].password], [1, 'Phone', undefined])
      const change = await phone.ask('Password/change', { oldPassword: password, newPassword: 'another password' })
      assert.equal(change.error.type, 'forbidden', 'an app password changes no password')
      assert.deepEqual((await alice.ask('AppPassword/set', { destroy: [id, 'x'] })).destroyed, [id])
      await assert.rejects(phone.ask('AppPassword/get', { ids: null }))
    }))

  it('changes its password with the old one, and lists and ends sessions', () =>
    opened(async (house, alice) => {
      const signedIn = await house.call('POST', '/auth/sign-in', {
        key: null,
        body: { email: 'alice@demo.test', password: PASSWORD },
      })
      assert.equal(signedIn.status, 200)
      const { list } = await alice.ask('Session/get', { ids: null })
      assert.equal(list.length, 1)
      assert.deepEqual((await alice.ask('Session/set', { destroy: [list[0].id] })).destroyed, [list[0].id])
      assert.deepEqual((await alice.ask('Session/get', { ids: null })).list, [])
      assert.equal((await alice.ask('Session/set', { create: { x: {} } })).notCreated.x.type, 'forbidden')
      const wrong = await alice.ask('Password/change', { oldPassword: 'wrong', newPassword: 'long enough' })
      assert.equal(wrong.error.type, 'forbidden')
      const short = await alice.ask('Password/change', { oldPassword: PASSWORD, newPassword: 'short' })
      assert.equal(short.error.type, 'invalidArguments')
      assert.equal(
        (await alice.ask('Password/change', { oldPassword: PASSWORD, newPassword: 'long enough' })).error,
        undefined,
      )
      await assert.rejects(alice.ask('Session/get', { ids: null }))
      const again = person(house, house.alice, 'alice@demo.test', 'long enough')
      assert.deepEqual((await again.ask('Session/get', { ids: null })).list, [])
    }))
})
