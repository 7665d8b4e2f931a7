import { type AccountId, type ContentId, isContentId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import { contentName } from '../../store/keys.ts'
import { type PageOf, type PageRequest, pageOfArray } from '../../store/pages.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import { readerOf } from '../emails/read-received.ts'
import { type AttachmentPart, attachmentParts, type MessageBodies, readBodies } from '../mailboxes/message-bodies.ts'
import { sentCopyId } from '../outgoing/file-sent.ts'
import { type Copy, messagesOf, viewsOfCopies, withMailboxes } from './thread-index.ts'
import { copiesOfThread } from './update-thread.ts'

/** A message of a conversation. */
export interface ThreadEmail {
  /** Of what was sent from here the email's, by which its fate is told; else the content's. */
  id: ContentId
  content: ContentId
  outbound: boolean
  view: View
  attachments: readonly AttachmentPart[]
  read: boolean
  /** INTERNALDATE. */
  receivedAt: number
}

/** An answer's texts come to no more than this and one message; the page ends there. */
const PAGE_TEXT_CHARACTERS = 2 * 1024 * 1024

/** The messages of a conversation with their texts, the oldest first. Throws Refusal 'not-found'. */
export function pageOfThread(
  own: TenantStore,
  { account, address }: { account: AccountId; address: string },
  thread: string,
  request: PageRequest,
): Promise<PageOf<ThreadEmail & MessageBodies>> {
  return withMailboxes(own, account, async (mailboxes) => {
    const messages = messagesOf(copiesOfThread(mailboxes, thread))
    const { limit } = request
    const place = (id: string | undefined) => id && (findMessage(messages, id)?.content ?? id)
    const within = { limit, after: place(request.after), before: place(request.before) }
    const { items, hasMore } = pageOfArray(messages, ({ content }) => content, within)
    // Of a page that has to end early those stay that are next to where it was asked from.
    const backwards = request.before !== undefined
    const ordered = backwards ? items.toReversed() : items
    const views = await viewsOfCopies(own, items)
    const shown: (ThreadEmail & MessageBodies)[] = []
    let characters = 0
    for (const copy of ordered) {
      if (characters > PAGE_TEXT_CHARACTERS) break
      const email = await emailOf(own, copy, views.get(copy.content)!, address)
      const bodies = await readEmailTexts(own, email)
      characters += (bodies.html?.length ?? 0) + (bodies.text?.length ?? 0)
      shown.push({ ...email, ...bodies })
    }
    return { items: backwards ? shown.reverse() : shown, hasMore: hasMore || shown.length < items.length }
  })
}

/** Throws Refusal 'not-found'. */
export function requireThreadEmail(
  own: TenantStore,
  { account, address }: { account: AccountId; address: string },
  thread: string,
  id: string,
): Promise<ThreadEmail> {
  return withMailboxes(own, account, async (mailboxes) => {
    const copy = findMessage(messagesOf(copiesOfThread(mailboxes, thread)), id)
    if (copy === undefined) throw new Refusal('not-found', 'Email not found')
    const views = await viewsOfCopies(own, [copy])
    return emailOf(own, copy, views.get(copy.content)!, address)
  })
}

export function readEmailTexts(own: TenantStore, { content, view }: ThreadEmail): Promise<MessageBodies> {
  return readBodies(view.structure, readerOf(own, content))
}

/** What the API calls a message: what it sent itself has the email's id in its Message-ID. */
export function emailIdOf(content: ContentId, { messageIds }: View): ContentId {
  const [local = ''] = (messageIds.messageId ?? '').split('@')
  return isContentId(local) && sentCopyId(local) === content ? local : content
}

function findMessage(messages: readonly Copy[], id: string): Copy | undefined {
  const sent = isContentId(id) ? sentCopyId(id) : undefined
  return messages.find(({ content }) => content === id || content === sent)
}

export async function emailOf(
  own: TenantStore,
  { mailbox, row, content, date }: Copy,
  view: View,
  address: string,
): Promise<ThreadEmail> {
  return {
    id: emailIdOf(content, view),
    content,
    outbound: mailbox.folder === 'sent' || (isFrom(view, address) && (await wasAppended(own, content))),
    view,
    attachments: attachmentParts(view.structure),
    read: mailbox.table.isSeen(row),
    receivedAt: date,
  }
}

function isFrom({ envelope }: View, address: string): boolean {
  return envelope.from.some(({ mailbox, host }) => `${mailbox}@${host}`.toLowerCase() === address.toLowerCase())
}

/** Somebody who writes to themselves receives it, too: that came in. */
async function wasAppended(own: TenantStore, content: ContentId): Promise<boolean> {
  const info = await own.engine.blobs.head(contentName(own.tenant, content))
  return info !== undefined && (await own.envelopes.of(info)).origin === 'append'
}
