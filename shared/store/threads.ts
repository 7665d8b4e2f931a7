import { createHash } from 'node:crypto'
import type { MessageIds } from '../codec/mime/structure-types.ts'
import type { AccountId, ContentId, ThreadId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { ConflictError } from '../ports/table.ts'
import { messageIdKey } from './keys.ts'

/** References looked up of one message: the root and the nearest, as a list can be made as long as a sender likes. */
const LOOKED_UP = 30

/** Which conversation a message belongs to: decided once per account and message, by Message-ID (RFC 5322 §3.6.4). */
export class Threads {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /**
   * The thread of the first known Message-ID in References, else of In-Reply-To, else one named after the root; and remembers
   * the message's own Message-ID. Repeatable: a message seen before keeps its thread.
   */
  async assign(
    account: AccountId,
    content: ContentId,
    { messageId, inReplyTo, references }: MessageIds,
  ): Promise<ThreadId> {
    const own = messageId === null ? undefined : hashOf(messageId)
    const ancestors = [...nearest(references), ...inReplyTo.slice(0, LOOKED_UP)].map(hashOf)
    const wanted = [...new Set([...(own === undefined ? [] : [own]), ...ancestors])]
    const items = await this.engine.table.getMany(wanted.map((hash) => messageIdKey(account, hash)))
    const known = new Map(wanted.map((hash, index) => [hash, items[index]?.['thread'] as ThreadId | undefined]))
    const before = own === undefined ? undefined : known.get(own)
    if (before !== undefined) return before
    const root = ancestors[0] ?? own ?? hashOf(content)
    const inherited = ancestors.map((hash) => known.get(hash)).find((thread) => thread !== undefined)
    const thread = inherited ?? (root.slice(0, 16) as ThreadId)
    if (own !== undefined) await this.remember(account, own, content, thread)
    return thread
  }

  /** The first message of the account under a Message-ID (without its brackets); undefined where none is known. */
  async find(account: AccountId, messageId: string): Promise<{ content: ContentId; thread: ThreadId } | undefined> {
    const item = await this.engine.table.get(messageIdKey(account, hashOf(messageId)))
    return item && { content: item['content'] as ContentId, thread: item['thread'] as ThreadId }
  }

  private async remember(account: AccountId, hash: string, content: ContentId, thread: ThreadId): Promise<void> {
    try {
      await this.engine.table.write([
        { put: { ...messageIdKey(account, hash), content, thread }, if: { absent: true } },
      ])
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error // a second message under the same Message-ID: the first one's stands
    }
  }
}

/** The first reference names the root, the last ones the parent: of a long list these are kept. */
function nearest(references: readonly string[]): readonly string[] {
  if (references.length <= LOOKED_UP) return references
  return [...references.slice(0, LOOKED_UP / 2), ...references.slice(-LOOKED_UP / 2)]
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
