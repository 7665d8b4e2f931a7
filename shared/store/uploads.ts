import type { AccountId, ContentId } from '../mailbox/ids.ts'
import { isContentId } from '../mailbox/ids.ts'
import { type BlobContent, type BlobSource, listAll, type Range } from '../ports/blobs.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { uploadName, uploadsPrefix } from './keys.ts'

/** How long what was uploaded waits to be used (RFC 8620 §6.1 asks for an hour at least). */
const KEPT_MS = 24 * 60 * 60 * 1000

/** Octets that a client has sent ahead, to be put into messages or imported as such. Each is its account's alone. */
export class Uploads {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  async put(account: AccountId, source: BlobSource): Promise<ContentId> {
    const id = this.engine.ids.content()
    await this.engine.blobs.put(uploadName(account, id), source)
    return id
  }

  /** Octets of what is there; undefined where there is none (any more). */
  async sizeOf(account: AccountId, id: string): Promise<number | undefined> {
    if (!isContentId(id)) return undefined
    return (await this.engine.blobs.head(uploadName(account, id)))?.length
  }

  /** Undefined where there is none (any more). */
  async open(account: AccountId, id: string, range?: Range): Promise<BlobContent | undefined> {
    if (!isContentId(id)) return undefined
    return this.engine.blobs.get(uploadName(account, id), range)
  }

  /** Of all that the account has uploaded and that has not expired. */
  async octets(account: AccountId): Promise<number> {
    const before = this.engine.clock.now() - KEPT_MS
    let octets = 0
    for await (const { length, writtenAt } of listAll(this.engine.blobs, uploadsPrefix(this.engine.tenant, account))) {
      if (writtenAt >= before) octets += length
    }
    return octets
  }

  /** Deletes what nobody has used for a day, or can use any more. What a message was made of is in the message. Says how many. */
  async expire(): Promise<number> {
    const before = this.engine.clock.now() - KEPT_MS
    let expired = 0
    for await (const { name, writtenAt } of listAll(this.engine.blobs, uploadsPrefix(this.engine.tenant))) {
      if (writtenAt >= before) continue
      await this.engine.blobs.delete(name)
      expired += 1
    }
    return expired
  }
}
