/** Hints between tasks: a queue for each that watches, none for who only publishes, none left behind by who died. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { AwsEngine } from '../../../shared/engines/aws/engine.ts'
import { systemClock } from '../../../shared/engines/common/clock.ts'
import type { MailboxId, Modseq } from '../../../shared/mailbox/ids.ts'
import { queryAll } from '../../../shared/ports/table.ts'
import { skipWithoutEmulator } from '../../aws/ministack.ts'
import { jsonError } from '../../aws/wire-proxy.ts'
import { type AwsWorld, startAwsWorld } from './world.ts'

const DEADLINE_MS = 20_000

describe('change feed on SQS', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let sqs: SQSClient
  let mailbox = '' as MailboxId
  let mailboxes = 0

  before(async () => {
    world = await startAwsWorld()
    const { endpoint, region, credentials } = world.resources
    sqs = new SQSClient({ endpoint, region, credentials })
  })
  after(async () => {
    await world.stop()
    sqs.destroy()
  })
  beforeEach(() => {
    mailbox = `demo/a/m${mailboxes++}` as MailboxId
    world.proxy.fault = () => undefined
  })

  async function feedQueues(): Promise<string[]> {
    const { QueueUrls = [] } = await sqs.send(
      new ListQueuesCommand({ QueueNamePrefix: world.resources.feedQueuePrefix }),
    )
    return QueueUrls
  }
  const watchers = (engine: AwsEngine) =>
    Array.fromAsync(queryAll(engine.table, `t/${mailbox.replace('/', '/watch/')}`))

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS
    while (!(await holds())) {
      assert.ok(Date.now() < deadline, 'it never came true')
      await systemClock.sleep(20)
    }
  }

  it('goes from one process to another, through a queue that ends with its task', async () => {
    const [gateway, indexer] = [world.open(), world.open()]
    const seen: number[] = []
    const watch = await gateway.changeFeed.watch(mailbox, (modseq) => seen.push(modseq))
    assert.equal((await feedQueues()).length, 1)
    await indexer.changeFeed.publish(mailbox, 7 as Modseq)
    await until(() => seen.includes(7))
    assert.equal((await feedQueues()).length, 1, 'who only publishes has no queue')
    await watch.end()
    assert.deepEqual(await watchers(gateway), [])
    await gateway.close()
    assert.deepEqual(await feedQueues(), [])
  })

  it('needs no queue between a publisher and a watcher of one process', async () => {
    const engine = world.open()
    const seen: number[] = []
    await engine.changeFeed.watch(mailbox, (modseq) => seen.push(modseq))
    world.proxy.seen.length = 0
    await engine.changeFeed.publish(mailbox, 3 as Modseq)
    await until(() => seen.includes(3))
    assert.ok(!world.proxy.seen.some(({ operation }) => operation === 'SQS.SendMessage'))
    await engine.close()
    assert.deepEqual(await watchers(world.open()), [], 'closing ends what still watches')
  })

  it('one item stands for all watchers of a task', async () => {
    const engine = world.open()
    const watches = await Promise.all(
      Array.from({ length: 5 }, () => engine.changeFeed.watch(mailbox, () => undefined)),
    )
    const found = await watchers(engine)
    assert.equal(found.length, 1)
    assert.ok((found[0]!['expires'] as number) > Date.now() / 1000 + 600)
    for (const watch of watches.slice(1)) await watch.end()
    assert.equal((await watchers(engine)).length, 1)
    await watches[0]!.end()
    assert.equal((await watchers(engine)).length, 0)
    await engine.close()
  })

  it('watching and ending at random leaves the item as it should be', async () => {
    const engine = world.open()
    const changes: Promise<unknown>[] = []
    for (let round = 0; round < 10; round++) {
      changes.push(engine.changeFeed.watch(mailbox, () => undefined).then((watch) => watch.end()))
    }
    const last = await engine.changeFeed.watch(mailbox, () => undefined)
    await Promise.all(changes)
    assert.equal((await watchers(engine)).length, 1)
    await last.end()
    assert.equal((await watchers(engine)).length, 0)
    await engine.close()
  })

  it('forgets watchers whose task is gone, and sweeps their queues', async () => {
    let later = 0
    const clock = { ...systemClock, now: () => Date.now() + later }
    const dead = world.open()
    await dead.changeFeed.watch(mailbox, () => undefined)
    const [left] = await feedQueues()
    const living = world.open({ clock })
    later = 2 * 3600_000
    // Past its time the dead task is hinted no more, and the next task's start takes its queue away.
    world.proxy.seen.length = 0
    await living.changeFeed.publish(mailbox, 1 as Modseq)
    assert.ok(!world.proxy.seen.some(({ operation }) => operation === 'SQS.SendMessage'))
    await living.changeFeed.watch('demo/a/other' as MailboxId, () => undefined)
    await until(async () => !(await feedQueues()).includes(left!))
    later = 0
    // The queue is gone, the item still stands: who publishes to it takes it away.
    await living.changeFeed.publish(mailbox, 2 as Modseq)
    assert.deepEqual(await watchers(living), [])
    await living.close()
    await dead.close()
  })

  it('goes on with a new queue where its own was taken away', async () => {
    const [gateway, indexer] = [world.open(), world.open()]
    const seen: number[] = []
    await gateway.changeFeed.watch(mailbox, (modseq) => seen.push(modseq))
    const [first] = await watchers(gateway)
    world.proxy.fault = ({ operation }) =>
      operation === 'SQS.ReceiveMessage' ? jsonError('QueueDoesNotExist') : undefined
    // The long poll under way ends with a hint; the next one finds the queue gone.
    await indexer.changeFeed.publish(mailbox, 1 as Modseq)
    await until(async () => (await watchers(gateway))[0]?.['queue'] !== first!['queue'])
    world.proxy.fault = () => undefined
    await until(async () => {
      await indexer.changeFeed.publish(mailbox, 2 as Modseq)
      return seen.includes(2)
    })
    await gateway.close()
  })

  it('fails nobody who publishes', async () => {
    const engine = world.open()
    world.proxy.fault = () => jsonError('ThrottlingException')
    await engine.changeFeed.publish(mailbox, 1 as Modseq)
  })

  it('tells who watches that it cannot, and tries anew', async () => {
    const engine = world.open()
    world.proxy.fault = ({ operation }) =>
      operation === 'SQS.CreateQueue' ? jsonError('AccessDeniedException') : undefined
    await assert.rejects(engine.changeFeed.watch(mailbox, () => undefined))
    world.proxy.fault = () => undefined
    const watch = await engine.changeFeed.watch(mailbox, () => undefined)
    await watch.end()
    await engine.close()
  })
})
