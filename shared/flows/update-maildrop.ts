import { AlsoFailedError } from '../store/journal.ts'
import type { MaildropLock } from '../store/maildrop-locks.ts'
import type { Replica } from '../store/replica.ts'
import type { TenantStore } from '../store/store.ts'
import { removeMessages } from './expunge-messages.ts'

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
): Promise<'done' | 'locked-out'> {
  await lock.stopRenewing()
  try {
    const removed = await removeMessages(store, replica, () => uids, [lock.releaseOperation()])
    if (removed.length > 0) lock.released()
    return 'done'
  } catch (error) {
    if (error instanceof AlsoFailedError) return 'locked-out'
    throw error
  }
}
