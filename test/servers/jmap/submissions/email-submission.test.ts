import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deleteAccount } from '../../../../shared/flows/tenants/delete-account.ts'
import { readWhole } from '../../../../shared/ports/blob-source.ts'
import { listAll } from '../../../../shared/ports/blobs.ts'
import { readLimits } from '../../../../shared/settings.ts'
import { DEMO } from '../../../house.ts'
import { type ApiHouse, openApiHouse } from '../../http/api-house.ts'
import { draft, held, type Json, type Person, person, workAll } from '../jmap-person.ts'

const LIMITS = { TUBEPOST_LIMIT_HTTP_REQUESTS_PER_SECOND: '1000000', TUBEPOST_LIMIT_RECIPIENTS_PER_ACCOUNT: '20' }

interface Scene {
  house: ApiHouse
  alice: Person
  identityId: string
  emailId: string
}

function letter(fields: Record<string, string> = {}, body = 'Hello Bob.\r\n'): Buffer {
  const all = { From: 'Alice <alice@demo.test>', To: 'Bob B. <bob@demo.test>', Subject: 'a letter', ...fields }
  return Buffer.from(
    `${Object.entries(all)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n${body}`,
  )
}

async function scene(work: (scene: Scene) => Promise<void>, octets = letter()): Promise<void> {
  const house = await openApiHouse({ limits: readLimits(LIMITS) })
  try {
    const alice = person(house, house.alice, 'alice@demo.test')
    const [identity] = (await alice.ask('Identity/get', { ids: null })).list
    const emailId = await draft(house, house.alice, octets)
    await work({ house, alice, identityId: identity.id, emailId })
  } finally {
    await house.close()
  }
}

async function create({ alice, identityId, emailId }: Scene, more: Json = {}, args: Json = {}): Promise<Json> {
  return alice.ask('EmailSubmission/set', { create: { s: { identityId, emailId, ...more } }, ...args })
}

describe('sending (RFC 8621 §7.5)', () => {
  it('goes to whom the header names, without Bcc and without who got it by Bcc in it', () =>
    scene(
      async (all) => {
        const { house, alice } = all
        const { created } = await create(all)
        assert.equal(created.s.undoStatus, 'final')
        assert.deepEqual(
          created.s.envelope.rcptTo.map(({ email }: Json) => email),
          ['bob@demo.test', 'out@world.test', 'alice+copy@demo.test'],
        )
        await workAll(house)
        assert.equal(await held(house, house.bob, 'INBOX'), 1)
        assert.equal(await held(house, house.alice, 'INBOX'), 1)
        const names = await Array.fromAsync(listAll(house.engine.blobs, `captured/${DEMO}/`))
        assert.equal(names.length, 1)
        const text = Buffer.from((await readWhole(house.engine.blobs, `outbox/${DEMO}/${created.s.id}`))!).toString()
        assert.match(text, /To: Bob B\. <bob@demo\.test>/)
        assert.doesNotMatch(text, /bcc|alice\+copy/i)
        const [shown] = (await alice.ask('EmailSubmission/get', { ids: [created.s.id] })).list
        const status = shown.deliveryStatus
        assert.deepEqual([status['bob@demo.test'].delivered, status['out@world.test'].delivered], ['yes', 'unknown'])
        const suggested = await alice.ask('ContactSuggestion/query', { text: 'b' })
        assert.deepEqual(suggested.list, [{ name: 'Bob B.', email: 'bob@demo.test' }])
      },
      letter({ Cc: 'out@world.test', Bcc: 'alice+copy@demo.test' }),
    ))

  it('takes an envelope, and refuses what SMTP would refuse', () =>
    scene(async (all) => {
      const { house } = all
      const from = (email: string, parameters: Json = null) => ({ email, parameters })
      const to = (...emails: string[]) => emails.map((email) => ({ email, parameters: null }))
      const rows: [what: string, envelope: Json, type: string][] = [
        ['another sender', { mailFrom: from('bob@demo.test'), rcptTo: to('bob@demo.test') }, 'forbiddenMailFrom'],
        ['nobody', { mailFrom: from('alice@demo.test'), rcptTo: [] }, 'noRecipients'],
        ['no address', { mailFrom: from('alice@demo.test'), rcptTo: to('bob@demo.test', 'x y') }, 'invalidRecipients'],
        ['no such address', { mailFrom: from('alice@demo.test'), rcptTo: to('gone@demo.test') }, 'invalidRecipients'],
        [
          'a parameter',
          { mailFrom: from('alice@demo.test', { MOON: null }), rcptTo: to('bob@demo.test') },
          'invalidProperties',
        ],
        [
          'too long',
          { mailFrom: from('alice@demo.test', { HOLDFOR: '9999999' }), rcptTo: to('bob@demo.test') },
          'invalidProperties',
        ],
      ]
      for (const [what, envelope, type] of rows) {
        const { notCreated } = await create(all, { envelope })
        assert.equal(notCreated.s.type, type, what)
      }
      const { created } = await create(all, {
        envelope: {
          mailFrom: from('alice+news@demo.test', { RET: 'HDRS' }),
          rcptTo: to('bob+x@demo.test', `${'verp'.repeat(20)}@b.test`),
        },
      })
      assert.ok(created.s.id)
      await workAll(house)
      assert.equal(await held(house, house.bob, 'INBOX'), 1)
      assert.equal((await create(all, { emailId: 'nothing' })).notCreated.s.type, 'invalidProperties')
      assert.deepEqual((await create(all, { undoStatus: 'canceled' })).notCreated.s.properties, ['undoStatus'])
      assert.equal((await create(all, { identityId: 'nobody' })).notCreated.s.type, 'invalidProperties')
    }))

  it('sends from no stranger, and no more in an hour than by SMTP', () =>
    scene(async (all) => {
      const forged = await draft(all.house, all.house.alice, letter({ From: 'bob@demo.test' }))
      assert.equal((await create({ ...all, emailId: forged })).notCreated.s.type, 'forbiddenMailFrom')
      const mailFrom = { email: 'alice@demo.test', parameters: null }
      const envelope = { mailFrom, rcptTo: [{ email: 'bob@demo.test', parameters: null }] }
      const hidden = await create({ ...all, emailId: forged }, { envelope })
      assert.equal(hidden.notCreated.s.type, 'forbiddenFrom')
      for (const field of ['Sender', 'Resent-From']) {
        const other = await draft(all.house, all.house.alice, letter({ [field]: 'bob@demo.test' }))
        assert.equal((await create({ ...all, emailId: other }, { envelope })).notCreated.s.type, 'forbiddenFrom')
      }
      for (let n = 0; n < 20; n += 1) assert.ok((await create(all)).created.s)
      assert.equal((await create(all)).notCreated.s.type, 'rateLimit')
    }))

  it('changes and destroys the Email once it is sent', () =>
    scene(async ({ house, alice, identityId, emailId }) => {
      const answers = await alice.askAll([
        [
          'EmailSubmission/set',
          {
            create: { s: { identityId, emailId } },
            onSuccessUpdateEmail: { '#s': { 'keywords/$draft': null } },
            onSuccessDestroyEmail: [],
          },
        ],
      ])
      assert.equal(answers.length, 2)
      const [, [name, answer, callId]] = answers as [unknown, [string, Json, string]]
      assert.equal(callId, 'c0')
      assert.ok(name === 'Email/set' || answer.type === 'unknownMethod')
      await workAll(house)
      assert.equal(await held(house, house.bob, 'INBOX'), 1)
    }))
})

describe('holding back (RFC 4865)', () => {
  const HOLD = (seconds: number) => ({
    envelope: {
      mailFrom: { email: 'alice@demo.test', parameters: { HOLDFOR: String(seconds) } },
      rcptTo: [{ email: 'bob@demo.test', parameters: null }],
    },
  })

  it('waits to the second, whatever becomes of the draft', () =>
    scene(async (all) => {
      const { house, alice } = all
      const { created } = await create(all, HOLD(3600))
      assert.equal(created.s.undoStatus, 'pending')
      const drafts = await house.demo.mailboxes.mailbox(house.alice, ['Drafts'])
      assert.ok(drafts)
      await workAll(house)
      for (let quarter = 0; quarter < 3; quarter += 1) {
        house.clock.advance(900_000)
        await workAll(house)
      }
      house.clock.advance(890_000)
      await workAll(house)
      assert.equal(await held(house, house.bob, 'INBOX'), 0)
      house.clock.advance(11_000)
      await workAll(house)
      assert.equal(await held(house, house.bob, 'INBOX'), 1)
      const [shown] = (await alice.ask('EmailSubmission/get', { ids: null })).list
      assert.equal(shown.undoStatus, 'final')
      assert.equal((await Array.fromAsync(listAll(house.engine.blobs, `scheduled/${DEMO}/`))).length, 0)
    }))

  it('can be stopped until then, and not after', () =>
    scene(async (all) => {
      const { house, alice } = all
      const { created } = await create(all, { sendAt: new Date(house.clock.now() + 10_000).toISOString() })
      assert.equal(created.s.undoStatus, 'pending')
      const cancel = (id: string) => alice.ask('EmailSubmission/set', { update: { [id]: { undoStatus: 'canceled' } } })
      assert.deepEqual((await cancel(created.s.id)).updated, { [created.s.id]: null })
      assert.deepEqual((await cancel(created.s.id)).updated, { [created.s.id]: null }, 'again')
      house.clock.advance(11_000)
      await workAll(house)
      assert.equal(await held(house, house.bob, 'INBOX'), 0)
      assert.equal((await Array.fromAsync(listAll(house.engine.blobs, `scheduled/${DEMO}/`))).length, 0)
      const second = (await create(all, HOLD(10))).created.s.id
      house.clock.advance(11_000)
      await workAll(house)
      assert.equal((await cancel(second)).notUpdated[second].type, 'cannotUnsend')
      assert.equal(await held(house, house.bob, 'INBOX'), 1)
    }))

  it('what cannot be sent any more when its time has come is told so', () =>
    scene(async (all) => {
      const { house, alice } = all
      const envelope = {
        mailFrom: { email: 'alice@demo.test', parameters: { HOLDFOR: '10' } },
        rcptTo: [{ email: 'out@world.test', parameters: null }],
      }
      const { id } = (await create(all, { envelope })).created.s
      Object.assign(house.engine.relay.carries, { maxOctets: 10 })
      house.clock.advance(11_000)
      await workAll(house)
      const [shown] = (await alice.ask('EmailSubmission/get', { ids: [id] })).list
      assert.equal(shown.undoStatus, 'final')
      assert.deepEqual(shown.deliveryStatus['out@world.test'].delivered, 'no')
      assert.equal((await Array.fromAsync(listAll(house.engine.blobs, `scheduled/${DEMO}/`))).length, 0)
    }))

  it('what an account holds back goes with it', () =>
    scene(async (all) => {
      const { house } = all
      assert.ok((await create(all, HOLD(600))).created.s)
      assert.equal(await deleteAccount(house.store, house.alice), true)
      await workAll(house)
      house.clock.advance(2 * 3_600_000)
      await workAll(house)
      assert.equal(await held(house, house.bob, 'INBOX'), 0)
      assert.equal((await Array.fromAsync(listAll(house.engine.blobs, `scheduled/${DEMO}/`))).length, 0)
      const left = await house.engine.table.query(`t/${house.alice.replace('/', '/account/')}`)
      assert.deepEqual(left.items, [])
    }))

  it('what is destroyed while it waits is sent all the same', () =>
    scene(async (all) => {
      const { house, alice } = all
      const { id } = (await create(all, HOLD(10))).created.s
      assert.deepEqual((await alice.ask('EmailSubmission/set', { destroy: [id] })).destroyed, [id])
      assert.deepEqual((await alice.ask('EmailSubmission/get', { ids: [id] })).notFound, [id])
      house.clock.advance(11_000)
      await workAll(house)
      assert.equal(await held(house, house.bob, 'INBOX'), 1)
    }))
})

describe('looking back', () => {
  it('finds submissions, and what changed of them', () =>
    scene(async (all) => {
      const { house, alice, emailId } = all
      const before = (await alice.ask('EmailSubmission/get', { ids: null })).state
      const first = (await create(all)).created.s.id
      const second = (await create(all, { sendAt: new Date(house.clock.now() + 60_000).toISOString() })).created.s.id
      const changes = await alice.ask('EmailSubmission/changes', { sinceState: before })
      assert.deepEqual(changes.created.sort(), [first, second].sort())
      const page = await alice.ask('EmailSubmission/changes', { sinceState: before, maxChanges: 1 })
      assert.deepEqual([page.created.length, page.hasMoreChanges], [1, true])
      const rest = await alice.ask('EmailSubmission/changes', { sinceState: page.newState })
      assert.deepEqual([...page.created, ...rest.created].sort(), [first, second].sort())
      await alice.ask('EmailSubmission/set', { update: { [second]: { undoStatus: 'canceled' } }, destroy: [first] })
      const later = await alice.ask('EmailSubmission/changes', { sinceState: changes.newState })
      assert.deepEqual([later.updated, later.destroyed], [[second], [first]])
      const found = async (filter: Json) => (await alice.ask('EmailSubmission/query', { filter })).ids
      assert.deepEqual(await found({ undoStatus: 'canceled' }), [second])
      assert.deepEqual(await found({ undoStatus: 'final' }), [])
      assert.deepEqual(await found({ emailIds: [emailId] }), [second])
      assert.deepEqual(await found({ emailIds: ['other'] }), [])
      assert.equal(
        (await alice.ask('EmailSubmission/changes', { sinceState: 'x' })).error.type,
        'cannotCalculateChanges',
      )
      const stranger = person(house, house.bob, 'bob@demo.test')
      assert.deepEqual((await stranger.ask('EmailSubmission/get', { ids: [second] })).notFound, [second])
    }))
})
