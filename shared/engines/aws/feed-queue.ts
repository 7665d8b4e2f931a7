/**
 * The queue that a gateway task takes its hints from: made at its start, removed when it drains. It is listed in the table before it is
 * made, so that a task that died leaves nothing behind that cannot be found.
 */
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { log } from '../../log.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ids } from '../../ports/ids.ts'
import { ConflictError, type Key, queryAll, type Table } from '../../ports/table.ts'
import { isNamed } from './failures.ts'

export interface FeedQueueOptions {
  client: SQSClient
  table: Table
  clock: Clock
  ids: Ids
  /** What the names of all these queues begin with. */
  prefix: string
  /** How long after its last renewal a queue counts as left behind. */
  leaseSeconds: number
  onHint(body: string): void
  /** The queue is gone: somebody took it for left behind. */
  onLost(): void
}

export interface FeedQueue {
  url: string
  /** Says that the task lives. */
  renew(): Promise<void>
  /** Removes what tasks that died left behind. */
  sweep(): Promise<void>
  /** Ends the listening and removes the queue. */
  remove(): Promise<void>
}

/** All these queues are under one pk, which is no tenant's: `until` is their lease, in seconds since 1970. */
const QUEUES_PK = 'feed-queues'
const FORMAT = 1
/** A hint older than this helps nobody: a session looks for itself every minute. */
const RETENTION_SECONDS = 300
const VISIBILITY_SECONDS = 30
const WAIT_SECONDS = 20
const BATCH = 10
const PAUSE_MS = 5_000

export async function createFeedQueue(options: FeedQueueOptions): Promise<FeedQueue> {
  const { client, table, clock, ids, prefix, leaseSeconds } = options
  const name = `${prefix}${ids.nonce()}`
  const key: Key = { pk: QUEUES_PK, sk: name }
  const lease = () => Math.ceil(clock.now() / 1000) + leaseSeconds

  await table.write([{ put: { ...key, f: FORMAT, until: lease() } }])
  const { QueueUrl: url } = await client.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        MessageRetentionPeriod: String(RETENTION_SECONDS),
        VisibilityTimeout: String(VISIBILITY_SECONDS),
        ReceiveMessageWaitTimeSeconds: String(WAIT_SECONDS),
        SqsManagedSseEnabled: 'true',
      },
    }),
  )
  if (url === undefined) throw new Error(`SQS made ${name} and gave no URL`)
  await table.write([{ update: key, set: { url } }])

  const stopped = new AbortController()
  const listening = listen(url)

  async function listen(from: string): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await takeHints(from)
      } catch (error) {
        if (stopped.signal.aborted) return
        if (isGone(error)) return options.onLost()
        log.warn('feed-queue-not-read', { queue: name, error: error as Error })
        await clock.sleep(ids.fraction() * PAUSE_MS, stopped.signal).catch(() => undefined) // aborted: the loop ends
      }
    }
  }

  async function takeHints(from: string): Promise<void> {
    const command = new ReceiveMessageCommand({
      QueueUrl: from,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: WAIT_SECONDS,
    })
    const { Messages = [] } = await client.send(command, { abortSignal: stopped.signal })
    if (Messages.length === 0) return
    for (const { Body } of Messages) options.onHint(Body ?? '')
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: from, Entries }))
  }

  /** Its list entry goes last: where removing fails, somebody else tries again. */
  async function removeQueue(queue: Key, queueUrl: string | undefined): Promise<void> {
    if (queueUrl !== undefined) {
      await client.send(new DeleteQueueCommand({ QueueUrl: queueUrl })).catch((error) => {
        if (!isGone(error)) throw error
      })
    }
    await table.write([{ delete: queue }])
  }

  async function sweep(): Promise<void> {
    const now = clock.now() / 1000
    for await (const { pk, sk, url: left, until } of queryAll(table, QUEUES_PK, { prefix })) {
      if (sk === name || typeof until !== 'number' || until > now) continue
      log.info('feed-queue-left-behind', { queue: sk })
      await removeQueue({ pk, sk }, typeof left === 'string' ? left : urlOf(sk))
    }
  }

  /** Of a queue whose task died before it wrote down its URL: all stand beside one another. */
  function urlOf(queue: string): string {
    const own = url!
    return own.slice(0, own.lastIndexOf('/') + 1) + queue
  }

  return {
    url,

    async renew() {
      try {
        await table.write([{ update: key, set: { until: lease() }, if: { present: true } }])
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error
        log.warn('feed-queue-lost-its-lease', { queue: name }) // it is being swept: the next read finds it gone
      }
    },

    sweep,

    async remove() {
      stopped.abort()
      await listening
      await removeQueue(key, url)
    },
  }
}

export function isGone(error: unknown): boolean {
  return isNamed(error, 'QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue')
}
