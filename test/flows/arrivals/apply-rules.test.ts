import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { acceptMessage } from '../../../shared/flows/arrivals/accept-message.ts'
import { indexMessage } from '../../../shared/flows/arrivals/index-message.ts'
import { removeMailbox } from '../../../shared/flows/mailboxes/remove-mailbox.ts'
import { flagNames } from '../../../shared/mailbox/flags.ts'
import type { AccountId, MailboxId } from '../../../shared/mailbox/ids.ts'
import type { Rule, RuleActions, RuleCondition } from '../../../shared/mailbox/rule.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import { DEMO, type House, openHouse, SCAN, settleQueues } from '../../house.ts'

const CLIENT = { helo: 'example.net', remoteAddress: '192.0.2.1', hostName: 'mx.demo.test', protocol: 'ESMTP' }

let made = 0

export function rule(conditions: RuleCondition[], actions: Partial<RuleActions>, more: Partial<Rule> = {}): Rule {
  const none = { mailboxes: [], markRead: false, flag: false, keywords: [], delete: false, forwardTo: [], stop: false }
  return {
    id: `r${++made}`,
    name: 'a rule',
    isEnabled: true,
    match: 'all',
    conditions,
    actions: { ...none, ...actions },
    ...more,
  }
}

async function setRules({ demo }: House, account: AccountId, rules: readonly Rule[]): Promise<void> {
  const { version } = await demo.rules.get(account)
  assert.equal(await demo.rules.put(account, rules, version), true)
}

function mail(fields: Record<string, string>, body = 'Hello.\r\n'): Buffer {
  const all = { From: 'Eve Sender <eve@example.net>', To: 'alice@demo.test', Subject: 'words', ...fields }
  const header = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${header.join('')}\r\n${body}`)
}

interface Arrival {
  account?: AccountId
  junk?: boolean
  dmarc?: string
}

/** Accepted, and announced three times. */
async function arrive(house: House, octets: Uint8Array, { account, junk, dmarc }: Arrival = {}): Promise<void> {
  const to = account ?? house.alice
  const id = await acceptMessage(
    house.store,
    {
      reversePath: 'eve@example.net',
      recipients: [{ tenant: DEMO, address: 'alice@demo.test', accounts: [to] }],
      body: '7BIT',
      smtputf8: false,
      client: CLIENT,
      ...(junk && { junk: new Set([DEMO]) }),
      ...(dmarc !== undefined && { traceFields: [`Authentication-Results: mx.demo.test;\r\n\tdmarc=${dmarc}\r\n`] }),
    },
    sourceOf(octets),
  )
  for (let times = 0; times < 3; times += 1) await indexMessage(house.store, `raw/${DEMO}/${id}`, SCAN)
}

/** What each mailbox holds: its messages' flags. */
async function held({ demo }: House, account: AccountId): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const { path, mailbox } of await demo.mailboxes.list(account)) {
    if (mailbox === undefined) continue
    await demo.replicas.use(mailbox, async ({ messages }) => {
      const flags = Array.from({ length: messages.count }, (_, row) => flagNames(messages.flagsAt(row)).join(' '))
      if (flags.length > 0) found[path.join('/')] = flags
    })
  }
  return found
}

async function inHouse(work: (house: House, lists: MailboxId) => Promise<void>): Promise<void> {
  const house = await openHouse()
  try {
    await work(house, await house.demo.mailboxes.create(house.alice, ['Lists']))
  } finally {
    await house.close()
  }
}

describe('conditions', () => {
  const big = 'x'.repeat(2000)
  const attached =
    '--b\r\n\r\ntext\r\n--b\r\nContent-Disposition: attachment; filename=a.pdf\r\nContent-Type: application/pdf\r\n\r\nabc\r\n--b--\r\n'
  const rows: [what: string, condition: RuleCondition, fields: Record<string, string>, body: string, holds: boolean][] =
    [
      ['an address, in any case', { field: 'from', test: 'is', value: 'EVE@example.net' }, {}, '', true],
      ['a part of an address is not it', { field: 'from', test: 'is', value: 'example.net' }, {}, '', false],
      ['a domain', { field: 'from', test: 'contains', value: '@example.net' }, {}, '', true],
      ['a name', { field: 'from', test: 'contains', value: 'sender' }, {}, '', true],
      [
        'an encoded name',
        { field: 'from', test: 'contains', value: 'jürgen' },
        { From: '=?utf-8?q?J=C3=BCrgen?= <j@x.test>' },
        '',
        true,
      ],
      ['Cc counts as to', { field: 'to', test: 'is', value: 'team@x.test' }, { Cc: 'Team <team@x.test>' }, '', true],
      ['a subject', { field: 'subject', test: 'contains', value: 'INVOICE' }, { Subject: 'Your invoice 12' }, '', true],
      ['a whole subject', { field: 'subject', test: 'is', value: 'invoice' }, { Subject: 'Your invoice' }, '', false],
      [
        'a list by its identifier',
        { field: 'listId', test: 'is', value: 'dev.lists.test' },
        { 'List-Id': 'Developers <dev.lists.test>' },
        '',
        true,
      ],
      ['no list', { field: 'listId', test: 'contains', value: '' }, {}, '', false],
      ['an attachment', { field: 'hasAttachment' }, { 'Content-Type': 'multipart/mixed; boundary=b' }, attached, true],
      ['no attachment', { field: 'hasAttachment', not: true }, {}, '', true],
      ['larger', { field: 'size', test: 'over', octets: 1500 }, {}, big, true],
      ['smaller', { field: 'size', test: 'under', octets: 1500 }, {}, big, false],
      ['not from', { field: 'from', test: 'is', value: 'bob@x.test', not: true }, {}, '', true],
    ]

  it('hold as a person reads the message', () =>
    inHouse(async (house, lists) => {
      for (const [what, condition, fields, body, holds] of rows) {
        const before = (await house.demo.journal.newest(lists)).totals.exists
        await setRules(house, house.alice, [rule([condition], { mailboxes: [lists] })])
        await arrive(house, mail(fields, body))
        const after = (await house.demo.journal.newest(lists)).totals.exists
        assert.equal(after - before, holds ? 1 : 0, what)
      }
    }))

  it('hold all or any; none hold always; what is off does nothing', () =>
    inHouse(async (house, lists) => {
      const [yes, no] = [
        { field: 'subject', test: 'is', value: 'words' } as const,
        { field: 'subject', test: 'is', value: 'other' } as const,
      ]
      const filed = async (one: Rule) => {
        const before = (await house.demo.journal.newest(lists)).totals.exists
        await setRules(house, house.alice, [one])
        await arrive(house, mail({}))
        return (await house.demo.journal.newest(lists)).totals.exists - before
      }
      assert.equal(await filed(rule([yes, no], { mailboxes: [lists] })), 0)
      assert.equal(await filed(rule([yes, no], { mailboxes: [lists] }, { match: 'any' })), 1)
      assert.equal(await filed(rule([], { mailboxes: [lists] })), 1)
      assert.equal(await filed(rule([], { mailboxes: [lists] }, { isEnabled: false })), 0)
    }))
})

describe('actions', () => {
  it('file copies with their flags, once, and stop', () =>
    inHouse(async (house, lists) => {
      const work = await house.demo.mailboxes.create(house.alice, ['Work'])
      await setRules(house, house.alice, [
        rule([], { mailboxes: [lists], markRead: true, keywords: ['$label1'] }),
        rule([], { mailboxes: [lists, work], flag: true, stop: true }),
        rule([], { delete: true }),
      ])
      await arrive(house, mail({}))
      const flags = '\\Seen \\Flagged $label1'
      assert.deepEqual(await held(house, house.alice), { Lists: [flags], Work: [flags] })
      const [delivery] = await house.demo.deliveries.of(
        (await house.demo.replicas.use(lists, async ({ messages }) => messages.contentAt(0))) as never,
      )
      assert.equal(delivery!.tokens.size, 2)
    }))

  it('delete is Trash, and INBOX where the account keeps none', () =>
    inHouse(async (house) => {
      await setRules(house, house.alice, [rule([], { delete: true })])
      await arrive(house, mail({}))
      assert.deepEqual(await held(house, house.alice), { Trash: [''] })
      const trash = (await house.demo.mailboxes.delete(house.alice, ['Trash']))!
      await removeMailbox(house.demo, trash)
      await arrive(house, mail({}))
      assert.deepEqual(await held(house, house.alice), { INBOX: [''] })
    }))

  it('follow a mailbox that is renamed, and lead to INBOX when it is deleted', () =>
    inHouse(async (house, lists) => {
      const work = await house.demo.mailboxes.create(house.alice, ['Work'])
      await setRules(house, house.alice, [rule([], { mailboxes: [lists] })])
      await house.demo.mailboxes.rename(house.alice, ['Lists'], ['Old', 'Lists'])
      await arrive(house, mail({}))
      assert.deepEqual(await held(house, house.alice), { 'Old/Lists': [''] })
      await house.demo.mailboxes.delete(house.alice, ['Old', 'Lists'])
      await arrive(house, mail({}))
      assert.deepEqual(await held(house, house.alice), { INBOX: [''] }, 'its content is still to be removed')
      await removeMailbox(house.demo, lists)
      await arrive(house, mail({}))
      assert.deepEqual(await held(house, house.alice), { INBOX: ['', ''] })
      await setRules(house, house.alice, [rule([], { mailboxes: [lists, work] })])
      await arrive(house, mail({}))
      assert.deepEqual(await held(house, house.alice), { INBOX: ['', ''], Work: [''] })
    }))

  it('what is sent on goes on once, without end between two accounts, and as it was decided', () =>
    inHouse(async (house) => {
      await setRules(house, house.alice, [rule([], { forwardTo: ['bob@demo.test', 'out@world.test'] })])
      await setRules(house, house.bob, [rule([], { forwardTo: ['alice@demo.test'], markRead: true })])
      await arrive(house, mail({}))
      for (let round = 0; round < 6; round += 1) await settleQueues(house)
      assert.deepEqual(await held(house, house.alice), { INBOX: ['', ''] }, 'its own, and the one that came back')
      assert.deepEqual(await held(house, house.bob), { INBOX: ['\\Seen'] })
      let left = 0
      for await (const _ of listAll(house.engine.blobs, `captured/${DEMO}/`)) left += 1
      assert.equal(left, 1)
    }))

  it('what is forged is not sent on', () =>
    inHouse(async (house) => {
      await setRules(house, house.alice, [rule([], { forwardTo: ['bob@demo.test'] })])
      await arrive(house, mail({}), { dmarc: 'fail' })
      await settleQueues(house)
      assert.deepEqual(await held(house, house.bob), {})
    }))
})

describe('junk', () => {
  it('is stronger than rules, but for a rule of a sender who is proved', () =>
    inHouse(async (house, lists) => {
      const bySubject = rule([{ field: 'subject', test: 'is', value: 'words' }], {
        mailboxes: [lists],
        forwardTo: ['bob@demo.test'],
      })
      const bySender = rule([{ field: 'from', test: 'is', value: 'eve@example.net' }], { mailboxes: [lists] })
      await setRules(house, house.alice, [bySubject, bySender])
      await arrive(house, mail({}), { junk: true })
      await arrive(house, mail({}), { junk: true, dmarc: 'fail' })
      assert.deepEqual(await held(house, house.alice), { Junk: ['', ''] })
      await arrive(house, mail({}), { junk: true, dmarc: 'pass' })
      assert.deepEqual(await held(house, house.alice), { Junk: ['', ''], Lists: [''] })
      await settleQueues(house)
      assert.deepEqual(await held(house, house.bob), {})
    }))
})

describe('cost', () => {
  it('an account without rules is read no more than before; rules are read once a process', () =>
    inHouse(async (house, lists) => {
      let reads: string[] = []
      const { table } = house.engine
      const get = table.get.bind(table)
      table.get = (key) => {
        reads.push(key.sk)
        return get(key)
      }
      const once = async () => {
        reads = []
        await arrive(house, mail({}))
        return reads.filter((sk) => !sk.startsWith('delivery/') && sk !== 'view')
      }
      await setRules(house, house.alice, [])
      assert.deepEqual(new Set(await once()), new Set(['name/-/INBOX']))
      await setRules(house, house.alice, [rule([], { mailboxes: [lists] })])
      assert.ok((await once()).includes('rules'))
      assert.ok(!(await once()).includes('rules'))
    }))
})
