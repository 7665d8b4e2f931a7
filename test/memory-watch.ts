/** Whether a long run leaves something in memory: what is in use after a collection, from time to time. */
import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const MIB = 1024 * 1024
/** Runs in which caches fill: rows, records, replicas. */
const WARM_UP = 2000
const EVERY = 2000
/** What caches may still take, and what mailboxes that the runs fill weigh. A leak of a kilobyte a run shows after 16,000. */
const GROWTH_OCTETS = 16 * MIB

/**
 * Heap and what hangs on it, of this thread. The process's resident memory is no measure: malloc keeps what threads of the pool have freed, an arena for each, and grows by fragments
 * for a while (with MALLOC_ARENA_MAX=1 it stays where it was), and SQLite maps its file.
 */
export class MemoryWatch {
  readonly #inUse: number[] = []
  #runs = 0

  /** To be called behind each run. */
  ran(): void {
    this.#runs += 1
    if (this.#runs < WARM_UP || this.#runs % EVERY !== 0) return
    collect()
    const { heapUsed, external } = process.memoryUsage()
    this.#inUse.push(heapUsed + external)
  }

  /** Short runs say nothing. */
  assertFlat(): void {
    const [first, ...later] = this.#inUse
    const last = later.at(-1)
    if (first === undefined || last === undefined) return
    const shown = this.#inUse.map((octets) => (octets / MIB).toFixed(1)).join(' ')
    assert.ok(last - first < GROWTH_OCTETS, `MiB in use every ${EVERY} runs: ${shown}`)
    console.log(`MiB in use every ${EVERY} runs: ${shown}`)
  }
}

function collect(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  gc()
}
