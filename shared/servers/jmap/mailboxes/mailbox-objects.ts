import { SEEN, SYSTEM_FLAGS } from '../../../mailbox/flags.ts'
import { isInbox } from '../../../mailbox/mailbox-path.ts'
import type { MailboxName } from '../../../store/mailbox-names.ts'
import type { AccountMail } from '../account-mail.ts'

/** A Mailbox (RFC 8621 §2). */
export interface Mailbox extends Record<string, unknown> {
  id: string
  name: string
  parentId: string | null
  role: string | null
  sortOrder: number
  totalEmails: number
  unreadEmails: number
  totalThreads: number
  unreadThreads: number
  myRights: Record<string, boolean>
  isSubscribed: boolean
}

interface Counts {
  totalEmails: number
  unreadEmails: number
  totalThreads: number
  unreadThreads: number
}

export const COUNTS = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'] as const
export const MAILBOX_PROPERTIES = ['id', 'name', 'parentId', 'role', 'sortOrder', ...COUNTS, 'myRights', 'isSubscribed']

/** In which order people expect them, where nobody said otherwise. */
const SORT_ORDERS: Readonly<Record<string, number>> = {
  inbox: 1,
  drafts: 2,
  sent: 3,
  archive: 4,
  junk: 5,
  trash: 6,
}
const OTHERS = 10

/** A name that cannot hold messages has no mailbox: it is known by its node. */
export function mailboxObjectId({ mailbox, node }: MailboxName): string {
  return mailbox === undefined ? `n_${node}` : mailbox.slice(mailbox.lastIndexOf('/') + 1)
}

/** Every Mailbox by its id, in the order of their names. */
export function mailboxObjects(mail: AccountMail): ReadonlyMap<string, Mailbox> {
  mail.absorb()
  return mail.derive('mailboxes', () => makeObjects(mail))
}

/** The name behind a Mailbox's id. */
export function mailboxName(mail: AccountMail, id: string): MailboxName | undefined {
  return mail.names.find((name) => mailboxObjectId(name) === id)
}

export function mailboxWithRole(mail: AccountMail, role: string): string | undefined {
  return [...mailboxObjects(mail).values()].find((mailbox) => mailbox.role === role)?.id
}

function makeObjects(mail: AccountMail): Map<string, Mailbox> {
  const ids = new Map(mail.names.map((name) => [name.path.join('/'), mailboxObjectId(name)]))
  const roles = rolesOf(mail.names)
  const trash = mail.names.find((name) => roles.get(name) === 'trash')
  const counts = countEmails(mail, trash && mailboxObjectId(trash))
  return new Map(
    mail.names.map((name) => {
      const id = mailboxObjectId(name)
      const role = roles.get(name) ?? null
      const none = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 }
      const object: Mailbox = {
        id,
        name: isInbox(name.path) ? 'Inbox' : name.path.at(-1)!,
        parentId: ids.get(name.path.slice(0, -1).join('/')) ?? null,
        role,
        sortOrder: name.sortOrder ?? SORT_ORDERS[role ?? ''] ?? OTHERS,
        ...(counts.get(id) ?? none),
        myRights: rightsOf(name),
        isSubscribed: name.subscribed,
      }
      return [id, object]
    }),
  )
}

/** One Mailbox has a role (RFC 8621 §2): the first by name, where IMAP clients gave it to several. */
function rolesOf(names: readonly MailboxName[]): Map<MailboxName, string> {
  const taken = new Set<string>()
  const roles = new Map<MailboxName, string>()
  for (const name of names) {
    const role = isInbox(name.path) ? 'inbox' : name.specialUse?.toLowerCase()
    if (role === undefined || taken.has(role)) continue
    taken.add(role)
    roles.set(name, role)
  }
  return roles
}

function rightsOf({ mailbox, path }: MailboxName): Record<string, boolean> {
  const items = mailbox !== undefined
  return {
    mayReadItems: items,
    mayAddItems: items,
    mayRemoveItems: items,
    maySetSeen: items,
    maySetKeywords: items,
    mayCreateChild: true,
    mayRename: !isInbox(path),
    mayDelete: !isInbox(path),
    maySubmit: items,
  }
}

const READ = SEEN | SYSTEM_FLAGS['\\Draft']

/** One pass over the account's Emails, a Thread at a time. */
function countEmails({ emails }: AccountMail, trash: string | undefined): Map<string, Counts> {
  const counts = new Map<string, Counts>()
  const of = (id: string) => {
    let count = counts.get(id)
    if (count === undefined) {
      count = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 }
      counts.set(id, count)
    }
    return count
  }
  for (const thread of emails.threadGroups()) {
    // Most are of one Email in one Mailbox.
    const only = thread.length === 1 ? emails.onlyFolderOf(thread[0]!) : undefined
    if (only !== undefined) {
      const count = of(only.id)
      const unread = Number((emails.systemFlagsOf(thread[0]!) & READ) === 0)
      count.totalEmails += 1
      count.totalThreads += 1
      count.unreadEmails += unread
      count.unreadThreads += unread
      continue
    }
    const folders = new Set<string>()
    let unread = false
    let unreadInTrash = false
    for (const number of thread) {
      const own = foldersOf(emails.copiesOf(number))
      const isUnread = (emails.systemFlagsOf(number) & READ) === 0
      for (const id of own) {
        folders.add(id)
        const count = of(id)
        count.totalEmails += 1
        if (isUnread) count.unreadEmails += 1
      }
      // What is in the trash is a Thread of its own, as far as unread counts go (RFC 8621 §2).
      const trashed = trash !== undefined && own.has(trash)
      if (isUnread && trashed) unreadInTrash = true
      if (isUnread && !(trashed && own.size === 1)) unread = true
    }
    for (const id of folders) {
      const count = of(id)
      count.totalThreads += 1
      if (id === trash ? unreadInTrash : unread) count.unreadThreads += 1
    }
  }
  return counts
}

function foldersOf(copies: readonly { folder: { id: string } }[]): Set<string> {
  return new Set(copies.map(({ folder }) => folder.id))
}
