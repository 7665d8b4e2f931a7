import { createHash } from 'node:crypto'
import { parseAuthservId } from '../../codec/mime/authentication-results.ts'
import { HeaderFilter } from '../../codec/mime/header-filter.ts'
import type { BlobSource } from '../../ports/blobs.ts'

const NAMES = new Set(['authentication-results'])

/**
 * The message behind a prefix of ours, without the Authentication-Results fields that claim to be from this house and came with it: whoever
 * reads ours would believe them, so they must go (RFC 8601 §5). Those of other houses stay, as signatures may cover them. Reads the source once
 * for the digest of the whole; where there was nothing to remove, which is nearly always, what is put is what came.
 */
export async function prefixedWithoutForgedResults(
  prefix: Uint8Array,
  source: BlobSource,
  authservId: string,
): Promise<{ object: BlobSource; removedOctets: number }> {
  const hash = createHash('sha256').update(prefix)
  const filter = filterOf(authservId)
  for await (const chunk of source.open()) for (const piece of filter.write(chunk)) hash.update(piece)
  for (const piece of filter.end()) hash.update(piece)
  const { removedOctets } = filter
  return {
    removedOctets,
    object: {
      length: prefix.length + source.length - removedOctets,
      sha256: hash.digest('hex'),
      async *open() {
        yield prefix
        yield* removedOctets === 0 ? source.open() : filtered(source, filterOf(authservId))
      },
    },
  }
}

function filterOf(authservId: string): HeaderFilter {
  const own = authservId.toLowerCase()
  return new HeaderFilter(NAMES, (_, field) => {
    const claimed = parseAuthservId(field)
    return claimed !== undefined && claimed !== own
  })
}

async function* filtered(source: BlobSource, filter: HeaderFilter): AsyncGenerator<Uint8Array> {
  for await (const chunk of source.open()) yield* filter.write(chunk)
  yield* filter.end()
}
