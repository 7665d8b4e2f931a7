/** Queues on the same database and writer as the table. Who waits is woken by what this process sends, in whichever thread, and by messages coming due. */
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../ports/clock.ts'
import type { Queue, QueueMessage, QueueName } from '../../ports/queue.ts'
import type { TakenMessage } from './work.ts'
import type { Writer } from './writer.ts'

const MAX_BODY_OCTETS = 256 * 1024
const MAX_DELAY_SECONDS = 900
const MAX_RETRY_SECONDS = 43_200
const MAX_MESSAGES = 10
const MAX_WAIT_SECONDS = 20

export interface EmbeddedQueue extends Queue {
  /** There may be new messages: whoever waits in this thread looks again. */
  wake(): void
  /** Everybody who waits gets nothing, and nobody waits any more. */
  end(): void
}

export interface QueueParts {
  name: QueueName
  database: DatabaseSync
  writer: Writer
  clock: Clock
  /** Receipts of one message before it counts as dead. */
  maxAttempts: number
  /** There may be new messages: all threads are to know. */
  changed(): void
}

export function openQueue({ name, database, writer, clock, maxAttempts, changed }: QueueParts): EmbeddedQueue {
  const soonest = database.prepare('SELECT min(visible_at) AS at FROM messages WHERE queue = ? AND dead = 0')
  const counts = database.prepare(`SELECT dead, taken AND visible_at > ? AS inFlight, count(*) AS messages
    FROM messages WHERE queue = ? GROUP BY 1, 2`)
  const waiters = new Set<() => void>()
  let ended = false

  function wake(): void {
    for (const waiter of waiters) waiter()
  }

  /** Until something may have come, `ms` are over, or the signal is aborted. */
  async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const woken = new AbortController()
    const stop = () => woken.abort()
    waiters.add(stop)
    signal?.addEventListener('abort', stop)
    try {
      await clock.sleep(ms, woken.signal)
    } catch (error) {
      if (!woken.signal.aborted) throw error
    } finally {
      waiters.delete(stop)
      signal?.removeEventListener('abort', stop)
    }
  }

  return {
    wake,

    end() {
      ended = true
      wake()
    },

    async send(body, { delaySeconds = 0 } = {}) {
      if (Buffer.byteLength(body) > MAX_BODY_OCTETS || !body.isWellFormed())
        throw new RangeError(`a message takes ${MAX_BODY_OCTETS} octets of text`)
      checkSeconds(delaySeconds, MAX_DELAY_SECONDS)
      const sentAt = clock.now()
      const visibleAt = sentAt + delaySeconds * 1000
      await writer.perform({ kind: 'send-message', queue: name, body, sentAt, visibleAt })
      changed()
    },

    async receive({ max, visibilitySeconds, waitSeconds, signal }) {
      if (!Number.isInteger(max) || max < 1 || max > MAX_MESSAGES) throw new RangeError(`${max} messages`)
      checkSeconds(waitSeconds, MAX_WAIT_SECONDS)
      checkSeconds(visibilitySeconds, MAX_RETRY_SECONDS)
      const until = clock.now() + waitSeconds * 1000
      while (!signal?.aborted) {
        const now = clock.now()
        const { at } = soonest.get(name) as { at: number | null }
        if (at !== null && at <= now) {
          const visibleAt = now + visibilitySeconds * 1000
          const taken = await writer.perform<TakenMessage[]>({
            kind: 'take-messages',
            queue: name,
            max,
            now,
            visibleAt,
            maxAttempts,
          })
          if (taken.length > 0) return taken.map(messageOf)
          continue // others were quicker, or all were dead: what is soonest now is another
        }
        if (now >= until || ended) return []
        await wait(Math.min(until, at ?? until) - now, signal)
        if (ended) return [] // the database may be gone by now
      }
      return []
    },

    async delete(receipt) {
      await writer.perform({ kind: 'end-message', queue: name, ...parseReceipt(receipt) })
    },

    async retry(receipt, delaySeconds) {
      checkSeconds(delaySeconds, MAX_RETRY_SECONDS)
      const visibleAt = clock.now() + delaySeconds * 1000
      await writer.perform({ kind: 'retry-message', queue: name, ...parseReceipt(receipt), visibleAt, maxAttempts })
      changed()
    },

    async redrive() {
      const moved = await writer.perform<number>({ kind: 'redrive-messages', queue: name, now: clock.now() })
      changed()
      return moved
    },

    async depth() {
      const depth = { waiting: 0, inFlight: 0, dead: 0 }
      for (const { dead, inFlight, messages } of counts.iterate(clock.now(), name) as Iterable<
        Record<string, number>
      >) {
        depth[dead ? 'dead' : inFlight ? 'inFlight' : 'waiting'] += messages!
      }
      return depth
    },
  }
}

function checkSeconds(seconds: number, most: number): void {
  if (!(seconds >= 0 && seconds <= most)) throw new RangeError(`${seconds} seconds: it takes 0 to ${most}`)
}

function messageOf({ id, body, attempts, sentAt }: TakenMessage): QueueMessage {
  return { receipt: `${id}.${attempts}`, body, attempts, sentAt }
}

function parseReceipt(receipt: string): { id: number; attempts: number } {
  const [id, attempts] = receipt.split('.').map(Number)
  if (!Number.isSafeInteger(id) || !Number.isSafeInteger(attempts)) throw new RangeError(`no receipt: ${receipt}`)
  return { id: id!, attempts: attempts! }
}
