import { type ContentId, isContentId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import { listAll, type UploadLink } from '../../ports/blobs.ts'
import { attachmentUploadName, attachmentUploadsPrefix } from '../../store/keys.ts'
import type { TenantStore } from '../../store/store.ts'

/** A link that lets anybody put what is to be attached, once. What is uploaded is deleted after a day (store/uploads.ts). */
export interface AttachmentUpload extends UploadLink {
  id: ContentId
  /** Of the link; milliseconds since 1970. */
  expiresAt: number
}

const LINK_SECONDS = 60 * 60
/** Of what waits to be attached: a key must not make a store of it. */
const MOST_WAITING = 1000

/** Throws Refusal 'invalid-attachment' where it is too large for any email, or too much waits already. */
export async function beginUpload(
  own: TenantStore,
  { length, sha256 }: { length: number; sha256: string },
  { messageOctets }: { messageOctets: number },
): Promise<AttachmentUpload> {
  if (length > messageOctets) {
    throw new Refusal('invalid-attachment', `An email has at most ${messageOctets} octets.`)
  }
  const { blobs, clock, ids } = own.engine
  let waiting = 0
  for await (const _entry of listAll(blobs, attachmentUploadsPrefix(own.tenant))) waiting += 1
  if (waiting >= MOST_WAITING) {
    throw new Refusal('invalid-attachment', `${waiting} uploads wait to be attached; each goes after a day.`)
  }
  const id = ids.content()
  const link = await blobs.uploadLink(attachmentUploadName(own.tenant, id), { seconds: LINK_SECONDS, length, sha256 })
  return { id, ...link, expiresAt: clock.now() + LINK_SECONDS * 1000 }
}

/** Throws Refusal 'invalid-attachment' where nothing was uploaded under the id, or it is gone. */
export async function openUpload(own: TenantStore, id: string): Promise<AsyncIterable<Uint8Array>> {
  const blob = isContentId(id) ? await own.engine.blobs.get(attachmentUploadName(own.tenant, id)) : undefined
  if (blob === undefined) {
    throw new Refusal('invalid-attachment', `Nothing was uploaded as ${JSON.stringify(id)}, or it is gone.`)
  }
  return blob.content
}
