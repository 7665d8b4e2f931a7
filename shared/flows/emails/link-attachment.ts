import type { ContentId } from '../../mailbox/ids.ts'
import { BlobExistsError } from '../../ports/blobs.ts'
import type { Spool } from '../../ports/spool.ts'
import { attachmentName, contentName } from '../../store/keys.ts'
import type { TenantStore } from '../../store/store.ts'
import { type AttachmentPart, type ReadRange, readPart } from '../mailboxes/message-bodies.ts'
import type { ReceivedEmail } from './read-received.ts'

/** How long a link can be used (DESIGN §4). */
const LINK_SECONDS = 5 * 60

export interface Link {
  url: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** A link to the message as it came. */
export async function linkRaw({ engine, tenant }: TenantStore, { id }: ReceivedEmail): Promise<Link> {
  const expiresAt = engine.clock.now() + LINK_SECONDS * 1000
  const options = { seconds: LINK_SECONDS, filename: `${id}.eml`, contentType: 'message/rfc822' }
  return { url: await engine.blobs.link(contentName(tenant, id), options), expiresAt }
}

/** A link to an attachment. Its octets, decoded, become an object with the first call. */
export async function linkAttachment(
  own: TenantStore,
  /** Of what it is a part, and how that is read. */
  { content, read }: { content: ContentId; read: ReadRange },
  { id, part, filename, contentType }: AttachmentPart,
  { spool, spoolMemoryOctets }: { spool: Spool; spoolMemoryOctets: number },
): Promise<Link & { sizeOctets: number }> {
  const { blobs, clock } = own.engine
  const name = attachmentName(own.tenant, content, id)
  let sizeOctets = (await blobs.head(name))?.length
  if (sizeOctets === undefined) {
    const writer = spool.create({ memoryOctets: spoolMemoryOctets })
    try {
      for await (const chunk of readPart(part, read)) await writer.write(chunk)
      const source = await writer.finish()
      sizeOctets = source.length
      await blobs.put(name, source)
    } catch (error) {
      if (!(error instanceof BlobExistsError)) throw error
    } finally {
      await writer.discard()
    }
  }
  const expiresAt = clock.now() + LINK_SECONDS * 1000
  const url = await blobs.link(name, { seconds: LINK_SECONDS, filename, contentType })
  return { url, expiresAt, sizeOctets: sizeOctets ?? 0 }
}
