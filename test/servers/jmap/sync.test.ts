/** A client that only ever asks what changed has in the end what a client has that asks for everything, whatever others do meanwhile. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { copyMessages, moveMessages } from '../../../shared/flows/mailboxes/copy-messages.ts'
import { expungeMessages } from '../../../shared/flows/mailboxes/expunge-messages.ts'
import { storeFlags } from '../../../shared/flows/mailboxes/store-flags.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import type { MailboxId } from '../../../shared/mailbox/ids.ts'
import type { Replica } from '../../../shared/store/replica.ts'
import { openStore, type TenantStore } from '../../../shared/store/store.ts'
import { DEMO, fill } from '../../house.ts'
import { type Any, type JmapHouse, openJmapHouse } from './jmap-house.ts'

const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 12)

let house: JmapHouse
/** Another process, as IMAP would be. */
let other: TenantStore
let mailboxes: MailboxId[]
before(async () => {
  house = await openJmapHouse()
  other = openStore(house.engine).tenant(DEMO)
  mailboxes = await Promise.all(
    ['INBOX', 'Archive', 'Trash'].map((name) => other.mailboxes.mailbox(house.alice, [name])),
  )
})
after(() => house.close())

type Step =
  | { do: 'append'; to: number; count: number }
  | { do: 'flag'; in: number; at: number; flag: string; change: 'add' | 'remove' | 'set' }
  | { do: 'expunge'; in: number }
  | { do: 'copy' | 'move'; in: number; at: number; to: number }
  | { do: 'place'; at: number; in: boolean[] }
  | { do: 'mark'; at: number; keyword: string; on: boolean }
  | { do: 'destroy'; at: number }
  | { do: 'sync'; maxChanges: number | null }

const mailbox = fc.nat(2)
const at = fc.nat(30)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('append' as const), to: mailbox, count: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('flag' as const),
      in: mailbox,
      at,
      flag: fc.constantFrom('\\Seen', '\\Deleted', '$Work'),
      change: fc.constantFrom('add' as const, 'remove' as const, 'set' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expunge' as const), in: mailbox }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('copy' as const, 'move' as const), in: mailbox, at, to: mailbox }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('place' as const),
      at,
      in: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('mark' as const),
      at,
      keyword: fc.constantFrom('$seen', '$flagged', 'mine'),
      on: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('destroy' as const), at }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('sync' as const), maxChanges: fc.option(fc.integer({ min: 1, max: 4 })) }),
  },
)

test('what a client learns by changes is what there is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await house.jmap('Email/set', { destroy: (await house.jmap('Email/query')).ids })
      const client = await openClient()
      for (const one of steps) await run(one, client)
      await client.sync(null)
      await client.compare()
    }),
    { numRuns: RUNS },
  )
})

async function run(one: Step, client: Client): Promise<void> {
  const ids: string[] = (await house.jmap('Email/query')).ids
  const picked = 'at' in one && ids.length > 0 ? ids[one.at % ids.length]! : undefined
  const onUid = (index: number, place: number, work: (replica: Replica, uid: number) => Promise<unknown>) =>
    other.replicas.use(mailboxes[index]!, async (replica) => {
      const { messages } = replica
      if (messages.count > 0) await work(replica, messages.uidAt(place % messages.count))
    })
  switch (one.do) {
    case 'append':
      return fill({ ...house, demo: other }, mailboxes[one.to]!, one.count)
    case 'flag':
      return onUid(one.in, one.at, (replica, uid) => storeFlags(other, replica, [uid], one.change, flagsOf([one.flag])))
    case 'expunge':
      return other.replicas.use(mailboxes[one.in]!, async (replica) => void (await expungeMessages(other, replica)))
    case 'copy':
      return onUid(one.in, one.at, (replica, uid) => copyMessages(other, replica, [uid], mailboxes[one.to]!))
    case 'move':
      return onUid(one.in, one.at, (replica, uid) => moveMessages(other, replica, [uid], mailboxes[one.to]!))
    case 'place': {
      const wanted = mailboxes.filter((_, index) => one.in[index]).map((id) => id.split('/')[2]!)
      if (picked === undefined || wanted.length === 0) return
      const mailboxIds = Object.fromEntries(wanted.map((id) => [id, true]))
      const { updated } = await house.jmap('Email/set', { update: { [picked]: { mailboxIds } } })
      assert.deepEqual(updated, { [picked]: null })
      const { list } = await house.jmap('Email/get', { ids: [picked], properties: ['mailboxIds'] })
      assert.deepEqual(list[0].mailboxIds, mailboxIds)
      return
    }
    case 'mark': {
      if (picked === undefined) return
      const patch = { [`keywords/${one.keyword}`]: one.on ? true : null }
      await house.jmap('Email/set', { update: { [picked]: patch } })
      const { list } = await house.jmap('Email/get', { ids: [picked], properties: ['keywords'] })
      assert.equal(list[0].keywords[one.keyword], one.on ? true : undefined)
      return
    }
    case 'destroy':
      if (picked !== undefined)
        assert.deepEqual((await house.jmap('Email/set', { destroy: [picked] })).destroyed, [picked])
      return
    case 'sync':
      return client.sync(one.maxChanges)
  }
}

interface Client {
  sync(maxChanges: number | null): Promise<void>
  compare(): Promise<void>
}

const PROPERTIES = ['mailboxIds', 'keywords', 'threadId']
const QUERY = { filter: { inMailbox: '', notKeyword: 'mine' }, sort: [{ property: 'receivedAt', isAscending: false }] }

async function openClient(): Promise<Client> {
  const query = { ...QUERY, filter: { ...QUERY.filter, inMailbox: mailboxes[0]!.split('/')[2]! } }
  const emails = new Map<string, Any>()
  const boxes = new Map<string, Any>()
  let emailState = ''
  let mailboxState = ''
  let queryState = ''
  let results: string[] = []
  const load = async () => {
    const [[, all], [, box], [, found]] = (await house.calls(
      ['Email/get', { ids: null, properties: PROPERTIES }],
      ['Mailbox/get', {}],
      ['Email/query', query],
    )) as Any
    for (const email of all.list) emails.set(email.id, email)
    for (const mailbox of box.list) boxes.set(mailbox.id, mailbox)
    emailState = all.state
    mailboxState = box.state
    queryState = found.queryState
    results = found.ids
  }
  await load()
  return {
    async sync(maxChanges) {
      for (let round = 0; round < 200; round += 1) {
        const changes = await house.jmap('Email/changes', { sinceState: emailState, maxChanges })
        assert.equal(changes.error, undefined, JSON.stringify(changes.error))
        const touched = [...changes.created, ...changes.updated]
        assert.ok(maxChanges === null || touched.length + changes.destroyed.length <= maxChanges)
        const { list } = await house.jmap('Email/get', { ids: touched, properties: PROPERTIES })
        for (const email of list) emails.set(email.id, email)
        for (const id of changes.destroyed) emails.delete(id)
        // Between two portions it may have been destroyed: a later one says so.
        emailState = changes.newState
        if (!changes.hasMoreChanges) break
      }
      const boxed = await house.jmap('Mailbox/changes', { sinceState: mailboxState })
      const { list } = await house.jmap('Mailbox/get', { ids: [...boxed.created, ...boxed.updated] })
      for (const mailbox of list) boxes.set(mailbox.id, mailbox)
      for (const id of boxed.destroyed) boxes.delete(id)
      mailboxState = boxed.newState

      const moved = await house.jmap('Email/queryChanges', { ...query, sinceQueryState: queryState })
      results = results.filter((id) => !moved.removed.includes(id))
      for (const { id, index } of moved.added) results.splice(index, 0, id)
      queryState = moved.newQueryState
    },
    async compare() {
      const [[, all], [, box], [, found]] = (await house.calls(
        ['Email/get', { ids: null, properties: PROPERTIES }],
        ['Mailbox/get', {}],
        ['Email/query', query],
      )) as Any
      assert.deepEqual(sorted(emails.values()), sorted(all.list))
      assert.deepEqual(sorted(boxes.values()), sorted(box.list))
      assert.deepEqual(results, found.ids)
      assert.equal(emailState, all.state)
      // And what the process has in memory is what another one makes of the table.
      const fresh = new Map<string, Set<string>>()
      for (const mailbox of mailboxes) {
        await other.replicas.use(mailbox, async ({ messages }) => {
          for (let row = 0; row < messages.count; row += 1) {
            if (messages.isDeleted(row)) continue
            const content = messages.contentAt(row)
            fresh.set(content, (fresh.get(content) ?? new Set()).add(mailbox.split('/')[2]!))
          }
        })
      }
      const shown = new Map(all.list.map((email: Any) => [email.id, new Set(Object.keys(email.mailboxIds))]))
      assert.deepEqual(shown, fresh)
    },
  }
}

function sorted(all: Iterable<Any>): Any[] {
  return [...all].sort((a, b) => (a.id < b.id ? -1 : 1))
}
