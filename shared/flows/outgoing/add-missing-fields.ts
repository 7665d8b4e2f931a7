import { HeaderFilter } from '../../codec/mime/header-filter.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import { formatDateTime } from '../arrivals/trace.ts'
import { prefixed } from '../prefixed-source.ts'

const FIELDS = new Set(['date', 'message-id'])

/**
 * Date and Message-ID of a message whose program left them out, as scanners and small mailers do (RFC 6409 §8.2, §8.3): a message without them is
 * taken for spam, and answers to it find no thread. What is there stays, however it is written. `at`: milliseconds since 1970. Reads the
 * header, and the rest where a field is added.
 */
export async function addMissingFields(
  source: BlobSource,
  { messageId, at }: { messageId: string; at: number },
): Promise<BlobSource> {
  const present = await presentIn(source)
  const date = present.has('date') ? '' : `Date: ${formatDateTime(at)}\r\n`
  const id = present.has('message-id') ? '' : `Message-ID: <${messageId}>\r\n`
  return date === '' && id === '' ? source : prefixed(Buffer.from(date + id), source)
}

async function presentIn({ open }: BlobSource): Promise<ReadonlySet<string>> {
  const present = new Set<string>()
  const filter = new HeaderFilter(FIELDS, (name) => {
    present.add(name.toLowerCase())
    return true
  })
  for await (const chunk of open()) {
    filter.write(chunk)
    if (filter.headerEnded) break
  }
  filter.end()
  return present
}
