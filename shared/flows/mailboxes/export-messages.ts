import { formatFrameHeader } from '../../codec/message-frames.ts'
import { MailError } from '../../mailbox/errors.ts'
import { flagNames } from '../../mailbox/flags.ts'
import type { ContentId, MailboxId } from '../../mailbox/ids.ts'
import type { BlobContent } from '../../ports/blobs.ts'
import type { TenantStore } from '../../store/store.ts'

/** What an export tells of a message before its octets. */
interface Exported {
  uid: number
  id: ContentId
  flags: string[]
  received_at: string
  size: number
}

/**
 * Messages of a mailbox after a UID, ascending, each with its flags, date and octets, as message frames; the last line is `{"end":true,"after":…}`
 * with the UID to go on after, or null at the mailbox's end: a stream without it was cut off. Ends after `messages` of them, or once they have `octets`.
 * What is expunged meanwhile is left out. Throws MailError 'no-such-mailbox' before anything comes.
 */
export async function exportMessages(
  store: TenantStore,
  mailbox: MailboxId,
  { after, messages, octets }: { after: number; messages: number; octets: number },
): Promise<AsyncGenerator<Uint8Array>> {
  const { page, more } = await store.replicas.use(mailbox, async (replica) => {
    const table = replica.messages
    const page: Exported[] = []
    let sum = 0
    let row = table.firstRowFrom(after + 1)
    for (; row < table.count && page.length < messages && (page.length === 0 || sum < octets); row += 1) {
      const size = table.sizeAt(row)
      sum += size
      page.push({
        uid: table.uidAt(row),
        id: table.contentAt(row),
        flags: flagNames(table.flagsAt(row)),
        received_at: new Date(table.dateAt(row)).toISOString(),
        size,
      })
    }
    return { page, more: row < table.count }
  })
  return frames(store, page, more)
}

async function* frames(store: TenantStore, page: readonly Exported[], more: boolean): AsyncGenerator<Uint8Array> {
  for (const message of page) {
    const blob = await opened(store, message.id)
    if (blob === undefined) continue
    yield formatFrameHeader({ ...message, size: blob.length })
    yield* blob.content
  }
  yield formatFrameHeader({ end: true, after: more ? page.at(-1)!.uid : null })
}

/** Undefined where it was expunged and reclaimed while it was on its way, or its octets are lost: all others are exported nevertheless. */
async function opened(store: TenantStore, content: ContentId): Promise<BlobContent | undefined> {
  try {
    return await store.contents.open(content)
  } catch (error) {
    if (error instanceof MailError && error.kind === 'no-such-message') return undefined
    throw error
  }
}
