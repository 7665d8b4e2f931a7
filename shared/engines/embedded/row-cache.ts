/** Rows that were read lately, in this thread: a database that is written to all the time has its reader look every page up anew. */
import { WeighedLruMap } from '../../mailbox/weighed-lru-map.ts'
import type { Key } from '../../ports/table.ts'
import type { RowVersions } from './row-versions.ts'

/** What rows weigh together, in octets. */
const KEPT_OCTETS = 4 * 1024 * 1024
/** A longer row is read again: it would push out many. */
const LONGEST_OCTETS = 16 * 1024
/** Keys, the map's own, and a row that is not there weigh something too. */
const OVERHEAD_OCTETS = 600

interface Kept {
  version: number
  /** Undefined: there is no such row. */
  row: Uint8Array | undefined
}

type Row = Uint8Array | undefined

export class RowCache {
  readonly #rows = new WeighedLruMap<string, Kept>(KEPT_OCTETS)
  readonly #versions: RowVersions
  readonly #read: (keys: readonly Key[]) => Row[]

  /** `read`: out of one moment of the database, which begins when it is called. */
  constructor(versions: RowVersions, read: (keys: readonly Key[]) => Row[]) {
    this.#versions = versions
    this.#read = read
  }

  /** Rows as of now, in the order of the keys, those that are known without a read; their octets are not to be changed. */
  rows(keys: readonly Key[]): Row[] {
    // All asked before the read begins: what is committed meanwhile may be of a later version than what is read.
    const versions = keys.map((key) => this.#versions.stable(this.#versions.bucketOf(key)))
    const kept = keys.map((key, index) => this.#keptAs(versions[index], nameOf(key)))
    const missing = kept.flatMap((known, index) => (known === undefined ? [index] : []))
    if (missing.length === 0) return kept.map((known) => known!.row)
    const read = this.#read(missing.map((index) => keys[index]!))
    for (const [at, index] of missing.entries()) {
      const [version, row] = [versions[index], read[at]]
      kept[index] = { version: version ?? 0, row }
      const octets = row?.length ?? 0
      if (version !== undefined && octets <= LONGEST_OCTETS)
        this.#rows.set(nameOf(keys[index]!), kept[index], OVERHEAD_OCTETS + octets)
    }
    return kept.map((known) => known!.row)
  }

  #keptAs(version: number | undefined, name: string): Kept | undefined {
    const kept = version === undefined ? undefined : this.#rows.get(name)
    return kept?.version === version ? kept : undefined
  }
}

function nameOf({ pk, sk }: Key): string {
  return `${pk.length} ${pk} ${sk}` // the length keeps (`a`, `b c`) and (`a b`, `c`) apart
}
