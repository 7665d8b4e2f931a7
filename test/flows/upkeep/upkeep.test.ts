import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expungeMessages } from '../../../shared/flows/mailboxes/expunge-messages.ts'
import { storeFlags } from '../../../shared/flows/mailboxes/store-flags.ts'
import { keepInOrder } from '../../../shared/flows/upkeep/upkeep.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import { arrive, DEMO, message, openHouse, settleQueues } from '../../house.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const PATIENCE_MS = 20_000

test('a process by itself finds lost events, deletes what nobody needs, and ends when it is told to', async (t) => {
  const house = await openHouse()
  t.after(() => house.close())
  const { demo, engine, inbox, alice, clock } = house
  const names = async () => (await engine.blobs.list(`raw/${DEMO}/`)).map(({ name }) => name)
  await arrive(house, [alice], message('to be deleted'))
  await settleQueues(house)
  const [deleted] = await names()
  await demo.replicas.use(inbox, async (replica) => {
    await storeFlags(demo, replica, [1], 'add', flagsOf(['\\Deleted']))
    return expungeMessages(demo, replica)
  })
  clock.advance(8 * DAY_MS)
  await arrive(house, [alice], message('its event is lost'))
  const { arrivals } = engine.queues
  for (const { receipt } of await arrivals.receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 }))
    await arrivals.delete(receipt)
  clock.advance(DAY_MS / 24)

  const ending = new AbortController()
  const times = { sweepEveryMs: 100, reclaimEveryMs: 100, inboxTrashDays: 30 }
  const keeping = keepInOrder(house.store, times, ending.signal)
  const deadline = Date.now() + PATIENCE_MS
  while ((await names()).includes(deleted!) || (await arrivals.depth()).waiting === 0) {
    assert.ok(Date.now() < deadline, 'nothing was done')
    await clock.sleep(10)
  }
  ending.abort()
  await keeping
  await settleQueues(house)
  assert.equal((await demo.journal.newest(inbox)).totals.exists, 1)
  assert.equal((await names()).length, 1)
})
