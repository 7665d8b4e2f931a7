import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { MailboxId, Modseq } from '../../shared/mailbox/ids.ts'
import { holder, type Open, unique } from './opened.ts'

/** Resolves once `seen` holds `modseq`; the test's own time limit is the deadline. */
function hinted(deadlineMs = 20_000) {
  const seen: number[] = []
  let look = () => {}
  return {
    seen,
    listener: (modseq: Modseq) => {
      seen.push(modseq)
      look()
    },
    until: (modseq: number) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no hint of ${modseq}, only ${seen}`)), deadlineMs)
        look = () => {
          if (!seen.includes(modseq)) return
          clearTimeout(timer)
          resolve()
        }
        look()
      }),
  }
}

export function changeFeedContract(name: string, open: Open): void {
  describe(`change feed on ${name}`, () => {
    const opened = holder(open, { before, after })
    const feed = () => opened().engine.changeFeed
    const mailbox = () => `contract/a/${unique()}` as MailboxId
    const modseq = (value: number) => value as Modseq

    it('hints every watcher of the mailbox, and nobody else', async () => {
      const [watched, other] = [mailbox(), mailbox()]
      const [first, second, elsewhere] = [hinted(), hinted(), hinted()]
      const watches = await Promise.all([
        feed().watch(watched, first.listener),
        feed().watch(watched, second.listener),
        feed().watch(other, elsewhere.listener),
      ])
      await feed().publish(watched, modseq(7))
      await Promise.all([first.until(7), second.until(7)])
      await feed().publish(other, modseq(3))
      await elsewhere.until(3)
      assert.deepEqual(elsewhere.seen, [3])
      assert.ok(!first.seen.includes(3) && !second.seen.includes(3))
      for (const watch of watches) await watch.end()
    })

    it('leaves in peace who has ended, and goes on for the others', async () => {
      const watched = mailbox()
      const [ended, goesOn] = [hinted(), hinted()]
      const watch = await feed().watch(watched, ended.listener)
      const other = await feed().watch(watched, goesOn.listener)
      await watch.end()
      await feed().publish(watched, modseq(1))
      await goesOn.until(1)
      assert.deepEqual(ended.seen, [])
      await other.end()
      await watch.end()
    })

    it('calls a listener given twice until both watches have ended', async () => {
      const watched = mailbox()
      const twice = hinted()
      const [first, second] = [await feed().watch(watched, twice.listener), await feed().watch(watched, twice.listener)]
      await first.end()
      await feed().publish(watched, modseq(1))
      await twice.until(1)
      await second.end()
    })

    it('publishes to nobody without complaint', async () => {
      await feed().publish(mailbox(), modseq(1))
    })
  })
}
