import type { FileHandle } from 'node:fs/promises'

/** Writes the chunks where the file stands, in as few calls as it takes: each is a turn of the thread pool and the loop. */
export async function writeAll(file: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  let left = chunks.filter(({ length }) => length > 0)
  while (left.length > 0) {
    let { bytesWritten } = await file.writev(left)
    // A disk may take less than it was given.
    left = left.flatMap((chunk) => {
      const written = Math.min(bytesWritten, chunk.length)
      bytesWritten -= written
      return written < chunk.length ? [chunk.subarray(written)] : []
    })
  }
}
