import { log } from '../../log.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Queue, QueueMessage, QueueName } from '../../ports/queue.ts'
import type { Store } from '../../store/store.ts'
import { indexAnnounced } from '../arrivals/index-announced.ts'
import type { ScanSettings } from '../arrivals/scan-content.ts'
import { OutgoingShares } from '../outgoing/outgoing-shares.ts'
import { parseOutboxName, type SendSettings, sendMessage } from '../outgoing/send-message.ts'
import { type JobServices, runJob } from './run-job.ts'

export type WorkSettings = ScanSettings & SendSettings & JobServices

/** `delaySeconds`: to be done again, after so long; undefined: done. `untried`: nothing was tried, so that it does not count as an attempt. */
type Again = { delaySeconds: number; untried?: true }
type Work = (store: Store, body: string, settings: WorkSettings) => Promise<Again | undefined>

const LONGEST_RETRY_SECONDS = 900
/** Of the hands that send: the others are for other tenants. */
const MOST_OF_ONE_TENANT = 0.75

/** What is done with a message of each queue, by so many at a time. Whatever is thrown is tried again, later and later. */
const WORK: Partial<Record<QueueName, (atOnce: number) => Work>> = {
  arrivals: () => async (store, body, settings) => indexAnnounced(store, [announcedName(body)], settings),
  outgoing: (atOnce) => {
    const shares = new OutgoingShares(Math.ceil(atOnce * MOST_OF_ONE_TENANT))
    return async (store, body, settings) => {
      const name = announcedName(body)
      const { tenant } = parseOutboxName(name)
      const putOff = shares.enter(tenant, store.engine.clock.now())
      if (putOff !== undefined) return { ...putOff, untried: true }
      try {
        const outcome = await sendMessage(store, name, settings)
        return outcome.kind === 'retry' ? outcome : undefined
      } finally {
        shares.leave(tenant)
      }
    }
  },
  jobs: () => async (store, body, settings) => {
    await runJob(store, body, settings)
    return undefined
  },
}

/** The name of the object that the blob store announced. Throws on anything else. */
function announcedName(body: string): string {
  const { name } = JSON.parse(body) as { name?: unknown }
  if (typeof name !== 'string') throw new Error('an announcement without a name')
  return name
}

/** What one hand works on at a time: one message that waits for somebody does not hold up those that came with it. */
const MESSAGES_A_HAND = 10

/** Works on a queue with so many hands until the signal; what is under way then is finished. */
export async function workQueue(
  store: Store,
  queueName: QueueName,
  settings: WorkSettings,
  { hands, signal }: { hands: number; signal: AbortSignal },
): Promise<void> {
  const work = WORK[queueName]?.(hands * MESSAGES_A_HAND)
  if (work === undefined) throw new RangeError(`nobody works on ${queueName}`)
  const queue = store.engine.queues[queueName]
  await Promise.all(
    Array.from({ length: hands }, () => workWithOneHand(store, queueName, queue, work, settings, signal)),
  )
}

async function workWithOneHand(
  store: Store,
  queueName: QueueName,
  queue: Queue,
  work: Work,
  settings: WorkSettings,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new Set<Promise<void>>()
  while (!signal.aborted) {
    try {
      if (underWay.size === MESSAGES_A_HAND) await Promise.race(underWay)
      const max = MESSAGES_A_HAND - underWay.size
      for (const message of await queue.receive({ max, visibilitySeconds: 900, waitSeconds: 20, signal })) {
        const done = workOn(store, queueName, queue, message, work, settings)
          // It comes again when its visibility time is over.
          .catch((error: Error) => log.error('queue-failed', { queue: queueName, error }))
          .finally(() => underWay.delete(done))
        underWay.add(done)
      }
    } catch (error) {
      if (signal.aborted) break
      log.error('queue-failed', { queue: queueName, error: error as Error })
      await pause(store.engine, signal)
    }
  }
  await Promise.all(underWay)
}

async function workOn(
  store: Store,
  queueName: QueueName,
  queue: Queue,
  message: QueueMessage,
  work: Work,
  settings: WorkSettings,
): Promise<void> {
  const again = await attempt(store, queueName, message, work, settings)
  if (again !== undefined && !again.untried) return queue.retry(message.receipt, again.delaySeconds)
  if (again !== undefined) await queue.send(message.body, again)
  await queue.delete(message.receipt)
}

async function attempt(
  store: Store,
  queueName: QueueName,
  message: QueueMessage,
  work: Work,
  settings: WorkSettings,
): Promise<Again | undefined> {
  try {
    return await work(store, message.body, settings)
  } catch (error) {
    log.error('work-failed', { queue: queueName, attempts: message.attempts, error: error as Error })
    return { delaySeconds: Math.min(LONGEST_RETRY_SECONDS, 2 ** Math.min(message.attempts, 10)) }
  }
}

async function pause({ clock }: Engine, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(1000, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
