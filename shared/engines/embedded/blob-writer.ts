/** The objects' part of a commit: the row that makes an object exist, the octets of a small one, and the word of its arrival. */
import { hash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { type DeleteObject, type PutObject, Refused } from './work.ts'

/** A small object stands in rows of this many octets, so that a range reads only the rows it touches. */
export const PART_OCTETS = 64 * 1024
/** Row of a part is content × this + part. */
export const MAX_PARTS = 16

export function blobWriter(database: DatabaseSync, announce: (queue: string, body: string, sentAt: number) => void) {
  const find = database.prepare('SELECT sha256, content, file FROM objects WHERE name = ?')
  const put = database.prepare(
    'INSERT INTO objects (name, length, sha256, written_at, metadata, content, file) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const putPart = database.prepare('INSERT INTO contents (id, octets) VALUES (?, ?)')
  const remove = database.prepare('DELETE FROM objects WHERE name = ?')
  const removeParts = database.prepare('DELETE FROM contents WHERE id >= ? AND id < ?')
  const { last } = database.prepare('SELECT max(id) AS last FROM contents').get() as { last: number | null }
  // Never taken back while the process lives: a reader may still hold the number of an object that was deleted.
  let nextContent = last === null ? 0 : Math.floor(last / MAX_PARTS) + 1

  return {
    put(work: PutObject, octets: Uint8Array | undefined): boolean {
      const there = find.get(work.name) as { sha256: string } | undefined
      if (there?.sha256 === work.sha256) return false
      if (there) throw new Refused({ kind: 'exists', text: work.name })
      if (octets && hash('sha256', octets, 'hex') !== work.sha256)
        throw new Refused({ kind: 'mismatch', text: `the octets of ${work.name} are not of digest ${work.sha256}` })

      const content = octets ? nextContent++ : null
      put.run(work.name, work.length, work.sha256, work.writtenAt, work.metadata, content, work.file ?? null)
      for (let at = 0; octets && at < octets.length; at += PART_OCTETS) {
        putPart.run(content! * MAX_PARTS + at / PART_OCTETS, octets.subarray(at, at + PART_OCTETS))
      }
      if (work.announce) announce(work.announce, JSON.stringify({ name: work.name }), work.writtenAt)
      return true
    },

    delete({ name }: DeleteObject): string | undefined {
      const there = find.get(name) as { content: number | null; file: string | null } | undefined
      if (!there) return undefined
      remove.run(name)
      if (there.content !== null) removeParts.run(there.content * MAX_PARTS, (there.content + 1) * MAX_PARTS)
      return there.file ?? undefined
    },
  }
}
