import type { ImapEnvelope, MessageIds, MimePart } from '../codec/mime/structure-types.ts'
import { MailError } from '../mailbox/errors.ts'
import type { ContentId } from '../mailbox/ids.ts'
import { readWhole, sourceOf } from '../ports/blob-source.ts'
import { BlobExistsError } from '../ports/blobs.ts'
import type { TenantEngine } from '../ports/engine.ts'
import type { Item } from '../ports/table.ts'
import { viewKey, viewName } from './keys.ts'
import { decodeView, encodeView } from './view-codec.ts'

/**
 * What every client asks of a message without wanting its octets: made once of the object, never changed, shared by all recipients and
 * copies. The same object always gives the same view (I9).
 */
export interface View {
  envelope: ImapEnvelope
  structure: MimePart
  /** Raw fields of the root header that clients ask for (codec/mime/header-fields.ts), without the empty line. */
  headerFields: Uint8Array
  /** Listed fields that were too long to keep (lower case): for these the object is read. */
  headerFieldsMissing: readonly string[]
  messageIds: MessageIds
  /** Octets of the object: RFC822.SIZE. */
  sizeOctets: number
  /** The last line has no CR LF; not known of views made before this was looked at, which say false. */
  unterminated: boolean
  /** The first words of the text (RFC 8970). */
  preview: string
  /** SHA-256 of the object and of the octets received, hexadecimal. */
  objectSha256: string
  receivedSha256: string
}

/** Beyond this the view is an object of its own and the item names it: an item's read is paid by its size. */
const ITEM_OCTETS = 16 * 1024

export class Views {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** Repeatable: the same content gives the same view. */
  async put(content: ContentId, view: View): Promise<void> {
    const octets = encodeView(view)
    const key = viewKey(this.engine.tenant, content)
    if (octets.length <= ITEM_OCTETS) {
      await this.engine.table.write([{ put: { ...key, d: octets } }])
      return
    }
    const name = viewName(this.engine.tenant, content)
    try {
      await this.engine.blobs.put(name, sourceOf(octets))
    } catch (error) {
      if (!(error instanceof BlobExistsError)) throw error
      // Made by another version of this code; it is replaced, as a view is no more than what the object gives.
      await this.engine.blobs.delete(name)
      await this.engine.blobs.put(name, sourceOf(octets))
    }
    await this.engine.table.write([{ put: { ...key, blob: name } }])
  }

  /** Undefined where the content has not been scanned yet. */
  async find(content: ContentId): Promise<View | undefined> {
    const item = await this.engine.table.get(viewKey(this.engine.tenant, content))
    return item && this.viewOf(content, item)
  }

  /** In the order of `contents`. Throws MailError 'no-such-message' where one has none. */
  async getMany(contents: readonly ContentId[]): Promise<View[]> {
    const items = await this.engine.table.getMany(contents.map((content) => viewKey(this.engine.tenant, content)))
    return Promise.all(items.map((item, index) => this.viewOf(contents[index]!, item)))
  }

  async get(content: ContentId): Promise<View> {
    const [view] = await this.getMany([content])
    return view!
  }

  private async viewOf(content: ContentId, item: Item | undefined): Promise<View> {
    const octets = item?.['d'] ?? (item && (await readWhole(this.engine.blobs, item['blob'] as string)))
    if (octets === undefined) throw new MailError('no-such-message', `content ${content} has no view`)
    return decodeView(octets as Uint8Array)
  }
}
