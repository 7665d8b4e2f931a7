import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { deleteMailbox } from '../../shared/flows/mailboxes/delete-mailbox.ts'
import { foldMailbox } from '../../shared/flows/mailboxes/fold-mailbox.ts'
import { removeMailbox } from '../../shared/flows/mailboxes/remove-mailbox.ts'
import { makeRestingReplicas, Replicas } from '../../shared/store/replicas.ts'
import { fill, type House, openHouse } from '../house.ts'

describe('replicas', () => {
  let house: House
  let watches = 0
  let replicas: Replicas

  before(async () => {
    house = await openHouse()
    const { engine, journal, snapshots } = house.demo
    const { changeFeed } = engine
    const watched = {
      ...engine,
      changeFeed: {
        ...changeFeed,
        publish: changeFeed.publish.bind(changeFeed),
        watch: ((...given) => {
          watches++
          return changeFeed.watch(...given)
        }) as typeof changeFeed.watch,
      },
    }
    replicas = new Replicas(watched, journal, snapshots, makeRestingReplicas())
  })
  after(() => house.close())

  test('work without a session needs no watch', async () => {
    assert.equal(await replicas.use(house.inbox, async ({ messages }) => messages.count), 0)
    assert.equal(watches, 0)
  })

  test('sessions and work at the same time share one replica and one watch', async () => {
    const first = await replicas.hold(house.inbox)
    const second = await replicas.hold(house.inbox)
    assert.equal(second.replica, first.replica)
    assert.equal(await replicas.use(house.inbox, async (replica) => replica), first.replica)
    assert.equal(watches, 1)
    first.release()
    second.release()
    assert.notEqual(await replicas.use(house.inbox, async (replica) => replica), first.replica)
    assert.equal(watches, 1)
  })

  test('a mailbox that is selected again is as it is now, without being read anew', async () => {
    const first = await replicas.hold(house.inbox)
    first.release()
    await fill(house, house.inbox, 1)
    const second = await replicas.hold(house.inbox)
    assert.equal(second.replica, first.replica)
    assert.equal(second.replica.messages.count, 1)
    assert.equal(second.replica.changesSince(0), undefined)
    second.release()
  })

  test('after a fold it begins with the newest snapshot', async () => {
    const first = await replicas.hold(house.inbox)
    first.release()
    await foldMailbox(house.demo, house.inbox)
    const second = await replicas.hold(house.inbox)
    assert.notEqual(second.replica, first.replica)
    assert.equal(second.replica.messages.count, 1)
    second.release()
  })

  test('a mailbox that was deleted meanwhile is gone', async () => {
    const mailbox = await house.demo.mailboxes.create(house.alice, ['Short-lived'])
    ;(await replicas.hold(mailbox)).release()
    await deleteMailbox(house.demo, house.alice, ['Short-lived'])
    await removeMailbox(house.demo, mailbox)
    await assert.rejects(replicas.hold(mailbox), { kind: 'no-such-mailbox' })
  })

  test('a mailbox that does not exist is said to be none, by both', async () => {
    const gone = `${house.inbox}x` as typeof house.inbox
    await assert.rejects(
      replicas.use(gone, async () => undefined),
      { kind: 'no-such-mailbox' },
    )
    await assert.rejects(replicas.hold(gone), { kind: 'no-such-mailbox' })
  })
})
