import type { MailboxId, Modseq } from '../mailbox/ids.ts'

/**
 * Hints that a mailbox has a newer commit, sent to those who watch it and to nobody else. A hint can be late, doubled or lost: who
 * watches also re-reads the newest record from time to time.
 */
export interface ChangeFeed {
  /** Resolves when the hint is handed over; a watcher that cannot be reached is no error. */
  publish(mailbox: MailboxId, modseq: Modseq): Promise<void>
  /** Once it resolves, commits published later are hinted. Several watchers of one mailbox are each called. */
  watch(mailbox: MailboxId, listener: (modseq: Modseq) => void): Promise<Watch>
}

export interface Watch {
  end(): Promise<void>
}
