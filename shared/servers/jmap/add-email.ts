import { appendMessages } from '../../flows/append-messages.ts'
import { copyMessages } from '../../flows/copy-messages.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import { flagsOfKeywords } from './keywords.ts'
import type { Call } from './method.ts'

export interface NewEmail {
  source: BlobSource
  mailboxIds: readonly string[]
  keywords: readonly string[]
  /** Milliseconds since 1970; absent: now. */
  receivedAt?: number
}

/** Puts a message into its mailboxes; what a client is told of it (RFC 8621 §4.6, §4.8). Throws as `appendMessages`. */
export async function addEmail(call: Call, { source, mailboxIds, keywords, receivedAt }: NewEmail) {
  const { mail, tenant, limits } = call
  const [first, ...others] = mailboxIds.map((id) => mail.folder(id)!)
  const message = {
    source,
    flags: flagsOfKeywords(keywords),
    ...(receivedAt !== undefined && { internalDate: receivedAt }),
  }
  const { uids } = await appendMessages(tenant, first!.mailbox, [message], limits)
  await first!.replica.refresh()
  for (const { mailbox } of others) await copyMessages(tenant, first!.replica, uids, mailbox)
  await Promise.all(others.map(({ replica }) => replica.refresh()))
  const { messages } = first!.replica
  const row = messages.rowOf(uids[0]!)!
  const content = messages.contentAt(row)
  mail.absorb()
  return { id: content, blobId: content, threadId: messages.threadAt(row), size: source.length }
}
