import { createHash } from 'node:crypto'
import type { HeaderField } from '../../codec/mime/header.ts'
import type { BlobSource } from '../../ports/blobs.ts'

/** A message without some fields of its header, which ascend; reads it once for the digest of the rest. */
export async function withoutFields(
  source: BlobSource,
  fields: readonly Pick<HeaderField, 'offset' | 'length'>[],
): Promise<BlobSource> {
  if (fields.length === 0) return source
  async function* open(): AsyncGenerator<Uint8Array> {
    let at = 0
    for await (const chunk of source.open()) {
      yield* remaining(chunk, at, fields)
      at += chunk.length
    }
  }
  const hash = createHash('sha256')
  let length = 0
  for await (const piece of open()) {
    hash.update(piece)
    length += piece.length
  }
  return { length, sha256: hash.digest('hex'), open }
}

/** What is left of a chunk that begins at `start`. */
function* remaining(
  chunk: Uint8Array,
  start: number,
  fields: readonly Pick<HeaderField, 'offset' | 'length'>[],
): Generator<Uint8Array> {
  let from = start
  const end = start + chunk.length
  for (const { offset, length } of fields) {
    if (offset + length <= from || offset >= end) continue
    if (offset > from) yield chunk.subarray(from - start, offset - start)
    from = Math.min(offset + length, end)
  }
  if (from < end) yield chunk.subarray(from - start)
}
