/** The one database file of the embedded engine: items, objects with the octets of small ones, and messages of the queues. */
import { DatabaseSync } from 'node:sqlite'

/** The operator's to mend: the message says which file, and what of it. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'

  constructor(path: string, why: string) {
    super(`the database ${path} cannot be used: ${why}`)
  }
}

const VERSION = 1
/** The most that SQLite maps; what lies behind is read. */
const MAPPED_OCTETS = 0x7fff0000

const SCHEMA = `
  CREATE TABLE items (pk TEXT NOT NULL, sk TEXT NOT NULL, value BLOB NOT NULL, expires INTEGER, PRIMARY KEY (pk, sk)) STRICT, WITHOUT ROWID;
  CREATE INDEX items_by_expiry ON items (expires) WHERE expires IS NOT NULL;

  -- content: number under which the octets stand in contents; file: name of the file that holds them. One of the two.
  CREATE TABLE objects (name TEXT PRIMARY KEY, length INTEGER NOT NULL, sha256 TEXT NOT NULL, written_at INTEGER NOT NULL,
    metadata TEXT NOT NULL, content INTEGER, file TEXT) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX objects_by_file ON objects (file) WHERE file IS NOT NULL;
  CREATE TABLE contents (id INTEGER PRIMARY KEY, octets BLOB NOT NULL) STRICT;

  CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, dead INTEGER NOT NULL, visible_at INTEGER NOT NULL,
    taken INTEGER NOT NULL, sent_at INTEGER NOT NULL, attempts INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE INDEX messages_by_time ON messages (queue, dead, visible_at, taken);
`

/**
 * For the writer thread alone. Every commit is on the disk when it returns. Throws where a newer version wrote the file, and where it is empty or missing and
 * `mayBeNew` is false.
 */
export function openForWriting(path: string, mayBeNew: boolean): DatabaseSync {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000')
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version === 0 && !mayBeNew) {
    database.close()
    throw new Error('it is missing or empty, and blobs/ has files that it must know of: put it back from where it was')
  }
  if (version === 0) database.exec(`BEGIN; ${SCHEMA}; PRAGMA user_version = ${VERSION}; COMMIT`)
  else if (version !== VERSION) {
    database.close()
    throw new Error(`it is of format ${version}, this version reads ${VERSION}`)
  }
  // Whoever had taken a message is gone with his process, of which there is one at a time: nobody has to wait until its time is over.
  database.exec('UPDATE messages SET taken = 0, visible_at = 0 WHERE taken = 1 AND dead = 0')
  return database
}

/** Each statement sees what was committed before it began, so whatever was acknowledged. */
export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true })
  // Pages are looked at where the system has them, instead of a copy by a call for each: an object is read in half the time.
  database.exec(`PRAGMA mmap_size = ${MAPPED_OCTETS}`)
  return database
}

/** The first text, in the order of UTF-8's octets, after all that begin with this one; undefined where there is none. */
export function afterPrefix(prefix: string): string | undefined {
  const points = [...prefix].map((character) => character.codePointAt(0)!)
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue
    // Surrogates are no characters; UTF-8 orders as code points do.
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
  }
  return undefined
}
