/** IMAP, POP3 and JMAP see each other's changes; states say exactly what became others (RFC 8620 §5.2, DESIGN §3). */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { removeMessages } from '../../../shared/flows/mailboxes/expunge-messages.ts'
import { foldMailbox } from '../../../shared/flows/mailboxes/fold-mailbox.ts'
import { createApi } from '../../../shared/servers/http/api.ts'
import { serveImap } from '../../../shared/servers/imap/serve-imap.ts'
import { readLimits } from '../../../shared/settings.ts'
import { openStore } from '../../../shared/store/store.ts'
import { type Listener, listen } from '../../../shared/transport/tcp.ts'
import { arrive, DEMO, fill, message, PASSWORD, settleQueues } from '../../house.ts'
import { ImapClient } from '../imap/imap-client.ts'
import { type Any, type JmapHouse, MAIL, openJmapHouse } from './jmap-house.ts'

describe('changes of every protocol', () => {
  let house: JmapHouse
  let listener: Listener
  let imap: ImapClient
  let inbox: string
  let archive: string

  before(async () => {
    house = await openJmapHouse()
    // IMAP has a store of its own, as another process would.
    const services = {
      store: openStore(house.engine),
      limits: readLimits({}),
      hostName: 'mail.demo.test',
      allowPlaintext: () => true,
    }
    listener = await listen({
      host: '127.0.0.1',
      port: 0,
      tls: 'none',
      limits: { connections: 100, connectionsPerIp: 100 },
      serve: (connection) => serveImap(connection, services),
    })
    imap = await ImapClient.signedIn(listener.port)
    await imap.run('SELECT INBOX')
    const { list } = await house.jmap('Mailbox/get')
    inbox = list.find((mailbox: Any) => mailbox.role === 'inbox').id
    archive = list.find((mailbox: Any) => mailbox.role === 'archive').id
  })
  after(async () => {
    await imap.close()
    await listener.drain({ graceMs: 0 })
    await house.close()
  })
  beforeEach(async () => {
    const ids = (await house.jmap('Email/query')).ids
    await house.jmap('Email/set', { destroy: ids })
    await imap.run('NOOP')
  })

  const emailState = async (): Promise<string> => (await house.jmap('Email/get', { ids: [] })).state
  const emails = async (): Promise<string[]> =>
    (await house.jmap('Email/query', { sort: [{ property: 'receivedAt' }] })).ids
  const keywords = async (id: string) =>
    Object.keys((await house.jmap('Email/get', { ids: [id], properties: ['keywords'] })).list[0].keywords)
  async function changesSince(state: string) {
    const { created, updated, destroyed, newState, hasMoreChanges, error } = await house.jmap('Email/changes', {
      sinceState: state,
    })
    if (error) return { error: error.type }
    assert.equal(hasMoreChanges, false)
    assert.equal(newState, await emailState())
    return { created, updated, destroyed }
  }
  const nothing = { created: [], updated: [], destroyed: [] }

  test('a flag set by IMAP shows in Email/changes, and one set by JMAP in IMAP', async () => {
    await fill(house, house.inbox, 3)
    const [first, second] = await emails()
    const before = await emailState()
    assert.deepEqual(await changesSince(before), nothing)
    await imap.run('NOOP')
    await imap.run('STORE 1 +FLAGS (\\Seen \\Flagged $Important)')
    assert.deepEqual(await changesSince(before), { ...nothing, updated: [first] })
    assert.deepEqual((await keywords(first!)).sort(), ['$flagged', '$important', '$seen'])

    const { updated } = await house.jmap('Email/set', {
      update: { [second!]: { 'keywords/$seen': true, 'keywords/Project': true }, [first!]: { keywords: {} } },
    })
    assert.deepEqual(Object.keys(updated).sort(), [first, second].sort())
    const fetched = await imap.run('FETCH 1:2 (FLAGS)')
    const flagsOf = (number: number) =>
      fetched
        .filter((line) => line.startsWith(`* ${number} FETCH`))
        .at(-1)!
        .match(/FLAGS \(([^)]*)\)/)![1]
    assert.doesNotMatch(flagsOf(1)!, /Seen|Flagged|Important/)
    assert.match(flagsOf(2)!, /\\Seen/)
    assert.match(flagsOf(2)!, /project/)
  })

  test('arrivals, expunges and moves are created, destroyed and updated', async () => {
    await fill(house, house.inbox, 2)
    const [first, second] = await emails()
    const before = await emailState()
    await arrive(house, [house.alice], message('arrived'))
    await settleQueues(house)
    const third = (await emails()).find((id) => id !== first && id !== second)
    assert.deepEqual(await changesSince(before), { ...nothing, created: [third] })

    const between = await emailState()
    await imap.run('NOOP')
    await imap.run('STORE 1 +FLAGS (\\Deleted)')
    // It is out of sight already (RFC 8621 §4.1.1), and comes back where IMAP takes the flag away.
    assert.deepEqual(await changesSince(between), { ...nothing, destroyed: [first] })
    const hidden = await emailState()
    await imap.run('STORE 1 -FLAGS (\\Deleted)')
    assert.deepEqual(await changesSince(hidden), { ...nothing, created: [first] })
    assert.deepEqual(await changesSince(between), { ...nothing, updated: [first] })
    await imap.run('STORE 1 +FLAGS (\\Deleted)')
    await imap.run('EXPUNGE')
    assert.deepEqual(await changesSince(between), { ...nothing, destroyed: [first] })
    assert.deepEqual(await changesSince(before), { created: [third], updated: [], destroyed: [first] })

    const standing = await emailState()
    await imap.run('MOVE 1 Archive')
    assert.deepEqual(await changesSince(standing), { ...nothing, updated: [second] })
    const { list } = await house.jmap('Email/get', { ids: [second], properties: ['mailboxIds'] })
    assert.deepEqual(list[0].mailboxIds, { [archive]: true })
  })

  test('an Email is in every mailbox that has a copy, and is read when all of them are', async () => {
    await fill(house, house.inbox, 1)
    const [id] = await emails()
    const before = await emailState()
    const { updated } = await house.jmap('Email/set', { update: { [id!]: { [`mailboxIds/${archive}`]: true } } })
    assert.deepEqual(updated, { [id!]: null })
    assert.deepEqual(await changesSince(before), { ...nothing, updated: [id] })
    assert.match((await imap.run('STATUS Archive (MESSAGES)')).join(), /MESSAGES 1/)
    await imap.run('NOOP')
    await imap.run('STORE 1 +FLAGS (\\Seen \\Flagged)')
    assert.deepEqual(await keywords(id!), ['$flagged']) // the copy in Archive has not been read
    await house.jmap('Email/set', { update: { [id!]: { 'keywords/$seen': true } } })
    assert.deepEqual((await keywords(id!)).sort(), ['$flagged', '$seen'])
    assert.match((await imap.run('STATUS Archive (UNSEEN)')).join(), /UNSEEN 0/)

    await imap.run('STORE 1 +FLAGS (\\Deleted)')
    await imap.run('EXPUNGE')
    assert.deepEqual((await house.jmap('Email/get', { ids: [id], properties: ['mailboxIds'] })).list[0].mailboxIds, {
      [archive]: true,
    })
    const { destroyed } = await house.jmap('Email/set', { destroy: [id] })
    assert.deepEqual(destroyed, [id])
    assert.match((await imap.run('STATUS Archive (MESSAGES)')).join(), /MESSAGES 0/)
  })

  test('changes come in portions that lose nothing, also what happens between them', async () => {
    const before = await emailState()
    await fill(house, house.inbox, 10)
    const told = { created: new Set<string>(), updated: new Set<string>(), destroyed: new Set<string>() }
    let state = before
    for (let round = 0; ; round += 1) {
      const portion = await house.jmap('Email/changes', { sinceState: state, maxChanges: 3 })
      assert.ok(portion.created.length + portion.updated.length + portion.destroyed.length <= 3)
      for (const kind of ['created', 'updated', 'destroyed'] as const) {
        for (const id of portion[kind]) told[kind].add(id)
      }
      state = portion.newState
      const all = await emails()
      if (round === 1) {
        await house.jmap('Email/set', { update: { [all[0]!]: { 'keywords/$seen': true } } })
        await house.jmap('Email/set', { destroy: [all[9]] })
      }
      if (!portion.hasMoreChanges) break
      assert.ok(round < 20)
    }
    const standing = await emails()
    for (const id of standing) assert.ok(told.created.has(id), id)
    assert.ok(told.updated.has(standing[0]!), 'what was told before it changed is told again')
    assert.equal(state, await emailState())
  })

  test('a state is good in any process, and where the journal was folded an old one is refused', async () => {
    await fill(house, house.inbox, 4)
    const state = await emailState()
    const [first] = await emails()
    // By a process that JMAP knows nothing of.
    const other = openStore(house.engine).tenant(DEMO)
    await other.replicas.use(house.inbox, (replica) =>
      removeMessages(other, replica, () => [replica.messages.uidAt(0)]),
    )
    assert.deepEqual(await changesSince(state), { ...nothing, destroyed: [first] })
    await foldMailbox(other, house.inbox)
    await fill(house, house.inbox, 1)
    // A process that begins now begins with the snapshot.
    const begun = openJmapHouseOn(house)
    const answer = await begun('Email/changes', { sinceState: state })
    assert.equal(answer.error?.type, 'cannotCalculateChanges')
    const now = (await begun('Email/get', { ids: [] })).state
    assert.equal(now, await emailState())
  })

  test('an account that was forgotten for want of questions knows its changes again', async () => {
    // Of a mailbox that was never folded: a replica of it that rests is taken up again.
    await fill(house, await house.demo.mailboxes.mailbox(house.alice, ['Archive']), 2)
    const [first, second] = await emails()
    const state = await emailState()
    await house.jmap('Email/set', { update: { [first!]: { 'keywords/$seen': true } }, destroy: [second] })
    house.clock.advance(20 * 60_000)
    const authorization = `Basic ${Buffer.from(`bob@demo.test:${PASSWORD}`).toString('base64')}`
    const bob = { using: [MAIL], methodCalls: [['Mailbox/get', { accountId: house.bob.slice('demo/'.length) }, 'c']] }
    assert.equal((await house.post(bob, { authorization })).status, 200)
    assert.deepEqual(await changesSince(state), { created: [], updated: [first], destroyed: [second] })
  })

  test('Mailboxes and Threads have states of their own', async () => {
    const mailboxState = async () => (await house.jmap('Mailbox/get', { ids: [] })).state
    const threadState = async () => (await house.jmap('Thread/get', { ids: [] })).state
    const [mailboxes, threads] = [await mailboxState(), await threadState()]
    await fill(house, house.inbox, 1)
    const counted = await house.jmap('Mailbox/changes', { sinceState: mailboxes })
    assert.deepEqual(counted.updated, [inbox])
    assert.deepEqual(counted.updatedProperties, ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'])
    const [id] = await emails()
    const { threadId } = (await house.jmap('Email/get', { ids: [id], properties: ['threadId'] })).list[0]
    assert.deepEqual((await house.jmap('Thread/changes', { sinceState: threads })).created, [threadId])

    const flagged = await mailboxState()
    await house.jmap('Email/set', { update: { [id!]: { 'keywords/$flagged': true } } })
    assert.equal(await mailboxState(), flagged, 'what no Mailbox counts changes none')
    const named = await threadState()
    await imap.run('CREATE Projects/2026')
    const made = await house.jmap('Mailbox/changes', { sinceState: flagged })
    assert.equal(made.created.length, 2)
    assert.equal(made.updatedProperties, null)
    await imap.run('RENAME Projects Work')
    const { list } = await house.jmap('Mailbox/get', { ids: made.created, properties: ['name', 'parentId'] })
    const parent = list.find((mailbox: Any) => mailbox.name === 'Work')
    assert.equal(list.find((mailbox: Any) => mailbox.name === '2026').parentId, parent.id)
    await imap.run('DELETE Work/2026')
    await imap.run('DELETE Work')
    assert.deepEqual((await house.jmap('Mailbox/changes', { sinceState: flagged })).created, [])
    await house.jmap('Email/set', { destroy: [id] })
    assert.deepEqual((await house.jmap('Thread/changes', { sinceState: named })).destroyed, [threadId])
  })

  test('what was in a Mailbox that is deleted is gone', async () => {
    const { created } = await house.jmap('Mailbox/set', { create: { m: { name: 'Doomed' } } })
    const doomed = created.m.id
    await fill(house, house.inbox, 2)
    const [first, second] = await emails()
    const earlier = await emailState()
    await house.jmap('Email/set', {
      update: { [first!]: { mailboxIds: { [doomed]: true } }, [second!]: { [`mailboxIds/${doomed}`]: true } },
    })
    const before = await emailState()
    const refused = await house.jmap('Mailbox/set', { destroy: [doomed] })
    assert.equal(refused.notDestroyed[doomed].type, 'mailboxHasEmail')
    const { destroyed } = await house.jmap('Mailbox/set', { destroy: [doomed], onDestroyRemoveEmails: true })
    assert.deepEqual(destroyed, [doomed])
    assert.deepEqual(await changesSince(before), { created: [], updated: [second], destroyed: [first] })
    // What happened there before it went is not forgotten with it.
    assert.deepEqual(await changesSince(earlier), { created: [], updated: [second], destroyed: [first] })
  })
})

/** Calls on a JMAP server that has just begun on the same engine. */
function openJmapHouseOn(house: JmapHouse) {
  const api = createApi({ ...house.services, store: openStore(house.engine, { demonstration: true }) })
  return async (name: string, args: Any): Promise<Any> => {
    const request = new Request('http://127.0.0.1/jmap/api', {
      method: 'POST',
      headers: { authorization: house.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({
        using: ['urn:ietf:params:jmap:mail'],
        methodCalls: [[name, { accountId: house.accountId, ...args }, 'c']],
      }),
    })
    const { methodResponses } = (await (
      await api.fetch(request, { remoteAddress: '127.0.0.1', loopback: true })
    ).json()) as Any
    const [[answered, answer]] = methodResponses
    return answered === 'error' ? { error: answer } : answer
  }
}
