import { createHash } from 'node:crypto'
import type { BlobSource } from '../ports/blobs.ts'

/** One piece of what is to be put together: octets at hand, or some that are read as often as they are needed. */
export type Piece = Uint8Array | (() => AsyncIterable<Uint8Array>)

/** Pieces one after the other; reads them once for length and digest, and never holds one whole. */
export async function joined(pieces: readonly Piece[]): Promise<BlobSource> {
  async function* open(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) yield piece
      else yield* piece()
    }
  }
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of open()) {
    hash.update(chunk)
    length += chunk.length
  }
  return { length, sha256: hash.digest('hex'), open }
}
