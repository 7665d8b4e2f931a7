import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setLogLevel } from '../../shared/log.ts'
import { functionMetrics, type Worked } from '../../shared/transport/function-metrics.ts'
import { handleBatch } from '../../shared/transport/lambda-batch.ts'

setLogLevel('silent')

const report = () => undefined

function event(...messages: [body: string, attempts: number][]) {
  return {
    Records: messages.map(([body, attempts], index) => ({
      messageId: `m${index}`,
      receiptHandle: `r${index}`,
      body,
      attributes: { ApproximateReceiveCount: String(attempts), SentTimestamp: String(Date.now() - 1500) },
    })),
  }
}

describe('a batch of messages', () => {
  test('each is done by itself: what fails or is put off comes again, the rest is done', async () => {
    const reported: Worked[] = []
    const retried: [string, number][] = []
    const queue = { retry: async (receipt: string, seconds: number) => void retried.push([receipt, seconds]) }
    const answer = await handleBatch(
      event(['done', 1], ['later', 1], ['fails', 1], ['fails', 4], ['fails', 40], ['done', 1]),
      {
        queue,
        work: async (body) => {
          if (body === 'fails') throw new Error('no')
          return body === 'later' ? { delaySeconds: 30 } : undefined
        },
        report: (worked) => reported.push(worked),
      },
    )
    assert.equal(reported.length, 1)
    assert.equal(reported[0]!.again, 4)
    assert.equal(reported[0]!.seconds.length, 2)
    for (const seconds of reported[0]!.seconds) assert.ok(seconds >= 1.5 && seconds < 60)
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
    const answer = await handleBatch(event(['x', 1]), { queue, work: () => Promise.reject(new Error('no')), report })
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
  })

  test('an empty batch is done', async () => {
    const queue = { retry: () => Promise.reject(new Error('nobody asks')) }
    assert.deepEqual(await handleBatch({ Records: [] }, { queue, work: async () => undefined, report }), {
      batchItemFailures: [],
    })
  })
})

describe('the metrics of a function', () => {
  test('one line a batch in the embedded metric format, without metrics that would cost and say nothing', () => {
    const counters = { readUnits: 1, writeUnits: 7, requests: { PutItem: 2, GetObject: 1 } }
    const lines: string[] = []
    const told = functionMetrics('index-message', counters, (line) => lines.push(line))
    told({ seconds: [0.5, 1], again: 0 }, 1000)
    counters.writeUnits += 5
    told({ seconds: [], again: 2 }, 2000)
    const metrics = (...names: [string, string][]) => ({
      Namespace: 'Tubepost',
      Dimensions: [['Function']],
      Metrics: names.map(([Name, Unit]) => ({ Name, Unit })),
    })
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [
        {
          _aws: { Timestamp: 1000, CloudWatchMetrics: [metrics(['SecondsToDone', 'Seconds'])] },
          Function: 'index-message',
          SecondsToDone: [0.5, 1],
          readUnits: 1,
          writeUnits: 7,
          requests: 3,
        },
        {
          _aws: { Timestamp: 2000, CloudWatchMetrics: [metrics(['Again', 'Count'])] },
          Function: 'index-message',
          Again: 2,
          readUnits: 0,
          writeUnits: 5,
          requests: 0,
        },
      ],
    )
  })
})
