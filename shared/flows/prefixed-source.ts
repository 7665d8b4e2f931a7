import { createHash } from 'node:crypto'
import type { BlobSource } from '../ports/blobs.ts'

/** A source that begins with `prefix`; reads the rest once for the digest of the whole. */
export async function prefixed(prefix: Uint8Array, source: BlobSource): Promise<BlobSource> {
  const hash = createHash('sha256').update(prefix)
  for await (const chunk of source.open()) hash.update(chunk)
  return {
    length: prefix.length + source.length,
    sha256: hash.digest('hex'),
    async *open() {
      yield prefix
      yield* source.open()
    },
  }
}
