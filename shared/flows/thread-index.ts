import type { AccountId, ContentId, ThreadId } from '../mailbox/ids.ts'
import { isInbox } from '../mailbox/mailbox-path.ts'
import type { MailboxName } from '../store/mailbox-names.ts'
import type { MessageTable } from '../store/message-table.ts'
import type { Replica } from '../store/replica.ts'
import type { TenantStore } from '../store/store.ts'
import type { View } from '../store/views.ts'

/** Where a conversation lies, as people think of it; the order says which counts where its messages are in several. */
export const FOLDERS = ['inbox', 'archive', 'spam', 'trash', 'sent'] as const
export type Folder = (typeof FOLDERS)[number]

/** A mailbox as it was when it was opened: the table and its count belong together. */
export interface OpenMailbox {
  replica: Replica
  table: MessageTable
  count: number
  folder: Folder | 'drafts'
}

/** What the columns alone tell of a conversation. */
export interface ThreadHead {
  id: ThreadId
  /** INTERNALDATE of the newest message that is no draft. */
  newestAt: number
  folder: Folder
  unread: boolean
  keywords: ReadonlySet<string>
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

const NO_KEYWORDS: ReadonlySet<string> = new Set()

/** Every mailbox of the account that can be selected, as it is now, for as long as `work` takes. */
export async function withMailboxes<T>(
  own: TenantStore,
  account: AccountId,
  work: (mailboxes: readonly OpenMailbox[]) => Promise<T>,
): Promise<T> {
  const names = await own.mailboxes.list(account)
  const selectable = names.filter(({ mailbox }) => mailbox !== undefined)
  const open = (at: number, opened: readonly OpenMailbox[]): Promise<T> => {
    const name = selectable[at]
    if (name === undefined) return work(opened)
    return own.replicas.use(name.mailbox!, (replica) => {
      const table = replica.messages
      return open(at + 1, [...opened, { replica, table, count: table.count, folder: folderOf(name) }])
    })
  }
  return open(0, [])
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

/** Every conversation with a message that is no draft, the one that was active last first. */
export function threadHeads(mailboxes: readonly OpenMailbox[]): ThreadHead[] {
  const heads = new Map<ThreadId, ThreadHead>()
  for (const { table, count, folder } of mailboxes) {
    if (folder === 'drafts') continue
    for (let row = 0; row < count; row += 1) {
      const id = table.threadAt(row)
      const date = table.dateAt(row)
      const { keywords } = table.flagsAt(row)
      const known = heads.get(id)
      if (known === undefined) {
        const own = keywords.length === 0 ? NO_KEYWORDS : new Set(keywords.map((keyword) => keyword.toLowerCase()))
        heads.set(id, { id, newestAt: date, folder, unread: !table.isSeen(row), keywords: own })
        continue
      }
      if (date > known.newestAt) known.newestAt = date
      if (FOLDERS.indexOf(folder) < FOLDERS.indexOf(known.folder)) known.folder = folder
      if (!table.isSeen(row)) known.unread = true
      if (keywords.length > 0) {
        known.keywords = new Set([...known.keywords, ...keywords.map((keyword) => keyword.toLowerCase())])
      }
    }
  }
  return [...heads.values()].sort((a, b) => b.newestAt - a.newestAt || (a.id < b.id ? 1 : -1))
}

/** The messages of some conversations, drafts too; of each conversation the oldest first. */
export function copiesOf(
  mailboxes: readonly OpenMailbox[],
  threads: Iterable<ThreadId>,
): ReadonlyMap<ThreadId, readonly Copy[]> {
  const found = new Map<ThreadId, Copy[]>([...threads].map((id) => [id, []]))
  for (const mailbox of mailboxes) {
    const { table, count } = mailbox
    for (let row = 0; row < count; row += 1) {
      found.get(table.threadAt(row))?.push(copyAt(mailbox, row))
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
