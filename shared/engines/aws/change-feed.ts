/** Hints through SQS: a `watch` item names the queue of each task that watches a mailbox, and who publishes sends to those queues. */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { log } from '../../log.ts'
import { type MailboxId, type Modseq, tenantOf } from '../../mailbox/ids.ts'
import type { ChangeFeed } from '../../ports/change-feed.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ids } from '../../ports/ids.ts'
import { ConflictError, type Item, queryAll, type Table } from '../../ports/table.ts'
import { tenantKey } from '../../ports/tenant-engine.ts'
import { createFeedQueue, type FeedQueue, isGone } from './feed-queue.ts'

export interface ChangeFeedOptions {
  client: SQSClient
  table: Table
  clock: Clock
  ids: Ids
  /** What the names of the tasks' queues begin with; undefined for a process that only publishes. */
  queuePrefix?: string
  /** How long a watch of a task that died is still hinted. Renewed three times in this time, at one write unit a watched mailbox. */
  watchSeconds?: number
}

export interface AwsChangeFeed extends ChangeFeed {
  /** Ends every watch and removes the task's queue. */
  close(): Promise<void>
}

interface Watched {
  listeners: Set<(modseq: Modseq) => void>
  /** Whether the table has an item for it. */
  written: boolean
  /** The last change of the item: they happen one after another. */
  settled: Promise<void>
}

const WATCH_SECONDS = 3600
const RENEWALS = 3
const FORMAT = 1
const AT_ONCE = 16

export function openChangeFeed(options: ChangeFeedOptions): AwsChangeFeed {
  const { client, table, clock, ids, queuePrefix, watchSeconds = WATCH_SECONDS } = options
  /** Of this task, in every watch item it writes. */
  const task = ids.nonce()
  const watches = new Map<MailboxId, Watched>()
  const closing = new AbortController()
  let queue: Promise<FeedQueue> | undefined
  let renewing: Promise<void> | undefined

  /** The first watch makes the queue: a process that only publishes has none. */
  function ownQueue(): Promise<FeedQueue> {
    if (queuePrefix === undefined) throw new Error('this process has no queue prefix: it cannot watch')
    queue ??= createFeedQueue({
      client,
      table,
      clock,
      ids,
      prefix: queuePrefix,
      leaseSeconds: watchSeconds,
      onHint,
      onLost,
    }).catch((error) => {
      queue = undefined
      throw error
    })
    renewing ??= renewFromTimeToTime()
    return queue
  }

  function onHint(body: string): void {
    const hint = parseHint(body)
    if (hint === undefined) log.warn('no-hint', { octets: body.length })
    else call(hint.mailbox, hint.modseq)
  }

  function call(mailbox: MailboxId, modseq: Modseq): void {
    for (const listener of watches.get(mailbox)?.listeners ?? []) setImmediate(listener, modseq)
  }

  function onLost(): void {
    log.warn('feed-queue-lost', {})
    queue = undefined
    renew().catch((error) => log.warn('watches-not-renewed', { error }))
  }

  async function renewFromTimeToTime(): Promise<void> {
    while (!closing.signal.aborted) {
      // The first sweep is at the task's start: a deployment replaces tasks, and what the old ones left goes with them.
      await queue?.then((own) => own.sweep()).catch((error) => log.warn('feed-queues-not-swept', { error }))
      await clock.sleep((watchSeconds * 1000) / RENEWALS, closing.signal).catch(() => undefined) // closing: the loop ends
      if (closing.signal.aborted) return
      await renew().catch((error) => log.warn('watches-not-renewed', { error }))
    }
  }

  async function renew(): Promise<void> {
    const own = await ownQueue()
    await own.renew()
    await eachAtOnce([...watches.keys()], async (mailbox) => {
      const watched = watches.get(mailbox)
      if (watched) await settle(mailbox, watched, true)
    })
  }

  /** Brings the item in line with whether anybody listens; `again` writes it even where it stands. */
  function settle(mailbox: MailboxId, watched: Watched, again = false): Promise<void> {
    const change = watched.settled.then(async () => {
      const key = { pk: watchPk(mailbox), sk: task }
      if (watched.listeners.size > 0) {
        if (watched.written && !again) return
        const { url } = await ownQueue()
        const expires = Math.ceil(clock.now() / 1000) + watchSeconds
        await table.write([{ put: { ...key, f: FORMAT, queue: url, expires } }])
        watched.written = true
      } else if (watched.written) {
        await table.write([{ delete: key }])
        watched.written = false
      }
      if (watched.listeners.size === 0 && watches.get(mailbox) === watched) watches.delete(mailbox)
    })
    watched.settled = change.catch(() => undefined) // told to who asked; the next change begins where this one ended
    return change
  }

  async function watchers(mailbox: MailboxId): Promise<Item[]> {
    const now = clock.now() / 1000
    const found: Item[] = []
    for await (const item of queryAll(table, watchPk(mailbox))) {
      const { sk, expires } = item
      // Our own listeners were called already; an item past its time waits for the table to remove it.
      if (sk !== task && typeof expires === 'number' && expires > now) found.push(item)
    }
    return found
  }

  async function send({ pk, sk, queue: url }: Item, body: string): Promise<void> {
    if (typeof url !== 'string') return
    try {
      await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }))
    } catch (error) {
      if (!isGone(error)) throw error
      // Its task is gone. Where it has written a newer queue meanwhile, that stays.
      await table.write([{ delete: { pk, sk }, if: { equals: { queue: url } } }]).catch((conflict) => {
        if (!(conflict instanceof ConflictError)) throw conflict
      })
    }
  }

  return {
    async publish(mailbox, modseq) {
      call(mailbox, modseq)
      const body = formatHint(mailbox, modseq)
      try {
        await eachAtOnce(await watchers(mailbox), (watcher) => send(watcher, body))
      } catch (error) {
        // The commit is made, and its watchers look for themselves within a minute: nobody's work fails for a hint.
        log.warn('hint-not-sent', { mailbox, error: error as Error })
      }
    },

    async watch(mailbox, listener) {
      if (closing.signal.aborted) throw new Error('the change feed is closed')
      let watching = true
      const hint = (modseq: Modseq) => {
        if (watching) listener(modseq)
      }
      let watched = watches.get(mailbox)
      if (!watched)
        watches.set(mailbox, (watched = { listeners: new Set(), written: false, settled: Promise.resolve() }))
      const own = watched
      own.listeners.add(hint)
      const end = async () => {
        if (!watching) return
        watching = false
        own.listeners.delete(hint)
        await settle(mailbox, own)
      }
      try {
        await settle(mailbox, own)
      } catch (error) {
        await end().catch(() => undefined) // the first error says it all
        throw error
      }
      return { end }
    },

    async close() {
      closing.abort()
      await renewing
      const made = await queue?.catch(() => undefined) // it was never made
      await eachAtOnce([...watches], async ([mailbox, watched]) => {
        watched.listeners.clear()
        await settle(mailbox, watched).catch((error) => log.warn('watch-left-behind', { mailbox, error }))
      })
      await made?.remove()
    },
  }
}

function watchPk(mailbox: MailboxId): string {
  return `${tenantKey(tenantOf(mailbox))}/watch/${mailbox.slice(mailbox.indexOf('/') + 1)}`
}

function formatHint(mailbox: MailboxId, modseq: Modseq): string {
  return JSON.stringify([FORMAT, mailbox, modseq])
}

/** undefined where it is none: the queue is ours, but what is sent to it may be from another version. */
function parseHint(body: string): { mailbox: MailboxId; modseq: Modseq } | undefined {
  let hint: unknown
  try {
    hint = JSON.parse(body)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (!Array.isArray(hint)) return undefined
  const [format, mailbox, modseq] = hint as unknown[]
  if (format !== FORMAT || typeof mailbox !== 'string' || typeof modseq !== 'number') return undefined
  return { mailbox: mailbox as MailboxId, modseq: modseq as Modseq }
}

async function eachAtOnce<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += AT_ONCE) await Promise.all(all.slice(at, at + AT_ONCE).map(work))
}
