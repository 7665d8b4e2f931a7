import type { MailboxId, Modseq } from '../../mailbox/ids.ts'
import type { ChangeFeed } from '../../ports/change-feed.ts'

export interface EmbeddedChangeFeed extends ChangeFeed {
  /** Tells those who watch in this thread. */
  hint(mailbox: MailboxId, modseq: Modseq): void
}

export interface ChangeFeedParts {
  /** The process's other threads are to know. */
  tellOthers(mailbox: MailboxId, modseq: Modseq): void
  /** So many mailboxes are watched in this thread now. */
  watching(mailboxes: number): void
}

/** Who commits and who watches are in one process: a hint is a call, made after the publisher has gone on. */
export function createChangeFeed({ tellOthers, watching }: ChangeFeedParts): EmbeddedChangeFeed {
  const watchers = new Map<MailboxId, Set<(modseq: Modseq) => void>>()

  function hint(mailbox: MailboxId, modseq: Modseq): void {
    for (const listener of watchers.get(mailbox) ?? []) setImmediate(listener, modseq)
  }

  return {
    hint,

    async publish(mailbox, modseq) {
      hint(mailbox, modseq)
      tellOthers(mailbox, modseq)
    },

    async watch(mailbox, listener) {
      let listeners = watchers.get(mailbox)
      if (!listeners) watchers.set(mailbox, (listeners = new Set()))
      watching(watchers.size)
      // A function of its own, so that one listener given twice is called twice and ended once.
      let ended = false
      const hint = (modseq: Modseq) => {
        if (!ended) listener(modseq)
      }
      listeners.add(hint)
      return {
        async end() {
          ended = true
          listeners.delete(hint)
          if (listeners.size === 0 && watchers.get(mailbox) === listeners) watchers.delete(mailbox)
          watching(watchers.size)
        },
      }
    },
  }
}
