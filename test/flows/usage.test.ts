/** What is counted equals what can be counted again: out of the journals and out of what became of messages that left. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { indexMessage } from '../../shared/flows/arrivals/index-message.ts'
import { appendMessages } from '../../shared/flows/mailboxes/append-messages.ts'
import { copyMessages } from '../../shared/flows/mailboxes/copy-messages.ts'
import { deleteMailbox } from '../../shared/flows/mailboxes/delete-mailbox.ts'
import { foldMailbox } from '../../shared/flows/mailboxes/fold-mailbox.ts'
import { usageOf } from '../../shared/flows/mailboxes/quota.ts'
import { removeMailbox } from '../../shared/flows/mailboxes/remove-mailbox.ts'
import { sendMessage } from '../../shared/flows/outgoing/send-message.ts'
import { submitMessage } from '../../shared/flows/outgoing/submit-message.ts'
import { takeReport } from '../../shared/flows/outgoing/take-report.ts'
import { countUsage } from '../../shared/flows/usage/count-usage.ts'
import { NO_FLAGS } from '../../shared/mailbox/flags.ts'
import type { ContentId, MailboxId } from '../../shared/mailbox/ids.ts'
import { addCounts, dayOf, type UsageCounts } from '../../shared/mailbox/usage.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { listAll } from '../../shared/ports/blobs.ts'
import { arrive, type House, message, openHouse, SCAN, settleQueues } from '../house.ts'

const DAY_MS = 24 * 60 * 60 * 1000

describe('usage', () => {
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())

  async function counted(): Promise<Map<string, UsageCounts>> {
    const counts = new Map<string, UsageCounts>()
    for await (const { day, account, counts: found } of house.demo.usage.between('2000-01-01', '2999-12-31')) {
      const { octetsStored: _now, ...grown } = found
      if (Object.keys(grown).length > 0) counts.set(`${day} ${account}`, grown)
    }
    return counts
  }

  /** Every journal, and every message that left, read again from the beginning. */
  async function recounted(): Promise<Map<string, UsageCounts>> {
    const counts = new Map<string, UsageCounts>()
    const add = (at: number, account: string | undefined, more: UsageCounts) => {
      const key = `${dayOf(at)} ${account}`
      counts.set(key, addCounts(counts.get(key) ?? {}, more))
    }
    for await (const { id } of house.demo.accounts.list()) {
      for (const { mailbox } of await house.demo.mailboxes.list(id)) {
        if (mailbox === undefined) continue
        for await (const { at, changes } of house.demo.journal.since(mailbox, 0)) {
          for (const change of changes) {
            if (change.kind !== 'append') continue
            for (const { content, sizeOctets } of change.messages) {
              // A copy is no arrival, and neither is what its owner put there.
              const info = await house.engine.blobs.head(`raw/demo/${content}`)
              const { origin } = await house.demo.envelopes.of(info!)
              const isFirst = mailbox !== archive
              if (origin === 'arrival' && isFirst)
                add(at, id.slice('demo/'.length), { messagesIn: 1, octetsIn: sizeOctets })
            }
          }
        }
      }
    }
    for await (const info of listAll(house.engine.blobs, 'outbox/demo/')) {
      const id = info.name.slice('outbox/demo/'.length) as ContentId
      const { sender, recipients } = await house.demo.envelopes.of((await house.engine.blobs.head(info.name))!)
      const state = await house.demo.outbound.get(id)
      const account = sender?.slice('demo/'.length)
      const at = sentAt.get(id)!
      add(at, account, { messagesOut: 1, recipientsOut: recipients.length, octetsOut: info.length })
      for (const { outcome, reply } of state!.outcomes) {
        if (outcome === 'sent') add(at, account, { sent: 1 })
        if (outcome === 'sent' && /Delivered here|reported/.test(reply)) add(at, account, { delivered: 1 })
        if (outcome === 'failed') add(at, account, { bounced: 1 })
      }
    }
    return counts
  }

  let archive: MailboxId
  const sentAt = new Map<string, number>()

  async function submit(from: 'alice' | 'bob', recipients: string[]): Promise<ContentId> {
    const id = await submitMessage(
      house.store,
      {
        account: house[from],
        reversePath: `${from}@demo.test`,
        recipients,
        leavesTheHouse: true,
        body: '7BIT',
        smtputf8: false,
        client: { helo: 'x', remoteAddress: '127.0.0.1', hostName: 'mx.demo.test', protocol: 'ESMTPA' },
      },
      sourceOf(message('out')),
    )
    sentAt.set(id, house.clock.now())
    return id as ContentId
  }

  test('counters equal a recount, whatever is repeated', async () => {
    const { store, demo, alice, bob, inbox } = house
    archive = await demo.mailboxes.mailbox(alice, ['Archive'])
    for (let day = 0; day < 3; day++) {
      for (let count = 0; count < 4; count++) {
        const id = await arrive(house, count % 2 === 0 ? [alice] : [alice, bob], message(`day ${day} ${count}`))
        await settleQueues(house)
        await indexMessage(store, `raw/demo/${id}`, SCAN)
      }
      await appendMessages(demo, inbox, [{ source: sourceOf(message('my own')), flags: NO_FLAGS }], SCAN)
      const id = await submit('bob', ['one@example.net', 'nobody@demo.test'])
      await settleQueues(house)
      await sendMessage(store, `outbox/demo/${id}`, { hostName: 'mx.demo.test' })
      const report = { id, tenant: 'demo', complaints: [], unreachable: [] }
      const outcomes = [{ recipient: 'one@example.net', outcome: 'sent' as const, reply: '250 reported' }]
      for (let times = 0; times < 2; times++)
        await takeReport(store, { ...report, outcomes }, { hostName: 'mx.demo.test' })
      await Promise.all([countUsage(demo), countUsage(demo), countUsage(demo)])
      house.clock.advance(DAY_MS)
    }
    await settleQueues(house) // notifications of what bounced
    await demo.replicas.use(inbox, (replica) => copyMessages(demo, replica, [1, 2], archive))
    await foldMailbox(demo, inbox)
    await countUsage(demo)
    await countUsage(demo)
    assert.deepEqual(await counted(), await recounted())
    const sum = [...(await counted()).values()].reduce(addCounts, {})
    assert.equal(sum.messagesIn, 3 * 6 + 3, 'eighteen, and three notifications')
    assert.deepEqual([sum.messagesOut, sum.recipientsOut, sum.sent, sum.delivered, sum.bounced], [3, 6, 3, 3, 3])
  })

  test('what an account holds is noted; a mailbox that goes has been counted', async () => {
    const { demo, alice } = house
    const before = await counted()
    const mailbox = await demo.mailboxes.create(alice, ['Short'])
    const id = await arrive(house, [alice], message('into INBOX'))
    await settleQueues(house)
    assert.ok(id)
    await deleteMailbox(demo, alice, ['Short'])
    await removeMailbox(demo, mailbox)
    await countUsage(demo)
    const today = dayOf(house.clock.now())
    const days = await Array.fromAsync(demo.usage.between(today, today))
    const own = days.find(({ account }) => account === alice.slice('demo/'.length))!
    assert.equal(own.counts.octetsStored, (await usageOf(demo, alice)).sizeOctets)
    assert.equal((await counted()).size, before.size + 1)
  })
})
