import { displayText } from '../../codec/mime/encoded-word.ts'
import type { AccountId, ThreadId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { Label } from '../../store/labels.ts'
import type { PageOf, PageRequest } from '../../store/pages.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import { showAddresses } from '../emails/read-received.ts'
import { attachmentParts } from '../mailboxes/message-bodies.ts'
import {
  type Copy,
  copiesOf,
  type Folder,
  findHead,
  messagesOf,
  type OpenMailbox,
  pageOfHeads,
  type ThreadHead,
  threadHeads,
  viewsOfCopies,
  withMailboxes,
} from './thread-index.ts'

export interface ThreadFilter {
  folders?: readonly Folder[] | undefined
  /** Ids of labels; a thread has at least one of them. */
  labels?: readonly string[] | undefined
  read?: boolean | undefined
}

/** A conversation as a list shows it. */
export interface ListedThread {
  id: ThreadId
  subject: string | null
  from: string | null
  to: readonly string[]
  cc: readonly string[]
  bcc: readonly string[]
  labels: readonly Label[]
  emailCount: number
  hasAttachment: boolean
  hasDraft: boolean
  read: boolean
  /** Milliseconds since 1970. */
  receivedAt: number
  folder: Folder
}

/** Of a conversation that is longer, the views of the newest alone are read: anybody can make one long. */
const VIEWED_MESSAGES = 50

/** The conversations of an account, the one that was active last first. */
export function listThreads(
  own: TenantStore,
  account: AccountId,
  filter: ThreadFilter,
  page: PageRequest,
): Promise<PageOf<ListedThread>> {
  return withMailboxes(own, account, async (mailboxes) => {
    const labels = await own.labels.list(account)
    const heads = threadHeads(mailboxes).filter(threadFilter(filter, labels))
    const { items, hasMore } = pageOfHeads(heads, page)
    return { items: await describeThreads(own, mailboxes, items, labels), hasMore }
  })
}

export function threadFilter(
  { folders, labels: wanted, read }: ThreadFilter,
  labels: readonly Label[],
): (head: ThreadHead) => boolean {
  const keywords = wanted && labels.filter(({ id }) => wanted.includes(id)).map(({ keyword }) => keyword.toLowerCase())
  return ({ folder, unread, keywords: has }) =>
    (folders === undefined || folders.includes(folder)) &&
    (keywords === undefined || keywords.some((keyword) => has.has(keyword))) &&
    (read === undefined || read === !unread)
}

/** In the order of `heads`. */
export async function describeThreads(
  own: TenantStore,
  mailboxes: readonly OpenMailbox[],
  heads: readonly ThreadHead[],
  labels: readonly Label[],
): Promise<ListedThread[]> {
  const copies = copiesOf(
    mailboxes,
    heads.map(({ id }) => id),
  )
  const viewed = new Map(heads.map(({ id }) => [id, viewedOf(messagesOf(copies.get(id)!))]))
  const views = await viewsOfCopies(own, [...viewed.values()].flat())
  return heads.map((head) => {
    const messages = viewed.get(head.id)!
    const first = views.get(messages[0]!.content)!
    const newest = messages.findLast(({ mailbox }) => mailbox.folder !== 'sent') ?? messages.at(-1)!
    const { envelope } = views.get(newest.content)!
    return {
      id: head.id,
      subject: subjectOf(first),
      from: showAddresses(envelope.from)[0] ?? null,
      to: showAddresses(envelope.to),
      cc: showAddresses(envelope.cc),
      bcc: showAddresses(envelope.bcc),
      labels: labelsOf(head.keywords, labels),
      emailCount: messagesOf(copies.get(head.id)!).length,
      hasAttachment: messages.some(({ content }) => attachmentParts(views.get(content)!.structure).length > 0),
      hasDraft: copies.get(head.id)!.some(({ mailbox }) => mailbox.folder === 'drafts'),
      read: !head.unread,
      receivedAt: head.newestAt,
      folder: head.folder,
    }
  })
}

/** Throws Refusal 'not-found'. */
export async function requireThread(own: TenantStore, account: AccountId, id: string): Promise<ListedThread> {
  return withMailboxes(own, account, async (mailboxes) => {
    const head = headOf(mailboxes, id)
    const [thread] = await describeThreads(own, mailboxes, [head], await own.labels.list(account))
    return thread!
  })
}

/** Throws Refusal 'not-found'. */
export function headOf(mailboxes: readonly OpenMailbox[], id: string): ThreadHead {
  const head = findHead(threadHeads(mailboxes), id)
  if (head === undefined) throw new Refusal('not-found', 'Thread not found')
  return head
}

export function labelsOf(keywords: ReadonlySet<string>, labels: readonly Label[]): Label[] {
  return labels.filter(({ keyword }) => keywords.has(keyword.toLowerCase()))
}

export function subjectOf({ envelope }: View): string | null {
  return envelope.subject === null ? null : displayText(envelope.subject)
}

/** The first names the subject, the newest tell the rest. */
function viewedOf(messages: readonly Copy[]): Copy[] {
  if (messages.length <= VIEWED_MESSAGES) return [...messages]
  return [messages[0]!, ...messages.slice(-VIEWED_MESSAGES)]
}
