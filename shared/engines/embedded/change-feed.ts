import type { MailboxId, Modseq } from '../../mailbox/ids.ts'
import type { ChangeFeed } from '../../ports/change-feed.ts'

export interface EmbeddedChangeFeed extends ChangeFeed {
  /** Tells those who watch in this thread. */
  hint(mailbox: MailboxId, modseq: Modseq): void
}

/** Who commits and who watches are in one process: a hint is a call, made after the publisher has gone on. `tellOthers`: the process's other threads. */
export function createChangeFeed(tellOthers: (mailbox: MailboxId, modseq: Modseq) => void): EmbeddedChangeFeed {
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
      // A function of its own, so that one listener given twice is called twice and ended once.
      let watching = true
      const hint = (modseq: Modseq) => {
        if (watching) listener(modseq)
      }
      listeners.add(hint)
      return {
        async end() {
          watching = false
          listeners.delete(hint)
          if (listeners.size === 0 && watchers.get(mailbox) === listeners) watchers.delete(mailbox)
        },
      }
    },
  }
}
