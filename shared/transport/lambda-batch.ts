/** Lambda's way of handing over what waits in an SQS queue, and of being told which messages are to come again. */
import { log } from '../log.ts'
import type { Queue } from '../ports/queue.ts'
import type { Worked } from './function-metrics.ts'

/** As much of it as is used. */
export interface SqsEvent {
  Records: readonly {
    messageId: string
    receiptHandle: string
    body: string
    attributes: {
      ApproximateReceiveCount: string
      /** Milliseconds since 1970. */
      SentTimestamp: string
    }
  }[]
}

/** What is not named here is done, and leaves the queue. */
export interface SqsBatchResponse {
  batchItemFailures: { itemIdentifier: string }[]
}

/** `delaySeconds`: to be done again, after so long; undefined: done. */
export type BatchWork = (body: string) => Promise<{ delaySeconds: number } | undefined>

export interface Batch {
  queue: Pick<Queue, 'retry'>
  work: BatchWork
  /** Told at the end of each batch. */
  report: (worked: Worked, nowMs: number) => void
}

const LONGEST_RETRY_SECONDS = 900

/**
 * Does the work of each message beside the others. What throws comes again, later and later, until the queue's highest number of receives;
 * one that fails does not bring the others back.
 */
export async function handleBatch({ Records }: SqsEvent, { queue, work, report }: Batch): Promise<SqsBatchResponse> {
  const seconds: number[] = []
  const failures = await Promise.all(
    Records.map(async ({ messageId, receiptHandle, body, attributes }) => {
      const again = await attempt(body, Number(attributes.ApproximateReceiveCount), work)
      if (again === undefined) {
        seconds.push(Math.max(0, Date.now() - Number(attributes.SentTimestamp)) / 1000)
        return []
      }
      // Where this fails it comes again when its visibility time is over.
      await queue
        .retry(receiptHandle, again.delaySeconds)
        .catch((error: Error) => log.warn('retry-not-set', { message: messageId, error }))
      return [{ itemIdentifier: messageId }]
    }),
  )
  const batchItemFailures = failures.flat()
  report({ seconds, again: batchItemFailures.length }, Date.now())
  return { batchItemFailures }
}

async function attempt(body: string, attempts: number, work: BatchWork) {
  try {
    return await work(body)
  } catch (error) {
    log.error('work-failed', { attempts, error: error as Error })
    return { delaySeconds: Math.min(LONGEST_RETRY_SECONDS, 2 ** Math.min(attempts, 10)) }
  }
}
