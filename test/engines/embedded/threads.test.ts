import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type EmbeddedEngine, joinEmbeddedEngine, openEmbeddedEngine } from '../../../shared/engines/embedded/engine.ts'
import type { MailboxId, Modseq } from '../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { eventually, folderFor } from './opened-folder.ts'

const MAILBOX = 'demo/a/m' as MailboxId

/** Two engines on one folder, as two threads of a process have them. */
async function twoThreads(t: TestContext): Promise<EmbeddedEngine[]> {
  const { folder } = await folderFor(t)
  const options = { folder, relay: { kind: 'capture' } } as const
  const first = await openEmbeddedEngine(options)
  const second = await joinEmbeddedEngine(options, first.invite())
  t.after(async () => {
    await second.close()
    await first.close()
  })
  return [first, second]
}

describe('threads of one process', () => {
  it('hear of commits to what they watch, from one another and while they watch', async (t) => {
    const engines = await twoThreads(t)
    for (const [watcher, publisher] of [engines, engines.toReversed()]) {
      const heard: number[] = []
      const watch = await watcher!.changeFeed.watch(MAILBOX, (modseq) => heard.push(modseq))
      await publisher!.changeFeed.publish(MAILBOX, 1 as Modseq)
      await publisher!.changeFeed.publish(MAILBOX, 2 as Modseq)
      await eventually(() => heard.length === 2)
      await watch.end()
      await publisher!.changeFeed.publish(MAILBOX, 3 as Modseq)
      const again = await watcher!.changeFeed.watch(MAILBOX, (modseq) => heard.push(modseq))
      await publisher!.changeFeed.publish(MAILBOX, 4 as Modseq)
      await eventually(() => heard.includes(4))
      assert.deepEqual(heard, [1, 2, 4])
      await again.end()
    }
  })

  it('work on objects that another thread put, and are not woken for one that is unannounced', async (t) => {
    const [first, second] = (await twoThreads(t)) as [EmbeddedEngine, EmbeddedEngine]
    const receiving = second.queues.arrivals.receive({ max: 10, visibilitySeconds: 30, waitSeconds: 20 })
    await first.blobs.put('raw/demo/quiet', sourceOf(Buffer.from('quiet')), {}, { unannounced: true })
    await first.blobs.put('raw/demo/loud', sourceOf(Buffer.from('loud')))
    const bodies = (await receiving).map(({ body }) => body)
    assert.deepEqual(bodies, [JSON.stringify({ name: 'raw/demo/loud' })])
    assert.equal((await second.blobs.head('raw/demo/quiet'))?.length, 5)
  })
})
