import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Queue, QueueMessage, QueueName } from '../../shared/ports/queue.ts'
import { holder, type Open, unique } from './opened.ts'

/** Wide, as emulators are slow; each test ends as soon as it has seen what it waits for. */
const DEADLINE_MS = 30_000

/** Receives until `wanted` messages have come. */
async function receiveAll(queue: Queue, wanted: number, visibilitySeconds = 30): Promise<QueueMessage[]> {
  const messages: QueueMessage[] = []
  const deadline = Date.now() + DEADLINE_MS
  while (messages.length < wanted && Date.now() < deadline)
    messages.push(...(await queue.receive({ max: 10, visibilitySeconds, waitSeconds: 2 })))
  return messages
}

export function queueContract(name: string, open: Open): void {
  // Each group has a queue of its own, so they need not wait for one another.
  describe(`queues on ${name}`, { concurrency: true }, () => {
    const opened = holder(open, { before, after })
    const queue = (queueName: QueueName) => opened().engine.queues[queueName]
    const bodies = (messages: readonly QueueMessage[]) => messages.map(({ body }) => body).toSorted()

    describe('messages', { concurrency: false }, () => {
      const feedback = () => queue('feedback')

      it('come once to one of several receivers, until they are deleted', async () => {
        const earliest = Date.now()
        const sent = Array.from({ length: 25 }, (_, n) => `${unique()} ${n} Grüße \u{1f4ee} "\n`)
        await Promise.all(sent.map((body) => feedback().send(body)))
        const received: QueueMessage[] = []
        const deadline = Date.now() + DEADLINE_MS
        const receiver = async () => {
          while (received.length < sent.length && Date.now() < deadline)
            received.push(...(await feedback().receive({ max: 4, visibilitySeconds: 60, waitSeconds: 1 })))
        }
        await Promise.all([receiver(), receiver(), receiver()])
        assert.deepEqual(bodies(received), sent.toSorted())
        for (const { attempts, sentAt } of received) {
          assert.equal(attempts, 1)
          assert.ok(sentAt >= earliest - 5000 && sentAt <= Date.now() + 5000)
        }
        await Promise.all(received.map(({ receipt }) => feedback().delete(receipt)))
        assert.deepEqual(await feedback().receive({ max: 10, visibilitySeconds: 1, waitSeconds: 0 }), [])
      })

      it('are no more than asked for', async () => {
        await Promise.all(Array.from({ length: 3 }, (_, n) => feedback().send(`${n}`)))
        for (let left = 3; left > 0; left--) {
          const [message, ...more] = await feedback().receive({ max: 1, visibilitySeconds: 30, waitSeconds: 5 })
          assert.equal(more.length, 0)
          await feedback().delete(message!.receipt)
        }
      })

      it('come to who waits already', async () => {
        const waiting = feedback().receive({ max: 1, visibilitySeconds: 30, waitSeconds: 20 })
        await feedback().send('at last')
        const [message] = await waiting
        assert.equal(message!.body, 'at last')
        await feedback().delete(message!.receipt)
      })

      it('are none where none come in time', async () => {
        const begun = Date.now()
        assert.deepEqual(await feedback().receive({ max: 1, visibilitySeconds: 30, waitSeconds: 1 }), [])
        assert.ok(Date.now() - begun >= 900)
      })

      it('are none for who stops waiting', async () => {
        const stop = new AbortController()
        const begun = Date.now()
        const waiting = feedback().receive({ max: 1, visibilitySeconds: 30, waitSeconds: 20, signal: stop.signal })
        stop.abort()
        assert.deepEqual(await waiting, [])
        const late = feedback().receive({ max: 1, visibilitySeconds: 30, waitSeconds: 20, signal: stop.signal })
        assert.deepEqual(await late, [])
        assert.ok(Date.now() - begun < 15_000)
      })

      it('are as long as 256 KB, and no longer', async () => {
        const longest = 'x'.repeat(256 * 1024)
        await feedback().send(longest)
        const [message] = await receiveAll(feedback(), 1)
        assert.ok(message!.body === longest)
        await feedback().delete(message!.receipt)
        await assert.rejects(feedback().send(`${longest}x`), RangeError)
        await assert.rejects(feedback().send('é'.repeat(128 * 1024 + 1)), RangeError)
      })

      it('are counted', async () => {
        await Promise.all(Array.from({ length: 3 }, (_, n) => feedback().send(`${n}`)))
        const [message] = await feedback().receive({ max: 1, visibilitySeconds: 30, waitSeconds: 5 })
        const { waiting, inFlight, dead } = await feedback().depth()
        assert.deepEqual({ waiting, inFlight, dead }, { waiting: 2, inFlight: 1, dead: 0 })
        await feedback().delete(message!.receipt)
        for (const { receipt } of await receiveAll(feedback(), 2)) await feedback().delete(receipt)
        assert.deepEqual(await feedback().depth(), { waiting: 0, inFlight: 0, dead: 0 })
      })
    })

    describe('time', { concurrency: false }, () => {
      const outgoing = () => queue('outgoing')

      it('of a delay passes before the message comes', async () => {
        const begun = Date.now()
        await outgoing().send('later', { delaySeconds: 1 })
        assert.deepEqual(await outgoing().receive({ max: 1, visibilitySeconds: 30, waitSeconds: 0 }), [])
        const [message] = await receiveAll(outgoing(), 1)
        assert.equal(message!.body, 'later')
        assert.ok(Date.now() - begun >= 900)
        await outgoing().delete(message!.receipt)
      })

      it('of visibility passes before another sees it; then the first receipt is void', async () => {
        await outgoing().send('again')
        const [first] = await receiveAll(outgoing(), 1, 1)
        assert.deepEqual(await outgoing().receive({ max: 1, visibilitySeconds: 30, waitSeconds: 0 }), [])
        const [second] = await receiveAll(outgoing(), 1)
        assert.deepEqual([first!.attempts, second!.attempts], [1, 2])
        assert.deepEqual([second!.body, second!.sentAt], [first!.body, first!.sentAt])
        assert.notEqual(second!.receipt, first!.receipt)
        await outgoing().delete(second!.receipt)
        assert.deepEqual(await outgoing().depth(), { waiting: 0, inFlight: 0, dead: 0 })
      })

      it('of a retry is its own', async () => {
        await outgoing().send('soon')
        const [first] = await receiveAll(outgoing(), 1, 600)
        await outgoing().retry(first!.receipt, 0)
        const [second] = await receiveAll(outgoing(), 1, 600)
        assert.equal(second!.attempts, 2)
        const begun = Date.now()
        await outgoing().retry(second!.receipt, 1)
        const [third] = await receiveAll(outgoing(), 1)
        assert.equal(third!.attempts, 3)
        assert.ok(Date.now() - begun >= 900)
        await outgoing().delete(third!.receipt)
      })

      it('has bounds', async () => {
        for (const delaySeconds of [-1, 901, Number.NaN])
          await assert.rejects(outgoing().send('x', { delaySeconds }), RangeError)
        for (const max of [0, 11, 1.5])
          await assert.rejects(outgoing().receive({ max, visibilitySeconds: 1, waitSeconds: 0 }), RangeError)
        await assert.rejects(outgoing().receive({ max: 1, visibilitySeconds: 1, waitSeconds: 21 }), RangeError)
      })
    })

    describe('dead letters', { concurrency: false }, () => {
      it('are what was received too often; they come back when redriven, and begin anew', async () => {
        const jobs = queue('jobs')
        await jobs.send('poison')
        await jobs.send('work')
        for (let attempt = 1; attempt <= opened().jobAttempts; attempt++) {
          const messages = await receiveAll(jobs, attempt === 1 ? 2 : 1, 600)
          for (const message of messages) {
            assert.equal(message.attempts, attempt)
            if (message.body === 'work') await jobs.delete(message.receipt)
            else await jobs.retry(message.receipt, 0)
          }
        }
        assert.deepEqual(await jobs.receive({ max: 10, visibilitySeconds: 600, waitSeconds: 1 }), [])
        assert.deepEqual(await jobs.depth(), { waiting: 0, inFlight: 0, dead: 1 })

        assert.equal(await jobs.redrive(), 1)
        const [message] = await receiveAll(jobs, 1)
        assert.deepEqual([message!.body, message!.attempts], ['poison', 1])
        await jobs.delete(message!.receipt)
        assert.deepEqual(await jobs.depth(), { waiting: 0, inFlight: 0, dead: 0 })
        assert.equal(await jobs.redrive(), 0)
      })
    })
  })
}
