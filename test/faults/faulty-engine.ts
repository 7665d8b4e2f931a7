/**
 * An engine whose n-th port call goes wrong in one chosen way, as the ports say that it may. It stands for one process: after a crash none
 * of its calls is answered any more, and the next process is another faulty engine on the same engine below.
 */
import type { BlobContent, Blobs } from '../../shared/ports/blobs.ts'
import type { ChangeFeed } from '../../shared/ports/change-feed.ts'
import type { Engine } from '../../shared/ports/engine.ts'
import { QUEUE_NAMES, type Queue, type QueueMessage, type QueueName } from '../../shared/ports/queue.ts'
import { settledTable } from '../../shared/ports/settled-table.ts'
import { OutcomeUnknownError, type Table, ThrottledError } from '../../shared/ports/table.ts'

export const FAULT_KINDS = [
  /** Fails, and nothing was done. */
  'error',
  /** The table has no capacity left. */
  'throttle',
  /** The answer is lost: it was done. A download breaks off. */
  'lost-answer',
  /** The answer is lost: it was not done. */
  'lost-request',
  /** Done late: what was called after it comes first. */
  'late',
  /** Done at once, answered late. */
  'late-answer',
  /** Done twice, where the port says at least once. */
  'twice',
  /** The process dies before it, or after it was done and before it was answered. */
  'crash-before',
  'crash-after',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface Fault {
  /** The number of the call, from 1. */
  at: number
  kind: FaultKind
}

export class InjectedError extends Error {
  override readonly name = 'InjectedError'
}

export interface FaultyEngine {
  readonly engine: Engine
  /** What was called so far, as `port.method`. */
  readonly calls: readonly string[]
  /** Where the fault met a call that it applies to. */
  readonly met: string | undefined
  /** Resolves when the process has died. */
  readonly crashed: Promise<void>
}

const LATE_MS = 12

/** Whether a fault of the kind can happen to a call (a name in `FaultyEngine.calls`) at all. */
export function canMeet(kind: FaultKind, call: string): boolean {
  const writes = WRITES.has(call)
  switch (kind) {
    case 'throttle':
      return call.startsWith('table.')
    case 'lost-answer':
      return writes || call === 'blobs.get'
    case 'lost-request':
    case 'crash-after':
      return writes
    case 'twice':
      return writes && !ONCE.has(call)
    default:
      return true
  }
}

const WRITES: ReadonlySet<string> = new Set([
  'table.write',
  'blobs.put',
  'blobs.delete',
  'blobs.purge',
  'queue.send',
  'queue.receive',
  'queue.delete',
  'queue.retry',
  'queue.redrive',
  'feed.publish',
  'feed.watch',
  'relay.send',
])
/** Those of them that no engine does twice. */
const ONCE: ReadonlySet<string> = new Set(['table.write', 'queue.retry', 'queue.redrive', 'feed.watch', 'relay.send'])

export function faultyEngine(below: Engine, fault?: Fault): FaultyEngine {
  const calls: string[] = []
  let met: string | undefined
  let dead = false
  const death = new AbortController()
  let die!: () => void
  const crashed = new Promise<void>((resolve) => {
    die = () => {
      dead = true
      death.abort()
      resolve()
    }
  })
  const never = <T>() => new Promise<T>(() => undefined)
  const alive = <T>(answer: T): T | Promise<T> => (dead ? never<T>() : answer)

  async function call<T>(name: string, perform: () => Promise<T>): Promise<T> {
    if (dead) return never()
    calls.push(name)
    const kind = calls.length === fault?.at && canMeet(fault.kind, name) ? fault.kind : undefined
    if (kind !== undefined) met = name
    switch (kind) {
      case undefined:
        break
      case 'error':
        throw new InjectedError(`${name} failed`)
      case 'throttle':
        throw new ThrottledError('injected')
      case 'lost-request':
        throw lost(name)
      case 'lost-answer':
        if (!WRITES.has(name)) break // a download: it breaks off in the middle
        await perform()
        throw lost(name)
      case 'late':
        await new Promise((resolve) => setTimeout(resolve, LATE_MS))
        break
      case 'late-answer': {
        const answer = await perform()
        await new Promise((resolve) => setTimeout(resolve, LATE_MS))
        return alive(answer)
      }
      case 'twice':
        if (name !== 'queue.receive') await perform()
        break
      case 'crash-before':
        die()
        return never()
      case 'crash-after':
        await perform()
        die()
        return never()
    }
    return alive(await perform())
  }
  const lost = (name: string) =>
    name === 'table.write' ? new OutcomeUnknownError('injected') : new InjectedError(`${name}: the answer is lost`)

  const table: Table = {
    get: (key) => call('table.get', () => below.table.get(key)),
    getMany: (keys) => call('table.getMany', () => below.table.getMany(keys)),
    query: (pk, query) => call('table.query', () => below.table.query(pk, query)),
    write: (operations) => call('table.write', () => below.table.write(operations)),
  }

  const blobs: Blobs = {
    put: (...what) => call('blobs.put', () => below.blobs.put(...what)),
    head: (name) => call('blobs.head', () => below.blobs.head(name)),
    async get(name, range) {
      const blob = await call('blobs.get', () => below.blobs.get(name, range))
      const breaks = calls.length === fault?.at && fault.kind === 'lost-answer'
      return blob && breaks ? brokenOff(blob) : blob
    },
    list: (prefix, options) => call('blobs.list', () => below.blobs.list(prefix, options)),
    delete: (name) => call('blobs.delete', () => below.blobs.delete(name)),
    purge: (prefix) => call('blobs.purge', () => below.blobs.purge(prefix)),
    link: (name, options) => call('blobs.link', () => below.blobs.link(name, options)),
    uploadLink: (name, options) => call('blobs.uploadLink', () => below.blobs.uploadLink(name, options)),
  }

  function queueOver(queue: Queue): Queue {
    return {
      send: (body, options) => call('queue.send', () => queue.send(body, options)),
      async receive(options) {
        const at = calls.length + 1
        const messages = await call('queue.receive', () => queue.receive(options))
        return at === fault?.at && fault.kind === 'twice' ? doubled(messages) : messages
      },
      delete: (receipt) => call('queue.delete', () => queue.delete(receipt)),
      retry: (receipt, delay) => call('queue.retry', () => queue.retry(receipt, delay)),
      redrive: () => call('queue.redrive', () => queue.redrive()),
      depth: () => call('queue.depth', () => queue.depth()),
    }
  }

  const changeFeed: ChangeFeed = {
    publish: (mailbox, modseq) => call('feed.publish', () => below.changeFeed.publish(mailbox, modseq)),
    watch: (mailbox, listener) =>
      call('feed.watch', () =>
        below.changeFeed.watch(mailbox, (modseq) => {
          if (!dead) listener(modseq)
        }),
      ),
  }

  const engine: Engine = {
    ...below,
    table: settledTable(table),
    blobs,
    queues: Object.fromEntries(QUEUE_NAMES.map((name) => [name, queueOver(below.queues[name])])) as Record<
      QueueName,
      Queue
    >,
    changeFeed,
    relay: {
      carries: below.relay.carries,
      send: (message) => call('relay.send', () => below.relay.send(message)),
    },
    clock: {
      now: () => below.clock.now(),
      sleep: async (ms, signal) => {
        try {
          await below.clock.sleep(ms, signal === undefined ? death.signal : AbortSignal.any([signal, death.signal]))
        } catch (error) {
          if (dead) return never()
          throw error
        }
        return alive(undefined)
      },
    },
  }
  return {
    engine,
    calls,
    get met() {
      return met
    },
    crashed,
  }
}

function doubled(messages: readonly QueueMessage[]): QueueMessage[] {
  return messages.flatMap((message) => [message, message])
}

function brokenOff(blob: BlobContent): BlobContent {
  return {
    ...blob,
    content: (async function* () {
      for await (const chunk of blob.content) {
        yield chunk.subarray(0, chunk.length >> 1)
        throw new InjectedError('the download broke off')
      }
    })(),
  }
}
