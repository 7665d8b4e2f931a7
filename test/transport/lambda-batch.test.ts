import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setLogLevel } from '../../shared/log.ts'
import { handleBatch } from '../../shared/transport/lambda-batch.ts'

setLogLevel('silent')

function event(...messages: [body: string, attempts: number][]) {
  return {
    Records: messages.map(([body, attempts], index) => ({
      messageId: `m${index}`,
      receiptHandle: `r${index}`,
      body,
      attributes: { ApproximateReceiveCount: String(attempts) },
    })),
  }
}

describe('a batch of messages', () => {
  test('each is done by itself: what fails or is put off comes again, the rest is done', async () => {
    const retried: [string, number][] = []
    const queue = { retry: async (receipt: string, seconds: number) => void retried.push([receipt, seconds]) }
    const answer = await handleBatch(
      event(['done', 1], ['later', 1], ['fails', 1], ['fails', 4], ['fails', 40], ['done', 1]),
      queue,
      async (body) => {
        if (body === 'fails') throw new Error('no')
        return body === 'later' ? { delaySeconds: 30 } : undefined
      },
    )
    assert.deepEqual(
      answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
      ['m1', 'm2', 'm3', 'm4'],
    )
    assert.deepEqual(retried.toSorted(), [
      ['r1', 30],
      ['r2', 2],
      ['r3', 16],
      ['r4', 900],
    ])
  })

  test('where the delay cannot be set the message still comes again', async () => {
    const queue = { retry: () => Promise.reject(new Error('throttled')) }
    const answer = await handleBatch(event(['x', 1]), queue, () => Promise.reject(new Error('no')))
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
  })

  test('an empty batch is done', async () => {
    const queue = { retry: () => Promise.reject(new Error('nobody asks')) }
    assert.deepEqual(await handleBatch({ Records: [] }, queue, async () => undefined), { batchItemFailures: [] })
  })
})
