import { MailError } from '../../mailbox/errors.ts'
import type { AccountId, ContentId, ThreadId } from '../../mailbox/ids.ts'
import { isInbox } from '../../mailbox/mailbox-path.ts'
import type { MailboxName } from '../../store/mailbox-names.ts'
import type { MessageTable } from '../../store/message-table.ts'
import type { PageOf, PageRequest } from '../../store/pages.ts'
import type { Replica } from '../../store/replica.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'

/** Where a conversation lies, as people think of it; the order says which counts where its messages are in several. */
export const FOLDERS = ['inbox', 'archive', 'spam', 'trash', 'sent'] as const
export type Folder = (typeof FOLDERS)[number]

const NO_KEYWORDS: ReadonlySet<string> = new Set()

/** A mailbox as it was when it was opened: the table and its count belong together. */
export interface OpenMailbox {
  replica: Replica
  table: MessageTable
  count: number
  folder: Folder | 'drafts'
}

/** What the columns alone tell of a conversation. Its id is kept as two numbers: of many conversations few are shown. */
export class ThreadHead {
  readonly high: number
  readonly low: number
  /** INTERNALDATE of the newest message that is no draft. */
  newestAt: number
  folder: Folder
  unread: boolean
  keywords: ReadonlySet<string> = NO_KEYWORDS
  /** Another conversation whose id begins alike. */
  next: ThreadHead | undefined

  constructor(high: number, low: number, newestAt: number, folder: Folder, unread: boolean) {
    this.high = high
    this.low = low
    this.newestAt = newestAt
    this.folder = folder
    this.unread = unread
  }

  get id(): ThreadId {
    return `${hex(this.high)}${hex(this.low)}` as ThreadId
  }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0')
}

/** A message in a mailbox. */
export interface Copy {
  mailbox: OpenMailbox
  row: number
  uid: number
  content: ContentId
  /** INTERNALDATE. */
  date: number
}

/** Every mailbox of the account that can be selected, as it is now, for as long as `work` takes. */
export async function withMailboxes<T>(
  own: TenantStore,
  account: AccountId,
  work: (mailboxes: readonly OpenMailbox[]) => Promise<T>,
): Promise<T> {
  const names = await own.mailboxes.list(account)
  const selectable = names.filter(({ mailbox }) => mailbox !== undefined)
  const opened: OpenMailbox[] = []
  async function openFrom(at: number): Promise<T> {
    const name = selectable[at]
    if (name === undefined) return work(opened)
    let isOpen = false
    try {
      return await own.replicas.use(name.mailbox!, (replica) => {
        isOpen = true
        const table = replica.messages
        opened.push({ replica, table, count: table.count, folder: folderOf(name) })
        return openFrom(at + 1)
      })
    } catch (error) {
      // Deleted since it was listed: it holds nothing any more.
      if (!isOpen && error instanceof MailError && error.kind === 'no-such-mailbox') return openFrom(at + 1)
      throw error
    }
  }
  return openFrom(0)
}

/** A mailbox that its owner made is out of the inbox, and kept. */
function folderOf({ path, specialUse }: MailboxName): OpenMailbox['folder'] {
  if (isInbox(path)) return 'inbox'
  switch (specialUse) {
    case 'Drafts':
      return 'drafts'
    case 'Junk':
      return 'spam'
    case 'Sent':
      return 'sent'
    case 'Trash':
      return 'trash'
    default:
      return 'archive'
  }
}

/** Every conversation with a message that is no draft, in no order. One pass over the columns, without an object for each message. */
export function threadHeads(mailboxes: readonly OpenMailbox[]): ThreadHead[] {
  const all: ThreadHead[] = []
  const byHigh = new Map<number, ThreadHead>()
  for (const { table, count, folder } of mailboxes) {
    if (folder === 'drafts') continue
    const rank = FOLDERS.indexOf(folder)
    for (let row = 0; row < count; row += 1) {
      const high = table.threadHighAt(row)
      const low = table.threadLowAt(row)
      const date = table.dateAt(row)
      let head = byHigh.get(high)
      while (head !== undefined && head.low !== low) head = head.next
      if (head === undefined) {
        head = new ThreadHead(high, low, date, folder, false)
        head.next = byHigh.get(high)
        byHigh.set(high, head)
        all.push(head)
      }
      if (date > head.newestAt) head.newestAt = date
      if (rank < FOLDERS.indexOf(head.folder)) head.folder = folder
      if (!table.isSeen(row)) head.unread = true
      head.keywords = withKeywords(head.keywords, table.keywordsAt(row))
    }
  }
  return all
}

function withKeywords(known: ReadonlySet<string>, keywords: readonly string[]): ReadonlySet<string> {
  if (keywords.length === 0) return known
  const lower = keywords.map((keyword) => keyword.toLowerCase())
  return lower.every((keyword) => known.has(keyword)) ? known : new Set([...known, ...lower])
}

/** A page of conversations, the one that was active last first; only what is on it is sorted. */
export function pageOfHeads(heads: readonly ThreadHead[], { limit, after, before }: PageRequest): PageOf<ThreadHead> {
  const cursor = before ?? after
  const place = cursor === undefined ? undefined : findHead(heads, cursor)
  if (cursor !== undefined && place === undefined) return { items: [], hasMore: false }
  const direction = before === undefined ? 1 : -1
  const order = (a: ThreadHead, b: ThreadHead) => direction * newestFirst(a, b)
  const nearest: ThreadHead[] = []
  for (const head of heads) {
    if (place !== undefined && order(head, place) <= 0) continue
    const last = nearest.at(-1)
    if (nearest.length > limit && last !== undefined && order(head, last) >= 0) continue
    let at = nearest.length
    while (at > 0 && order(head, nearest[at - 1]!) < 0) at -= 1
    nearest.splice(at, 0, head)
    if (nearest.length > limit + 1) nearest.pop()
  }
  const items = nearest.slice(0, limit)
  return { items: before === undefined ? items : items.reverse(), hasMore: nearest.length > limit }
}

function newestFirst(a: ThreadHead, b: ThreadHead): number {
  if (a === b) return 0
  return b.newestAt - a.newestAt || b.high - a.high || b.low - a.low
}

/** By its id; undefined where there is no such conversation. */
export function findHead(heads: readonly ThreadHead[], id: string): ThreadHead | undefined {
  if (id.length !== 16) return undefined
  const [high, low] = [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8), 16)]
  const found = heads.find((head) => head.high === high && head.low === low)
  return found?.id === id ? found : undefined
}

/** The messages of some conversations, drafts too; of each conversation the oldest first. */
export function copiesOf(
  mailboxes: readonly OpenMailbox[],
  threads: Iterable<ThreadId>,
): ReadonlyMap<ThreadId, readonly Copy[]> {
  const found = new Map<ThreadId, Copy[]>([...threads].map((id) => [id, []]))
  const highs = new Set([...found.keys()].map((id) => Number.parseInt(id.slice(0, 8), 16)))
  for (const mailbox of mailboxes) {
    const { table, count } = mailbox
    for (let row = 0; row < count; row += 1) {
      if (highs.has(table.threadHighAt(row))) found.get(table.threadAt(row))?.push(copyAt(mailbox, row))
    }
  }
  for (const copies of found.values()) copies.sort((a, b) => a.date - b.date || (a.content < b.content ? -1 : 1))
  return found
}

export function copyAt(mailbox: OpenMailbox, row: number): Copy {
  const { table } = mailbox
  return { mailbox, row, uid: table.uidAt(row), content: table.contentAt(row), date: table.dateAt(row) }
}

/** One copy of each message that is no draft, in their order. */
export function messagesOf(copies: readonly Copy[]): Copy[] {
  const sent = copies.filter(({ mailbox }) => mailbox.folder !== 'drafts')
  return [...new Map(sent.map((copy) => [copy.content, copy])).values()]
}

/** Views by content, read a segment at a time where they are folded. */
export async function viewsOfCopies(own: TenantStore, copies: readonly Copy[]): Promise<ReadonlyMap<ContentId, View>> {
  const views = new Map<ContentId, View>()
  for (const [mailbox, some] of Map.groupBy(copies, ({ mailbox }) => mailbox)) {
    const ascending = some.toSorted((a, b) => a.row - b.row)
    const read = await own.segments.viewsOf(
      mailbox.replica.segments,
      ascending.map(({ row }) => ({ table: mailbox.table, row })),
    )
    for (const [index, { content }] of ascending.entries()) views.set(content, read[index]!)
  }
  return views
}
