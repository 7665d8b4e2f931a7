import type { CommandEvent } from '../../codec/imap/command-reader.ts'
import { formatContinuation } from '../../codec/imap/format.ts'
import { log } from '../../log.ts'
import { IdleTimeoutError } from '../connection.ts'
import { bad, type Done, ok } from './done.ts'
import { refreshWhileIdle } from './refresh-while-idle.ts'
import { reportChanges } from './report-changes.ts'
import type { Authenticated } from './session.ts'

/** Middleboxes forget a connection on which nothing is said; a word every two minutes keeps it (FACTS §2). */
const WORD_MS = 120_000

/**
 * IDLE (RFC 9051 §6.3.13): tells changes as they come, until DONE. A command that comes instead ends it, too, and is answered: its
 * client would wait for ever (aerc, after it has connected anew, writes DONE behind the next command).
 */
export async function idle(session: Authenticated): Promise<Done> {
  session.doneMayCome = false
  session.out.add(formatContinuation('idling'))
  session.forgetContents()
  const teller = new Teller(session)
  const replica = session.view?.replica
  const endRefreshing = replica && refreshWhileIdle(replica, session.services.limits.imapRefreshMs)
  try {
    await replica?.refresh()
    teller.tell()
    const line = await nextLine(session, teller)
    if (isDone(line)) return ok('IDLE completed')
    session.unread(line)
    session.doneMayCome = true
    return bad('Only DONE ends IDLE')
  } finally {
    endRefreshing?.()
    await teller.end()
  }
}

export function isDone(event: CommandEvent): boolean {
  return event.type === 'command' && event.command.text.toUpperCase() === 'DONE'
}

/** Waits for the client's next line for as long as it likes: one that is gone is noticed by what is said to it meanwhile. */
async function nextLine(session: Authenticated, teller: Teller): Promise<CommandEvent> {
  for (;;) {
    const event = session.reader.next()
    if (event !== undefined && event.type !== 'continue') return event
    if (event !== undefined) {
      session.out.add(formatContinuation('OK'))
      continue
    }
    await teller.flushed()
    try {
      const chunk = await session.connection.read(WORD_MS)
      if (chunk === undefined) {
        session.ended = true
        return { type: 'command', command: { text: 'DONE', literals: [] } }
      }
      session.reader.push(chunk)
    } catch (error) {
      if (!(error instanceof IdleTimeoutError)) throw error
      teller.say('Still here')
    }
  }
}

/** Writes what happens while the session waits for its client; one write at a time, and what comes meanwhile is told together. */
class Teller {
  readonly #session: Authenticated
  readonly #unlisten: (() => void) | undefined
  #telling: Promise<void> | undefined
  #again = false
  #ended = false

  constructor(session: Authenticated) {
    this.#session = session
    this.#unlisten = session.view?.replica.onChange(() => this.tell())
  }

  tell(): void {
    if (this.#ended) return
    this.#again = true
    this.#telling ??= this.#tellAll().finally(() => {
      this.#telling = undefined
    })
  }

  say(text: string): void {
    this.#session.respond('OK', text)
    this.tell()
  }

  /** Everything said so far is written. */
  async flushed(): Promise<void> {
    this.tell()
    await this.#telling
  }

  async end(): Promise<void> {
    this.#ended = true
    this.#unlisten?.()
    await this.#telling
  }

  async #tellAll(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false
        const { view, out } = this.#session
        if (view !== undefined) await reportChanges(this.#session, view)
        await out.flush()
        // Nobody waits for the client any more: its next line would be read in vain.
        if (this.#session.ended) void this.#session.connection.end()
      }
    } catch (error) {
      // The client is gone, or the mailbox cannot be told: the session's next read or write meets the same.
      log.debug('imap-idle-ended', { error: error as Error })
      this.#session.connection.destroy()
    }
  }
}
