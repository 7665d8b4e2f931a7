import type { AccountId, MailboxId, ThreadId } from '../../mailbox/ids.ts'
import type { MessageTable } from '../../store/message-table.ts'
import type { TenantStore } from '../../store/store.ts'
import { removeMessages } from '../mailboxes/expunge-messages.ts'
import { type OpenMailbox, threadHeads, withMailboxes } from './thread-index.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Far below what a commit takes. */
const AT_ONCE = 1000

/**
 * Deletes conversations that have been in the trash of an inbox for so many days, counted for each from when the last of its messages was put there. One that has a message
 * in a folder before the trash, as after an answer, is none of them; and what its owner sent stays in Sent, as it does when a conversation is put into the trash.
 * Returns how many messages went. Repeatable.
 */
export async function expireTrash(own: TenantStore, account: AccountId, days: number): Promise<number> {
  const before = own.engine.clock.now() - days * DAY_MS
  // Mostly there is nothing to do, which Trash alone tells.
  const trash = (await own.mailboxes.list(account)).find(({ specialUse }) => specialUse === 'Trash')?.mailbox
  if (trash === undefined || !(await hasOlder(own, trash, before))) return 0
  return withMailboxes(own, account, async (mailboxes) => {
    const trashed = new Set(
      threadHeads(mailboxes)
        .filter(({ folder }) => folder === 'trash')
        .map(({ id }) => id),
    )
    let removed = 0
    for (const mailbox of mailboxes.filter(({ folder }) => folder === 'trash')) {
      const expired = expiredIn(mailbox, trashed, before)
      for (let at = 0; at < expired.length; at += AT_ONCE) {
        const uids = expired.slice(at, at + AT_ONCE)
        // Who takes one out of the trash at this moment keeps it: those that are left are looked for in each try to commit.
        removed += (await removeMessages(own, mailbox.replica, () => uids)).length
      }
    }
    return removed
  })
}

async function hasOlder(own: TenantStore, trash: MailboxId, before: number): Promise<boolean> {
  if ((await own.journal.newest(trash)).totals.exists === 0) return false
  return own.replicas.use(trash, async ({ messages }) => {
    for (let row = 0; row < messages.count; row += 1) if (messages.savedAt(row) <= before) return true
    return false
  })
}

/** UIDs, ascending. */
function expiredIn({ table, count }: OpenMailbox, trashed: ReadonlySet<ThreadId>, before: number): number[] {
  const newest = new Map<ThreadId, number>()
  for (const { thread, savedAt } of rowsOf(table, count)) {
    newest.set(thread, Math.max(savedAt, newest.get(thread) ?? 0))
  }
  const expired: number[] = []
  for (const { thread, uid } of rowsOf(table, count)) {
    if (trashed.has(thread) && newest.get(thread)! <= before) expired.push(uid)
  }
  return expired
}

function* rowsOf(table: MessageTable, count: number) {
  for (let row = 0; row < count; row += 1) {
    yield { thread: table.threadAt(row), savedAt: table.savedAt(row), uid: table.uidAt(row) as number }
  }
}
