/**
 * Octets wait in memory up to a bound, beyond it in what memory all share, beyond that in a file that has no name any more: whatever ends the
 * process ends the file.
 */
import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobSource } from '../../ports/blobs.ts'
import type { Spool, SpoolWriter } from '../../ports/spool.ts'
import { fileErrorOf } from './no-room.ts'
import { writeAll } from './write-all.ts'

const CHUNK_OCTETS = 64 * 1024

/** Of the memory that all share, so much is the most for one: others come as well. */
const SHARE = 1 / 16

/** Memory beyond what each may hold by itself. */
interface SharedMemory {
  readonly mostForOne: number
  left: number
}

/** `folder` exists; `sharedOctets`: what all that is longer than its own bound may hold together. */
export function openSpool(folder: string, { sharedOctets }: { sharedOctets: number }): Spool {
  const shared: SharedMemory = { mostForOne: sharedOctets * SHARE, left: sharedOctets }
  return { create: ({ memoryOctets }) => createWriter(folder, memoryOctets, shared) }
}

function createWriter(folder: string, memoryOctets: number, shared: SharedMemory): SpoolWriter {
  const digest = createHash('sha256')
  let length = 0
  let memory: Uint8Array[] = []
  let borrowed = 0
  let file: FileHandle | undefined
  let state: 'writing' | 'finished' | 'discarded' = 'writing'
  /** Reads and writes of the file under way: it is closed after the last of them. */
  let users = 0
  let closing: Promise<void> | undefined

  async function use<T>(work: () => Promise<T>): Promise<T> {
    users++
    try {
      return await work()
    } finally {
      users--
      if (state === 'discarded') await closeUnused()
    }
  }

  function closeUnused(): Promise<void> {
    if (users > 0 || !file) return Promise.resolve()
    closing ??= file.close()
    return closing
  }

  function borrow(octets: number): boolean {
    if (borrowed + octets > shared.mostForOne || octets > shared.left) return false
    borrowed += octets
    shared.left -= octets
    return true
  }

  function letMemoryGo(): void {
    memory = []
    shared.left += borrowed
    borrowed = 0
  }

  async function append(chunk: Uint8Array): Promise<void> {
    try {
      if (!file) {
        file = await openNameless(folder)
        await writeAll(file, memory)
        letMemoryGo()
      }
      await writeAll(file, [chunk])
    } catch (error) {
      throw fileErrorOf(error)
    }
  }

  async function* content(): AsyncGenerator<Uint8Array> {
    for (const chunk of memory) {
      if (state === 'discarded') throw new Error('the spool was discarded while it was read')
      yield chunk
    }
    if (!file) return
    for (let at = 0; at < length; ) {
      const chunk = new Uint8Array(Math.min(CHUNK_OCTETS, length - at))
      const { bytesRead } = await use(async () => {
        if (state === 'discarded') throw new Error('the spool was discarded while it was read')
        return file!.read(chunk, 0, chunk.length, at)
      })
      if (bytesRead === 0) throw new Error(`the spool file ends at ${at}, before ${length}`)
      at += bytesRead
      yield chunk.subarray(0, bytesRead)
    }
  }

  return {
    async write(chunk, { given = false } = {}) {
      if (state !== 'writing') throw new Error(`written to a spool that is ${state}`)
      digest.update(chunk)
      length += chunk.length
      if (!file && (length <= memoryOctets || borrow(chunk.length)))
        memory.push(given && isMostOfItsBuffer(chunk) ? chunk : Buffer.from(chunk)) // else the caller's buffer is its own
      else await use(() => append(chunk))
    },

    async finish(): Promise<BlobSource> {
      if (state !== 'writing') throw new Error(`finished a spool that is ${state}`)
      state = 'finished'
      return { length, sha256: digest.digest('hex'), open: content }
    },

    async discard() {
      state = 'discarded'
      letMemoryGo()
      await closeUnused()
    },
  }
}

/** A small piece would keep the whole buffer that it is of. */
function isMostOfItsBuffer({ length, buffer }: Uint8Array): boolean {
  return length * 2 >= buffer.byteLength
}

async function openNameless(folder: string): Promise<FileHandle> {
  const path = join(folder, randomBytes(16).toString('hex'))
  const file = await open(path, 'wx+', 0o600)
  await unlink(path)
  return file
}
