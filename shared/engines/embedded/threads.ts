/**
 * What the threads of one process that work on one folder tell each other: that a queue may have new messages, and that a mailbox has a newer
 * commit. Each is only a hint, as the port of the change feed says.
 */
import type { MessagePort } from 'node:worker_threads'
import type { MailboxId, Modseq } from '../../mailbox/ids.ts'
import type { QueueName } from '../../ports/queue.ts'

export type Word = { queue: QueueName } | { mailbox: MailboxId; modseq: Modseq }

export interface OtherThreads {
  tell(word: Word): void
  add(port: MessagePort): void
  end(): void
}

/** `hear`: what the others said. */
export function otherThreads(hear: (word: Word) => void): OtherThreads {
  const ports = new Set<MessagePort>()
  /** Queues that were spoken of in this turn of the loop: a thousand messages in it are one word. */
  const spokenOf = new Set<QueueName>()

  function post(word: Word): void {
    for (const port of ports) port.postMessage(word)
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

    add(port) {
      ports.add(port)
      port.on('message', hear)
      port.on('close', () => ports.delete(port))
    },

    end() {
      for (const port of ports) port.close()
    },
  }
}
