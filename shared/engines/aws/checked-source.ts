import { createHash } from 'node:crypto'
import { BlobMismatchError, type BlobSource } from '../../ports/blobs.ts'

/** The source of a put could not be read, or is not what it was said to be: `cause` is its error. No other try would help. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure'
}

/**
 * The octets of a source; its last chunk is held back until length and digest are known to be right, so that a request with wrong
 * content is never completed. Throws `SourceFailure`.
 */
export async function* checkedOctets(source: BlobSource): AsyncGenerator<Uint8Array> {
  const octets = rightOctets(source)
  try {
    for (;;) {
      const next = await octets.next().catch((cause) => {
        throw new SourceFailure('the source failed', { cause })
      })
      if (next.done) return
      yield next.value
    }
  } finally {
    await octets.return(undefined)
  }
}

async function* rightOctets(source: BlobSource): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let length = 0
  let held: Uint8Array | undefined
  for await (const chunk of source.open()) {
    if (chunk.length === 0) continue
    length += chunk.length
    if (length > source.length) break
    hash.update(chunk)
    if (held) yield held
    held = chunk
  }
  if (length !== source.length) {
    const more = length > source.length ? 'more' : `only ${length}`
    throw new BlobMismatchError(`${source.length} octets were announced and ${more} came`)
  }
  const sha256 = hash.digest('hex')
  if (sha256 !== source.sha256) throw new BlobMismatchError(`the digest is ${sha256}, not ${source.sha256}`)
  if (held) yield held
}

/** The same octets in pieces of `octets`, the last one shorter; one piece is in memory at a time. */
export async function* inPieces(chunks: AsyncIterable<Uint8Array>, octets: number): AsyncGenerator<Uint8Array> {
  let piece = Buffer.allocUnsafe(octets)
  let filled = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(octets - filled, chunk.length - at)
      piece.set(chunk.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled < octets) continue
      yield piece
      piece = Buffer.allocUnsafe(octets)
      filled = 0
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
}
