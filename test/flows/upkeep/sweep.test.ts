import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { deleteMailbox } from '../../../shared/flows/mailboxes/delete-mailbox.ts'
import { runJob } from '../../../shared/flows/upkeep/run-job.ts'
import { sweep } from '../../../shared/flows/upkeep/sweep.ts'
import { arrive, fill, type House, JOBS, message, openHouse, settleQueues } from '../../house.ts'

describe('sweep', () => {
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())

  test('an arrival whose event was lost is queued again, once it is old enough', async () => {
    const { store, engine, clock, alice, demo, inbox } = house
    await arrive(house, [alice], message('lost event'))
    const [lost] = await engine.queues.arrivals.receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 })
    await engine.queues.arrivals.delete(lost!.receipt)
    assert.deepEqual(await sweep(store), { arrivals: 0, outgoing: 0, jobs: 0 }, 'young')
    clock.advance(16 * 60 * 1000)
    assert.deepEqual(await sweep(store), { arrivals: 1, outgoing: 0, jobs: 0 })
    await settleQueues(house)
    assert.equal((await demo.journal.newest(inbox)).totals.exists, 1)
    assert.deepEqual(await sweep(store), { arrivals: 0, outgoing: 0, jobs: 0 }, 'indexed')
  })

  test('a removal whose job was lost is queued again, and ends it', async () => {
    const { store, engine, alice, demo } = house
    const mailbox = await demo.mailboxes.create(alice, ['Old'])
    await fill(house, mailbox, 3)
    await deleteMailbox(demo, alice, ['Old'])
    const [lost] = await engine.queues.jobs.receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 })
    await engine.queues.jobs.delete(lost!.receipt)
    assert.equal((await sweep(store)).jobs, 1)
    const [job] = await engine.queues.jobs.receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 })
    await runJob(store, job!.body, JOBS)
    assert.equal(await demo.journal.exists(mailbox), false)
    assert.equal((await sweep(store)).jobs, 0)
  })
})
