/**
 * What the threads of one process that work on one folder tell each other: that a queue may have new messages, and that a mailbox has a newer
 * commit. Each is only a hint, as the port of the change feed says.
 */
import type { MessagePort } from 'node:worker_threads'
import type { MailboxId, Modseq } from '../../mailbox/ids.ts'
import type { QueueName } from '../../ports/queue.ts'

export type Word = { queue: QueueName } | { mailbox: MailboxId; modseq: Modseq }

/** How many mailboxes each of two threads watches, in memory of both: who watches none hears of no commit, which would cost as much as a piece of one. */
export interface Watching {
  own: Int32Array<SharedArrayBuffer>
  other: Int32Array<SharedArrayBuffer>
}

export interface OtherThreads {
  tell(word: Word): void
  /** This thread watches so many mailboxes now. */
  watches(mailboxes: number): void
  add(port: MessagePort, watching: Watching): void
  end(): void
}

export function makeWatching(): Watching {
  return { own: new Int32Array(new SharedArrayBuffer(4)), other: new Int32Array(new SharedArrayBuffer(4)) }
}

/** The same as the other thread sees it. */
export function seenByOther({ own, other }: Watching): Watching {
  return { own: other, other: own }
}

/** `hear`: what the others said. */
export function otherThreads(hear: (word: Word) => void): OtherThreads {
  const ports = new Map<MessagePort, Watching>()
  let watched = 0
  /** Queues that were spoken of in this turn of the loop: a thousand messages in it are one word. */
  const spokenOf = new Set<QueueName>()

  function post(word: Word): void {
    for (const [port, { other }] of ports) {
      if ('queue' in word || Atomics.load(other, 0) > 0) port.postMessage(word)
    }
  }

  return {
    tell(word) {
      if (ports.size === 0) return
      if (!('queue' in word)) return post(word)
      if (spokenOf.has(word.queue)) return
      spokenOf.add(word.queue)
      setImmediate(() => {
        spokenOf.delete(word.queue)
        post(word)
      })
    },

    watches(mailboxes) {
      watched = mailboxes
      for (const { own } of ports.values()) Atomics.store(own, 0, mailboxes)
    },

    add(port, watching) {
      ports.set(port, watching)
      Atomics.store(watching.own, 0, watched)
      port.on('message', hear)
      port.on('close', () => ports.delete(port))
    },

    end() {
      for (const port of ports.keys()) port.close()
    },
  }
}
