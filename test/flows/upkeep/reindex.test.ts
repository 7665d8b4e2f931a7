import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldMailbox } from '../../../shared/flows/mailboxes/fold-mailbox.ts'
import { storeFlags } from '../../../shared/flows/mailboxes/store-flags.ts'
import { reindex } from '../../../shared/flows/upkeep/reindex.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import type { ContentId, MailboxId } from '../../../shared/mailbox/ids.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import { queryAll } from '../../../shared/ports/table.ts'
import { contentPk, journalPk, mailboxKey } from '../../../shared/store/keys.ts'
import { openStore } from '../../../shared/store/store.ts'
import { arrive, DEMO, fill, type House, message, openHouse, SCAN, settleQueues } from '../../house.ts'

async function picture(house: House, mailbox: MailboxId) {
  const own = openStore(house.engine).tenant(DEMO)
  return own.replicas.use(mailbox, async ({ messages, totals }) => ({
    totals: { ...totals },
    messages: Array.from({ length: messages.count }, (_, row) => ({
      uid: messages.uidAt(row),
      content: messages.contentAt(row),
      flags: messages.flagsAt(row),
      date: messages.dateAt(row),
      size: messages.sizeAt(row),
      thread: messages.threadAt(row),
    })),
  }))
}

async function contents({ engine }: House): Promise<ContentId[]> {
  const ids: ContentId[] = []
  for await (const { name } of listAll(engine.blobs, `raw/${DEMO}/`)) ids.push(name.split('/')[2] as ContentId)
  return ids
}

/** What a lost table costs: everything but the directory and the names that accounts begin with. */
async function loseIndex(house: House, mailboxes: readonly MailboxId[]): Promise<void> {
  const { engine } = house
  const lose = async (pk: string) => {
    for await (const { sk } of queryAll(engine.table, pk)) await engine.table.write([{ delete: { pk, sk } }])
  }
  for (const mailbox of mailboxes) {
    await lose(journalPk(mailbox))
    await engine.table.write([{ delete: mailboxKey(mailbox) }])
  }
  for (const content of await contents(house)) await lose(contentPk(DEMO, content))
}

test('the bucket is the truth (I9): views exactly, mailboxes from their snapshots, the rest in INBOX', async () => {
  const house = await openHouse()
  try {
    const { demo, alice, inbox } = house
    const work = await demo.mailboxes.create(alice, ['Work', 'Projects'])
    await fill(house, work, 30, ['\\Seen'])
    await demo.replicas.use(work, async (replica) => {
      await storeFlags(demo, replica, [3, 4, 5], 'add', flagsOf(['\\Flagged', '$Later']))
    })
    await foldMailbox(demo, work)
    const before = await picture(house, work)
    await arrive(house, [alice], message('after the snapshot'))
    await settleQueues(house)
    const views = await demo.views.getMany(await contents(house))
    const uidvalidity = (await demo.snapshots.identity(work)).uidvalidity

    await loseIndex(house, [work])
    house.store = openStore(house.engine)
    house.demo = house.store.tenant(DEMO)
    const reindexed = await reindex(house.demo, SCAN)

    assert.deepEqual({ ...reindexed }, { views: 31, mailboxes: 1, restored: 30, found: 1 })
    assert.deepEqual(await house.demo.views.getMany(await contents(house)), views)
    assert.deepEqual(await picture(house, work), before)
    assert.equal(await house.demo.mailboxes.mailbox(alice, ['Work', 'Projects']), work)
    assert.ok((await house.demo.snapshots.identity(work)).uidvalidity > uidvalidity)
    assert.equal((await picture(house, inbox)).messages.length, 2, 'the one that was there, and found again')
  } finally {
    await house.close()
  }
})
