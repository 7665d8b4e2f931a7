import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DatabaseError } from './database.ts'

/** Another process has the data folder open. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
}

/**
 * Keeps the folder for this process, and answers how to let go. The lock is the kernel's, by way of SQLite: it ends with the process,
 * however that ends, so nothing stale is ever left. Throws `FolderInUseError`, and `DatabaseError` where nothing can be written there.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw new DatabaseError(path, (error as Error).message)
    throw new FolderInUseError(`the data folder ${folder} is in use: another Tubepost runs on it`)
  }
  return () => database.close()
}

const SQLITE_BUSY = 5
