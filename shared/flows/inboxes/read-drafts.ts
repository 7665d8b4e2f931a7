import { type AccountId, type ContentId, isContentId, type ThreadId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { PageOf, PageRequest } from '../../store/pages.ts'
import type { Replica } from '../../store/replica.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import { readerOf } from '../emails/read-received.ts'
import { type AttachmentPart, attachmentParts, type MessageBodies, readBodies } from '../mailboxes/message-bodies.ts'
import { specialMailbox } from '../mailboxes/special-mailbox.ts'
import { showDraft } from './shown-inboxes.ts'

/** A message in Drafts. */
export interface Draft {
  /** Stays the same when the draft is saved anew, by its Message-ID; of a draft that a mail client made it is the content's. */
  id: string
  uid: number
  content: ContentId
  view: View
  attachments: readonly AttachmentPart[]
  /** Of a draft that answers a message. */
  thread: ThreadId | undefined
  /** Milliseconds since 1970. */
  createdAt: number
  updatedAt: number
}

const VIEWS_AT_ONCE = 100

/** The account's Drafts, open while `work` takes. */
export async function withDrafts<T>(
  own: TenantStore,
  account: AccountId,
  work: (replica: Replica) => Promise<T>,
): Promise<T> {
  return own.replicas.use(await specialMailbox(own, account, 'Drafts'), work)
}

/** The one that was saved last comes first. */
export function pageOfDrafts(
  own: TenantStore,
  account: AccountId,
  { limit, after, before }: PageRequest,
): Promise<PageOf<Draft>> {
  return withDrafts(own, account, async (replica) => {
    const found: Draft[] = []
    let begun = after === undefined
    for await (const draft of drafts(own, replica)) {
      if (draft.id === before) {
        const items = found.slice(-limit)
        return { items, hasMore: found.length > items.length }
      }
      if (begun) found.push(draft)
      if (draft.id === after) begun = true
      if (before === undefined && found.length > limit) break
      if (before !== undefined && found.length > limit + 1) found.shift()
    }
    // A place that is no more: there is nothing before it to be found.
    if (before !== undefined) return { items: [], hasMore: false }
    return { items: found.slice(0, limit), hasMore: found.length > limit }
  })
}

/** Throws Refusal 'not-found'. */
export async function requireDraft(own: TenantStore, replica: Replica, id: string): Promise<Draft> {
  const draft = await findDraft(own, replica, id)
  if (draft === undefined) throw new Refusal('not-found', 'Draft not found')
  return draft
}

export async function findDraft(own: TenantStore, replica: Replica, id: string): Promise<Draft | undefined> {
  for await (const draft of drafts(own, replica)) if (draft.id === id) return draft
  return undefined
}

/** In the shape of Resend's API, without its texts. */
export async function describeDraft(own: TenantStore, account: AccountId, draft: Draft) {
  const [parent] = draft.view.messageIds.inReplyTo
  const answered = parent === undefined ? undefined : await own.threads.find(account, parent)
  return {
    object: 'inbox_draft' as const,
    ...showDraft(draft, answered?.content),
    email_id: null,
    created_at: new Date(draft.createdAt).toISOString(),
  }
}

/** Line ends as programs write them, and without the one that ends the part. */
export async function readDraftTexts(own: TenantStore, { content, view }: Draft): Promise<MessageBodies> {
  const { html, text } = await readBodies(view.structure, readerOf(own, content))
  const plain = (body: string | null) => {
    const unified = body?.replaceAll('\r\n', '\n').replace(/\n$/, '') ?? ''
    return unified === '' ? null : unified
  }
  return { html: plain(html), text: plain(text) }
}

async function* drafts(own: TenantStore, { messages, segments }: Replica): AsyncGenerator<Draft> {
  for (let end = messages.count; end > 0; end -= VIEWS_AT_ONCE) {
    const start = Math.max(0, end - VIEWS_AT_ONCE)
    const rows = Array.from({ length: end - start }, (_, index) => start + index)
    const views = await own.segments.viewsOf(
      segments,
      rows.map((row) => ({ table: messages, row })),
    )
    for (const row of rows.reverse()) {
      const view = views[row - start]!
      const content = messages.contentAt(row)
      const updatedAt = messages.dateAt(row)
      const written = Date.parse(view.envelope.date ?? '')
      yield {
        id: idOf(view, content),
        uid: messages.uidAt(row),
        content,
        view,
        attachments: attachmentParts(view.structure),
        thread: view.messageIds.inReplyTo.length > 0 ? messages.threadAt(row) : undefined,
        createdAt: Number.isNaN(written) ? updatedAt : written,
        updatedAt,
      }
    }
  }
}

function idOf({ messageIds }: View, content: ContentId): string {
  const [local = ''] = (messageIds.messageId ?? '').split('@')
  return isContentId(local) ? local : content
}
