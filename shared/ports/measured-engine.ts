import { counter, gauge, histogram } from '../metrics.ts'
import type { Blobs } from './blobs.ts'
import type { Engine } from './engine.ts'
import { QUEUE_NAMES } from './queue.ts'
import type { Table } from './table.ts'

const CALLS = counter('tubepost_store_calls_total', 'Calls of the table and the blobs by how they ended.', [
  'call',
  'result',
])
const ITEMS = counter('tubepost_store_items_total', 'Items read and operations written.', ['call'])
const SECONDS = histogram('tubepost_store_seconds', 'From a call of the table or the blobs to its answer.', ['call'])
const QUEUED = gauge('tubepost_queue_messages', 'Messages in the queues of work.', ['queue', 'state'])

/** The engine with its table and blobs counted: the one place where reads and writes of the store are seen. */
export function measuredEngine<E extends Engine>(engine: E): E {
  const { scoped } = engine
  return { ...engine, ...measured(engine), ...(scoped && { scoped: (tenant) => measured(scoped(tenant)) }) }
}

function measured({ table, blobs }: Pick<Engine, 'table' | 'blobs'>): Pick<Engine, 'table' | 'blobs'> {
  const measuredTable: Table = {
    get: (key) => measure('table.get', () => table.get(key)),
    getMany(keys) {
      ITEMS.add(keys.length, 'table.getMany')
      return measure('table.getMany', () => table.getMany(keys))
    },
    async query(pk, query) {
      const page = await measure('table.query', () => table.query(pk, query))
      ITEMS.add(page.items.length, 'table.query')
      return page
    },
    write(operations) {
      ITEMS.add(operations.length, 'table.write')
      return measure('table.write', () => table.write(operations))
    },
    ...(table.writeEach && {
      writeEach(operations) {
        ITEMS.add(operations.length, 'table.writeEach')
        return measure('table.writeEach', () => table.writeEach!(operations))
      },
    }),
  }
  const measuredBlobs: Blobs = {
    put: (...what) => measure('blobs.put', () => blobs.put(...what)),
    head: (name) => measure('blobs.head', () => blobs.head(name)),
    get: (...what) => measure('blobs.get', () => blobs.get(...what)),
    ...(blobs.getMany && { getMany: (names) => measure('blobs.getMany', () => blobs.getMany!(names)) }),
    list: (prefix, options) => measure('blobs.list', () => blobs.list(prefix, options)),
    delete: (name) => measure('blobs.delete', () => blobs.delete(name)),
    purge: (prefix) => measure('blobs.purge', () => blobs.purge(prefix)),
    link: (name, options) => blobs.link(name, options),
    uploadLink: (name, options) => blobs.uploadLink(name, options),
  }
  return { table: measuredTable, blobs: measuredBlobs }
}

/** How much work waits, for `beforeMetrics`. A queue that this process was not given is left out. */
export async function askQueueDepths({ queues }: Pick<Engine, 'queues'>): Promise<void> {
  await Promise.allSettled(
    QUEUE_NAMES.map(async (name) => {
      const depth = await queues[name].depth()
      for (const state of ['waiting', 'inFlight', 'dead'] as const) QUEUED.set(depth[state], name, state)
    }),
  )
}

async function measure<T>(call: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now()
  try {
    const result = await work()
    CALLS.add(1, call, 'ok')
    return result
  } catch (error) {
    CALLS.add(1, call, (error as Error).name) // of the port's own few kinds
    throw error
  } finally {
    SECONDS.observe((performance.now() - startedMs) / 1000, call)
  }
}
