import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Octets too many for memory, in a file until they are no more needed. */
export interface TemporaryFile {
  sizeOctets: number
  read(): AsyncIterable<Uint8Array>
  remove(): Promise<void>
}

export async function writeTemporaryFile(octets: AsyncIterable<Uint8Array>): Promise<TemporaryFile> {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-import-'))
  const path = join(folder, 'message')
  const remove = () => rm(folder, { recursive: true, force: true })
  let sizeOctets = 0
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      for await (const chunk of octets) {
        for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
        sizeOctets += chunk.length
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    await remove()
    throw error
  }
  return { sizeOctets, read: () => createReadStream(path), remove }
}
