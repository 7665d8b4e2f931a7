import { appendToMailboxes } from '../../../flows/mailboxes/append-to-mailboxes.ts'
import type { BlobSource } from '../../../ports/blobs.ts'
import type { Call } from '../method.ts'
import { flagsOfKeywords } from './keywords.ts'

export interface NewEmail {
  source: BlobSource
  mailboxIds: readonly string[]
  keywords: readonly string[]
  /** Milliseconds since 1970; absent: now. */
  receivedAt?: number
}

/** Puts a message into its mailboxes; what a client is told of it (RFC 8621 §4.6, §4.8). Throws as `appendToMailboxes`. */
export async function addEmail(call: Call, { source, mailboxIds, keywords, receivedAt }: NewEmail) {
  const { mail, tenant, limits } = call
  const folders = mailboxIds.map((id) => mail.folder(id)!)
  const message = {
    source,
    flags: flagsOfKeywords(keywords),
    ...(receivedAt !== undefined && { internalDate: receivedAt }),
  }
  const mailboxes = folders.map(({ mailbox }) => mailbox)
  const { content, thread } = await appendToMailboxes(tenant, mailboxes, message, limits)
  await Promise.all(folders.map(({ replica }) => replica.refresh()))
  mail.absorb()
  return { id: content, blobId: content, threadId: thread, size: source.length }
}
