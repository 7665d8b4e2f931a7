/** Many small objects at a time, by one statement: one for each would cost twice as much. */
import type { DatabaseSync } from 'node:sqlite'
import { MAX_PARTS } from './blob-writer.ts'

/**
 * Octets by name, whole, in the order of `names`; undefined where there is no such object, or it stands in a file or in several rows. All of one moment,
 * and nobody else has a turn meanwhile: so few that it does not matter.
 */
export function openSmallObjects(database: DatabaseSync): (names: readonly string[]) => (Uint8Array | undefined)[] {
  // CROSS: the names lead, one search for each, instead of all objects with a look whether they are named.
  const read = database.prepare(`SELECT named.key, length, octets FROM json_each(?) AS named
    CROSS JOIN objects ON objects.name = named.value CROSS JOIN contents ON contents.id = content * ${MAX_PARTS} WHERE content IS NOT NULL`)
  read.setReturnArrays(true)
  return (names) => {
    const all = new Array<Uint8Array | undefined>(names.length)
    for (const row of read.all(JSON.stringify(names)) as unknown as [
      at: number,
      length: number,
      octets: Uint8Array,
    ][]) {
      const [at, length, octets] = row
      if (octets.length === length) all[at] = octets
    }
    return all
  }
}
