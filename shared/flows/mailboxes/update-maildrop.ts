import { log } from '../../log.ts'
import { SEEN } from '../../mailbox/flags.ts'
import type { MailboxId } from '../../mailbox/ids.ts'
import { AlsoFailedError } from '../../store/journal.ts'
import type { MaildropLock } from '../../store/maildrop-locks.ts'
import type { Replica } from '../../store/replica.ts'
import type { TenantStore } from '../../store/store.ts'
import { moveMessages } from './copy-messages.ts'
import { removeMessages } from './expunge-messages.ts'
import { storeFlags } from './store-flags.ts'

/** What becomes of deleted messages: they go, or into Trash as the tenant wants it; those that were retrieved may count as read there. */
export interface Disposal {
  trash: MailboxId | undefined
  /** UIDs. */
  read: ReadonlySet<number>
}

/**
 * POP3's UPDATE state (RFC 1939 §6): the messages of these UIDs (ascending) go in one commit, which gives the lock back and cannot happen
 * without it: 'locked-out' where another session has the maildrop by now, and then nothing is done. Those that are gone already, by
 * IMAP, are passed over. Throws MailError 'no-such-mailbox', 'too-large', 'try-again'.
 */
export async function updateMaildrop(
  store: TenantStore,
  replica: Replica,
  lock: MaildropLock,
  uids: readonly number[],
  { trash, read }: Disposal = { trash: undefined, read: new Set() },
): Promise<'done' | 'locked-out'> {
  await lock.stopRenewing()
  const also = [lock.releaseOperation()]
  try {
    const gone =
      trash === undefined
        ? await removeMessages(store, replica, () => uids, also)
        : (await moveMessages(store, replica, uids, trash, { also, read })).from
    if (gone.length > 0) lock.released()
    return 'done'
  } catch (error) {
    if (error instanceof AlsoFailedError) return 'locked-out'
    throw error
  }
}

/** Messages that the client has got to their end count as read. It is told of nothing that fails here: it has its messages. */
export async function markRetrieved(store: TenantStore, replica: Replica, uids: readonly number[]): Promise<void> {
  try {
    if (uids.length > 0) await storeFlags(store, replica, uids, 'add', { system: SEEN, keywords: [] })
  } catch (error) {
    log.warn('retrieved-not-marked', { mailbox: replica.mailbox, error: error as Error })
  }
}
