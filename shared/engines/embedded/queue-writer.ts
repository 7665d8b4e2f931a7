/** The queues' part of a commit. A message taken stays where it is, unseen until its time comes; `attempts` tells receipts apart. */
import type { DatabaseSync } from 'node:sqlite'
import type { EndMessage, RedriveMessages, RetryMessage, TakeMessages, TakenMessage } from './work.ts'

export function queueWriter(database: DatabaseSync) {
  const send = database.prepare(`INSERT INTO messages (queue, dead, visible_at, taken, sent_at, attempts, body)
    VALUES (?, 0, ?, 0, ?, 0, ?)`)
  const visible = database.prepare(`SELECT id, body, attempts, sent_at AS sentAt FROM messages
    WHERE queue = ? AND dead = 0 AND visible_at <= ? ORDER BY visible_at LIMIT ?`)
  const take = database.prepare('UPDATE messages SET attempts = ?, taken = 1, visible_at = ? WHERE id = ?')
  const bury = database.prepare('UPDATE messages SET dead = 1, taken = 0 WHERE id = ?')
  const end = database.prepare(
    'DELETE FROM messages WHERE id = ? AND queue = ? AND attempts = ? AND taken = 1 AND dead = 0',
  )
  const retry = database.prepare(`UPDATE messages SET taken = 0, dead = attempts >= ?, visible_at = ?
    WHERE id = ? AND queue = ? AND attempts = ? AND taken = 1 AND dead = 0`)
  const redrive = database.prepare(
    'UPDATE messages SET dead = 0, attempts = 0, taken = 0, visible_at = ? WHERE queue = ? AND dead = 1',
  )

  return {
    send(queue: string, body: string, sentAt: number, visibleAt: number): void {
      send.run(queue, visibleAt, sentAt, body)
    },

    take({ queue, max, now, visibleAt, maxAttempts }: TakeMessages): TakenMessage[] {
      const taken: TakenMessage[] = []
      // `all`: the rows are changed while they are gone through.
      for (const message of visible.all(queue, now, max) as unknown as TakenMessage[]) {
        if (message.attempts >= maxAttempts) bury.run(message.id)
        else {
          const attempts = message.attempts + 1
          take.run(attempts, visibleAt, message.id)
          taken.push({ ...message, attempts })
        }
      }
      return taken
    },

    end({ id, queue, attempts }: EndMessage): void {
      end.run(id, queue, attempts)
    },

    retry({ id, queue, attempts, visibleAt, maxAttempts }: RetryMessage): void {
      retry.run(maxAttempts, visibleAt, id, queue, attempts)
    },

    redrive({ queue, now }: RedriveMessages): number {
      return Number(redrive.run(now, queue).changes)
    },
  }
}
