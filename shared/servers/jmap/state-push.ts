import { log } from '../../log.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { MailboxId } from '../../mailbox/ids.ts'
import type { Account } from '../../store/accounts.ts'
import { emailState } from './email-changes-since.ts'
import { submissionState } from './email-submission.ts'
import { mailboxState } from './mailbox-state.ts'
import type { Call, JmapServices } from './method.ts'
import { openCall } from './open-call.ts'
import { stateOfJson } from './record-set.ts'

/** A StateChange object (RFC 8620 §7.1), with `pushState` (RFC 8887 §4.3.5.1). */
export interface StateChange extends Record<string, unknown> {
  '@type': 'StateChange'
  changed: Record<string, Record<string, string>>
  pushState: string
}

export interface StatePush {
  end(): void
}

interface Wanted {
  /** null: every type. */
  types: readonly string[] | null
  /** What its receiver was told last: where it is other than now, it is told at once. */
  pushState?: string | undefined
}

type States = Readonly<Record<string, string>>

/** As in IMAP's IDLE: a hint that is lost, or a change that gives none, costs a minute. */
const REFRESH_MS = 60_000

/**
 * Tells of changes of the account's data as they happen; what comes while something is being told is told together afterwards. An error of `tell` ends
 * it.
 */
export async function startStatePush(
  services: JmapServices,
  account: Account,
  wanted: Wanted,
  tell: (change: StateChange) => Promise<void>,
): Promise<StatePush> {
  const push = new Pusher(services, account, wanted, tell)
  await push.start()
  return push
}

class Pusher implements StatePush {
  readonly #services: JmapServices
  readonly #account: Account
  readonly #wanted: Wanted
  readonly #tell: (change: StateChange) => Promise<void>
  readonly #watched = new Map<MailboxId, () => void>()
  #known: States = {}
  #timer: NodeJS.Timeout | undefined
  #working = false
  #again = false
  #ended = false

  constructor(services: JmapServices, account: Account, wanted: Wanted, tell: (change: StateChange) => Promise<void>) {
    this.#services = services
    this.#account = account
    this.#wanted = wanted
    this.#tell = tell
  }

  async start(): Promise<void> {
    const states = await this.#read()
    this.#known = this.#wanted.pushState === undefined || this.#wanted.pushState === stateOfJson(states) ? states : {}
    this.#timer = setInterval(() => this.#poke(), REFRESH_MS)
    this.#timer.unref()
    // What was committed before the mailboxes were watched.
    this.#poke()
  }

  end(): void {
    this.#ended = true
    clearInterval(this.#timer)
    for (const unwatch of this.#watched.values()) unwatch()
    this.#watched.clear()
  }

  #poke(): void {
    this.#again = true
    if (this.#working || this.#ended) return
    this.#working = true
    void this.#work().finally(() => {
      this.#working = false
      if (this.#again) this.#poke()
    })
  }

  async #work(): Promise<void> {
    try {
      while (this.#again && !this.#ended) {
        this.#again = false
        const states = await this.#read()
        const changed = Object.entries(states).filter(([type, state]) => this.#known[type] !== state)
        this.#known = states
        if (changed.length === 0 || this.#ended) continue
        const accountId = this.#account.id.slice(this.#account.id.indexOf('/') + 1)
        await this.#tell({
          '@type': 'StateChange',
          changed: { [accountId]: Object.fromEntries(changed) },
          pushState: stateOfJson(states),
        })
      }
    } catch (error) {
      log.debug('jmap-push-ended', { error: error as Error })
      this.end()
    }
  }

  /** Of the types that are wanted; and sees to it that every mailbox there is is watched. */
  async #read(): Promise<States> {
    const call = await openCall(this.#services, this.#account)
    await this.#watch(call)
    const { types } = this.#wanted
    const states: Record<string, string> = {}
    for (const [type, read] of Object.entries(READERS)) {
      if (types === null || types.includes(type)) states[type] = await read(call)
    }
    return states
  }

  async #watch({ mail, tenant }: Call): Promise<void> {
    const there = new Set(mail.folders.map(({ mailbox }) => mailbox))
    for (const [mailbox, unwatch] of this.#watched) {
      if (there.has(mailbox)) continue
      this.#watched.delete(mailbox)
      unwatch()
    }
    for (const mailbox of there) {
      if (this.#watched.has(mailbox) || this.#ended) continue
      try {
        const { replica, release } = await tenant.replicas.hold(mailbox)
        const unlisten = replica.onChange(() => this.#poke())
        const unwatch = () => {
          unlisten()
          release()
        }
        if (this.#ended) unwatch()
        else this.#watched.set(mailbox, unwatch)
      } catch (error) {
        if (!(error instanceof MailError && error.kind === 'no-such-mailbox')) throw error // deleted meanwhile
      }
    }
  }
}

/** RFC 8621 §1.5: EmailDelivery changes when mail comes in, and with nothing else. */
const READERS: Readonly<Record<string, (call: Call) => Promise<string> | string>> = {
  Mailbox: ({ mail }) => mailboxState(mail),
  Thread: ({ mail }) => emailState(mail),
  Email: ({ mail }) => emailState(mail),
  EmailDelivery: ({ mail }) => stateOfJson(mail.folders.map(({ id, replica }) => [id, replica.totals.uidNext])),
  EmailSubmission: submissionState,
}
