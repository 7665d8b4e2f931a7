import { fieldsByName, parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import { HeaderFilter } from '../../codec/mime/header-filter.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import { joined } from '../joined-source.ts'

/** What the relay would take for a sender of ours, and what the new author breaks. */
const REPLACED = new Set(['from', 'sender', 'return-path', 'dkim-signature'])
const MOST_FIELD_OCTETS = 700

/**
 * A forward for a relay that sends only from our domains: From is the address that forwards, answers go to the author by Reply-To, and nothing
 * else is touched. `header` is the message's, as far as it was read.
 */
export async function viaAddress(source: BlobSource, header: Uint8Array, address: string): Promise<BlobSource> {
  const fields = fieldsByName(parseHeader(header))
  const from = fields.get('from')?.[0]
  const author = from === undefined ? '' : unfoldedValue(header, from)
  // A value too long for one line, and what is no header's octets, is left out rather than sent on broken.
  const isPlain = author !== '' && author.length <= MOST_FIELD_OCTETS
  const replies = fields.has('reply-to') || !isPlain ? '' : `Reply-To: ${author}\r\n`
  const original = isPlain ? `X-Original-From: ${author}\r\n` : ''
  const prefix = Buffer.from(`From: <${address}>\r\n${replies}${original}`, 'latin1')
  return joined([prefix, () => withoutReplaced(source)])
}

async function* withoutReplaced(source: BlobSource): AsyncGenerator<Uint8Array> {
  const filter = new HeaderFilter(REPLACED, () => false)
  for await (const chunk of source.open()) yield* filter.write(chunk)
  yield* filter.end()
}
