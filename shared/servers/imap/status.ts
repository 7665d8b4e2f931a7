import { formatStatus, type StatusArgs, type StatusItem, type StatusValues } from '../../codec/imap/status.ts'
import type { MailboxId } from '../../mailbox/ids.ts'
import { formatMailboxPath, parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import type { MessageTable } from '../../store/message-table.ts'
import { type Done, ok } from './done.ts'
import { useCondstore } from './enable.ts'
import { objectIdOf } from './object-id.ts'
import type { Authenticated } from './session.ts'

/** STATUS (RFC 9051 §6.3.11). */
export async function status(session: Authenticated, { mailbox, items }: StatusArgs): Promise<Done> {
  const path = parseMailboxPath(mailbox)
  await writeStatus(
    session,
    formatMailboxPath(path),
    await session.store.mailboxes.mailbox(session.account.id, path),
    items,
  )
  return ok('STATUS completed')
}

/** One STATUS response: from the newest journal record alone, but for DELETED, which is counted. */
export async function writeStatus(
  session: Authenticated,
  name: string,
  mailbox: MailboxId,
  items: readonly StatusItem[],
): Promise<void> {
  const { store, services } = session
  if (items.includes('HIGHESTMODSEQ')) useCondstore(session)
  const { modseq, totals } = await store.journal.newest(mailbox)
  const values: StatusValues = {
    MESSAGES: totals.exists,
    RECENT: Math.min(totals.exists, totals.uidNext - totals.recentFrom),
    UIDNEXT: totals.uidNext,
    UNSEEN: totals.unseen,
    SIZE: totals.sizeOctets,
    HIGHESTMODSEQ: modseq,
    APPENDLIMIT: services.limits.messageOctets,
    MAILBOXID: objectIdOf(mailbox),
  }
  if (items.includes('UIDVALIDITY')) values.UIDVALIDITY = (await store.snapshots.identity(mailbox)).uidvalidity
  if (items.includes('DELETED') || items.includes('DELETED-STORAGE')) {
    const deleted = await store.replicas.use(mailbox, async ({ messages }) => countDeleted(messages))
    values.DELETED = deleted.messages
    values['DELETED-STORAGE'] = deleted.sizeOctets
  }
  session.out.add(formatStatus(name, items, values, session.enabled.utf8))
}

function countDeleted(table: MessageTable): { messages: number; sizeOctets: number } {
  let messages = 0
  let sizeOctets = 0
  for (let row = 0; row < table.count; row += 1) {
    if (!table.isDeleted(row)) continue
    messages += 1
    sizeOctets += table.sizeAt(row)
  }
  return { messages, sizeOctets }
}
