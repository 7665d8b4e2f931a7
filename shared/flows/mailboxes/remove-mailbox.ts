import { MailError } from '../../mailbox/errors.ts'
import type { MailboxId } from '../../mailbox/ids.ts'
import type { TenantStore } from '../../store/store.ts'
import { countArrivals } from '../usage/count-usage.ts'
import { removeMessages } from './expunge-messages.ts'

/**
 * Takes away what a mailbox held whose name is gone (Mailboxes.delete): its messages by one commit, so that their contents are let go as by any
 * expunge, then its log and its snapshots. Repeatable.
 */
export async function removeMailbox(store: TenantStore, mailbox: MailboxId): Promise<void> {
  await store.replicas.announceEnd(mailbox) // a session must not watch its messages go one by one
  try {
    // Snapshots go after the messages: without the newest one there is nothing left to let go, and no replica.
    if (await store.snapshots.newestIsThere(mailbox)) {
      await store.replicas.use(mailbox, (replica) =>
        removeMessages(store, replica, () =>
          Array.from({ length: replica.messages.count }, (_, row) => replica.messages.uidAt(row)),
        ),
      )
    }
  } catch (error) {
    if (!(error instanceof MailError && error.kind === 'no-such-mailbox')) throw error // half gone already
  }
  await store.snapshots.destroy(mailbox)
  await countArrivals(store, mailbox)
  await store.journal.destroy(mailbox)
  await store.usage.forgetMailbox(mailbox)
  await store.mailboxes.forget(mailbox)
}
