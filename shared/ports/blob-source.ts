import { createHash } from 'node:crypto'
import type { BlobSource, Blobs, Range } from './blobs.ts'

/** Octets that are in memory already, as something to put. */
export function sourceOf(octets: Uint8Array): BlobSource {
  return {
    length: octets.length,
    sha256: createHash('sha256').update(octets).digest('hex'),
    async *open() {
      yield octets
    },
  }
}

/** A small object, or a small part of one, whole in memory; undefined where there is none. */
export async function readWhole(blobs: Blobs, name: string, range?: Range): Promise<Uint8Array | undefined> {
  const blob = await blobs.get(name, range)
  return blob && gather(blob.content)
}

/** All chunks as one. */
export async function gather(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}
