/** Many small objects at a time, out of one read transaction: beginning one for each would cost more than the reading. */
import type { DatabaseSync } from 'node:sqlite'
import { MAX_PARTS } from './blob-writer.ts'

/**
 * Octets by name, whole, in the order of `names`; undefined where there is no such object, or it stands in a file or in several rows. All of one moment,
 * and nobody else has a turn meanwhile: so few that it does not matter.
 */
export function openSmallObjects(database: DatabaseSync): (names: readonly string[]) => (Uint8Array | undefined)[] {
  const begin = database.prepare('BEGIN')
  const commit = database.prepare('COMMIT')
  const read = database.prepare(`SELECT length, octets FROM objects JOIN contents ON id = content * ${MAX_PARTS}
    WHERE name = ? AND content IS NOT NULL`)
  return (names) => {
    begin.run()
    try {
      return names.map((name) => {
        const found = read.get(name) as { length: number; octets: Uint8Array } | undefined
        return found?.octets.length === found?.length ? found?.octets : undefined
      })
    } finally {
      commit.run()
    }
  }
}
