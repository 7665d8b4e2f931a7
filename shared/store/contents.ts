import { log } from '../log.ts'
import { MailError } from '../mailbox/errors.ts'
import type { ContentId } from '../mailbox/ids.ts'
import { gather } from '../ports/blob-source.ts'
import { type BlobContent, BlobLostError, type GetOptions, type Range } from '../ports/blobs.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { contentName } from './keys.ts'

/** The octets of messages, read by range: BODY[] is the object, octet for octet (I6). */
export class Contents {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** The whole object with its metadata, or a range of it (`end` exclusive). Throws MailError 'no-such-message'. */
  async open(content: ContentId, range?: Range, options?: GetOptions): Promise<BlobContent> {
    try {
      const blob = await this.engine.blobs.get(contentName(this.engine.tenant, content), range, options)
      if (blob !== undefined) return blob
    } catch (error) {
      if (!(error instanceof BlobLostError)) throw error
      // For its reader it is as one that is gone: he has all others. The operator has a copy of the disk, or has not.
      log.error('content-lost', { error })
    }
    throw new MailError('no-such-message', `content ${content} is gone`)
  }

  /** A small object whole, where the engine has it for less than it takes to open one; undefined elsewhere. */
  async atHand(content: ContentId): Promise<Uint8Array | undefined> {
    const { blobs, tenant } = this.engine
    return (await blobs.getMany?.([contentName(tenant, content)]))?.[0]
  }

  /** Small objects whole, at most 100, in their order; undefined where one is gone. */
  async readMany(contents: readonly ContentId[]): Promise<(Uint8Array | undefined)[]> {
    const { blobs, tenant } = this.engine
    const names = contents.map((content) => contentName(tenant, content))
    const found: readonly (Uint8Array | undefined)[] = (await blobs.getMany?.(names)) ?? []
    return Promise.all(contents.map((content, at) => found[at] ?? this.whole(content)))
  }

  private async whole(content: ContentId): Promise<Uint8Array | undefined> {
    try {
      return await gather((await this.open(content)).content)
    } catch (error) {
      if (error instanceof MailError && error.kind === 'no-such-message') return undefined
      throw error
    }
  }

  /** A range of the object in chunks as they come. */
  async *read(content: ContentId, range: Range): AsyncGenerator<Uint8Array> {
    if (range.end <= range.start) return
    const { content: chunks } = await this.open(content, range)
    yield* chunks
  }
}
