/**
 * Files of large objects, under names nobody chooses: which object is in which file stands in the database, so a file without its row
 * is a leftover, whatever ended the process that wrote it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { BlobMismatchError, type BlobSource } from '../../ports/blobs.ts'
import { fileErrorOf } from '../common/no-room.ts'
import { writeAll } from '../common/write-all.ts'
import { flushFolder as flushFolderNow } from './folders.ts'

const CHUNK_OCTETS = 64 * 1024
/** Each write is a turn of the thread pool and the loop. */
const WRITTEN_TOGETHER_OCTETS = 512 * 1024
/** Both parts of a file's name. */
const FIRST = /^[0-9a-f]{2}$/
const REST = /^[0-9a-f]{30}$/
/** Of memory that is used again and again. */
const FLEETING_OCTETS = 128 * 1024

export interface BlobFiles {
  /** Durable with its folder when it resolves to the file's name. Throws `BlobMismatchError`, `NoRoomError`, and keeps nothing. */
  write(source: BlobSource): Promise<string>
  /** `start` to `end` (exclusive) in chunks of at most 64 KiB; `fleeting`: of twice as much, each in the place of the one before. */
  read(file: string, start: number, end: number, fleeting?: boolean): AsyncGenerator<Uint8Array>
  /** Whether the file is there with so many octets. */
  isWhole(file: string, octets: number): boolean
  /** Where it is gone already there is nothing to do. */
  remove(file: string): Promise<void>
  /** Whether there is no file of an object, or of what was to become one. */
  isEmpty(): Promise<boolean>
  /** Removes every file that `isKept` does not know. */
  sweep(isKept: (file: string) => boolean): Promise<void>
}

/** `folder` exists. */
export function blobFiles(folder: string): BlobFiles {
  const flushFolder = sharedFlush()
  const known = new Set<string>()

  /** 256 folders, so that none holds a million files. */
  async function makeFolder(name: string): Promise<string> {
    const path = join(folder, name)
    if (!known.has(name)) {
      await mkdir(path, { recursive: true })
      await flushFolder(folder)
      known.add(name)
    }
    return path
  }

  async function remove(file: string): Promise<void> {
    try {
      await unlink(join(folder, file))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }

  async function write(source: BlobSource): Promise<string> {
    const [first, rest] = [randomBytes(1).toString('hex'), randomBytes(15).toString('hex')]
    const parent = await makeFolder(first)
    const file = `${first}/${rest}`
    const handle = await open(join(folder, file), 'wx', 0o600)
    try {
      try {
        await copy(source, handle)
        await handle.datasync()
      } finally {
        await handle.close()
      }
    } catch (error) {
      await remove(file)
      throw error
    }
    await flushFolder(parent)
    return file
  }

  /** Of files that this has written: what else an operator or a file system (lost+found) has put here is left alone. */
  async function* names(): AsyncGenerator<string> {
    for (const first of await readdir(folder)) {
      if (!FIRST.test(first)) continue
      for (const rest of await readdir(join(folder, first))) if (REST.test(rest)) yield `${first}/${rest}`
    }
  }

  return {
    async write(source) {
      try {
        return await write(source)
      } catch (error) {
        throw fileErrorOf(error)
      }
    },

    async *read(file, start, end, fleeting = false) {
      if (start >= end) return
      if (end - start <= CHUNK_OCTETS) {
        yield readShort(join(folder, file), start, end)
        return
      }
      const handle = await open(join(folder, file), 'r')
      const kept = fleeting ? new Uint8Array(Math.min(FLEETING_OCTETS, end - start)) : undefined
      try {
        for (let at = start; at < end; ) {
          const chunk = kept ?? new Uint8Array(Math.min(CHUNK_OCTETS, end - at))
          const { bytesRead } = await handle.read(chunk, 0, Math.min(chunk.length, end - at), at)
          if (bytesRead === 0) throw new Error(`blob file ${file} ends at ${at}, before ${end}`)
          at += bytesRead
          yield chunk.subarray(0, bytesRead)
        }
      } finally {
        await handle.close()
      }
    },

    isWhole: (file, octets) => statSync(join(folder, file), { throwIfNoEntry: false })?.size === octets,

    remove,

    async isEmpty() {
      for await (const _ of names()) return false
      return true
    },

    async sweep(isKept) {
      for await (const file of names()) if (!isKept(file)) await remove(file)
    },
  }
}

/** At once, as the database reads what is no longer: three turns of the loop would take ten times as long as the reading. */
function readShort(path: string, start: number, end: number): Uint8Array {
  const octets = new Uint8Array(end - start)
  const descriptor = openSync(path, 'r')
  try {
    for (let length = 0; length < octets.length; ) {
      const read = readSync(descriptor, octets, length, octets.length - length, start + length)
      if (read === 0) throw new Error(`blob file ${path} ends at ${start + length}, before ${end}`)
      length += read
    }
  } finally {
    closeSync(descriptor)
  }
  return octets
}

async function copy(source: BlobSource, handle: FileHandle): Promise<void> {
  const digest = createHash('sha256')
  let length = 0
  let waiting: Uint8Array[] = []
  let waitingOctets = 0
  for await (const chunk of source.open()) {
    length += chunk.length
    if (length > source.length) break
    digest.update(chunk)
    waiting.push(chunk)
    waitingOctets += chunk.length
    if (waitingOctets < WRITTEN_TOGETHER_OCTETS) continue
    await writeAll(handle, waiting)
    waiting = []
    waitingOctets = 0
  }
  await writeAll(handle, waiting)
  if (length !== source.length) throw new BlobMismatchError(`${length} octets came instead of ${source.length}`)
  if (digest.digest('hex') !== source.sha256) throw new BlobMismatchError(`the octets are not of ${source.sha256}`)
}

/** One flush of a folder serves all that asked before it began: while one runs, those who come wait for the next together. */
function sharedFlush(): (folder: string) => Promise<void> {
  const running = new Map<string, Promise<void>>()
  const next = new Map<string, Promise<void>>()

  function begin(folder: string): Promise<void> {
    const flushing = flushFolderNow(folder).finally(() => running.delete(folder))
    running.set(folder, flushing)
    return flushing
  }

  return (folder) => {
    const current = running.get(folder)
    if (!current) return begin(folder)
    let following = next.get(folder)
    if (!following) {
      following = current
        .catch(() => {}) // told to those who asked for that flush
        .then(() => {
          next.delete(folder)
          return begin(folder)
        })
      next.set(folder, following)
    }
    return following
  }
}
