import { log } from '../log.ts'
import type { MailboxId, Modseq } from '../mailbox/ids.ts'
import { WeighedLruMap } from '../mailbox/weighed-lru-map.ts'
import type { Watch } from '../ports/change-feed.ts'
import type { TenantEngine } from '../ports/engine.ts'
import type { Journal } from './journal.ts'
import { Replica } from './replica.ts'
import type { Snapshots } from './snapshots.ts'

/** The hint that a mailbox was deleted: a MODSEQ that none reaches. */
const ENDED = Number.MAX_SAFE_INTEGER as Modseq

interface Shared {
  replica: Promise<Replica>
  /** Absent as long as nobody asked to be told of changes. */
  watch?: Promise<Watch>
  holders: number
}

/** Replicas of all tenants that nobody holds, kept in case their mailbox is selected again; by the octets of their tables. */
export type RestingReplicas = WeighedLruMap<MailboxId, Replica>

/** About 500,000 messages. */
const RESTING_OCTETS = 32 * 1024 * 1024
/** What a replica weighs beside its messages. */
const REPLICA_OCTETS = 1024

export function makeRestingReplicas(): RestingReplicas {
  return new WeighedLruMap(RESTING_OCTETS)
}

/** A replica in use; `release` it when the mailbox is deselected. */
export interface HeldReplica {
  replica: Replica
  release(): void
}

/** One replica per mailbox, however many sessions of the process have it selected; followed as long as anybody holds it. */
export class Replicas {
  private readonly engine: TenantEngine
  private readonly journal: Journal
  private readonly snapshots: Snapshots
  private readonly resting: RestingReplicas
  private readonly shared = new Map<MailboxId, Shared>()

  constructor(engine: TenantEngine, journal: Journal, snapshots: Snapshots, resting: RestingReplicas) {
    this.engine = engine
    this.journal = journal
    this.snapshots = snapshots
    this.resting = resting
  }

  /**
   * The mailbox as it is now or later. `watched`: it follows hints of changes; without, whoever holds it reads the tail when it matters.
   * Throws MailError 'no-such-mailbox'.
   */
  async hold(mailbox: MailboxId, { watched = true }: { watched?: boolean } = {}): Promise<HeldReplica> {
    const known = this.shared.get(mailbox)
    const shared = known ?? this.open(mailbox)
    shared.holders += 1
    if (watched) this.watch(mailbox, shared)
    const release = this.releaser(mailbox, shared)
    try {
      const replica = await shared.replica
      if (known !== undefined) await replica.refresh()
      return { replica, release }
    } catch (error) {
      release()
      throw error
    }
  }

  /**
   * For work that has no session. The mailbox as it is now: the one that sessions hold, or one of its own that nobody tells of changes, as a
   * process that only works needs no watch and may have no right to one. Throws MailError 'no-such-mailbox'.
   */
  async use<T>(mailbox: MailboxId, work: (replica: Replica) => Promise<T>): Promise<T> {
    if (!this.shared.has(mailbox)) return work(await Replica.open(mailbox, this.journal, this.snapshots))
    const { replica, release } = await this.hold(mailbox, { watched: false })
    try {
      return await work(replica)
    } finally {
      release()
    }
  }

  /** Tells a mailbox's sessions, in this process and in others, that it has a newer commit. */
  async announce(mailbox: MailboxId, modseq: Modseq): Promise<void> {
    try {
      await this.engine.changeFeed.publish(mailbox, modseq)
    } catch (error) {
      // The commit stands; a lost hint costs its watchers a minute, and must not make a delivery look failed.
      log.warn('hint-lost', { mailbox, error: error as Error })
    }
  }

  /** Tells a mailbox's sessions that it is deleted, or goes by another name and they are to select again. */
  async announceEnd(mailbox: MailboxId): Promise<void> {
    await this.announce(mailbox, ENDED)
  }

  private open(mailbox: MailboxId): Shared {
    const shared: Shared = { replica: this.wake(mailbox), holders: 0 }
    this.shared.set(mailbox, shared)
    return shared
  }

  private watch(mailbox: MailboxId, shared: Shared): void {
    if (shared.watch !== undefined) return
    const { replica } = shared
    const watch = this.engine.changeFeed.watch(mailbox, (modseq) => void this.follow(mailbox, shared, modseq))
    shared.watch = watch
    // What was committed before the watch was in place got no hint; and without a watch sessions re-read from time to time.
    Promise.all([replica, watch])
      .then(([opened]) => opened.refresh())
      .catch((error: Error) => log.warn('watch-failed', { mailbox, error }))
  }

  /** The one that rests, brought up to date, or a new one. Throws MailError 'no-such-mailbox'. */
  private async wake(mailbox: MailboxId): Promise<Replica> {
    const resting = this.resting.get(mailbox)
    this.resting.delete(mailbox)
    const current = resting !== undefined && (await resting.wake())
    return current ? resting : Replica.open(mailbox, this.journal, this.snapshots)
  }

  private rest(mailbox: MailboxId, replica: Replica): void {
    if (replica.isGone) return
    replica.rest()
    this.resting.set(mailbox, replica, REPLICA_OCTETS + replica.messages.octets)
  }

  private async follow(mailbox: MailboxId, shared: Shared, modseq: Modseq): Promise<void> {
    try {
      // Whoever comes now finds the mailbox as it is, where it still is.
      if (modseq === ENDED && this.shared.get(mailbox) === shared) this.shared.delete(mailbox)
      const replica = await shared.replica
      if (modseq === ENDED) replica.end()
      else if (replica.modseq < modseq) await replica.refresh()
    } catch (error) {
      log.warn('follow-failed', { error: error as Error })
    }
  }

  private releaser(mailbox: MailboxId, shared: Shared): () => void {
    let held = true
    return () => {
      if (!held) return
      held = false
      shared.holders -= 1
      if (shared.holders > 0) return
      if (this.shared.get(mailbox) === shared) this.shared.delete(mailbox)
      shared.replica.then(
        (replica) => this.rest(mailbox, replica),
        () => undefined, // told to who wanted to hold it
      )
      shared.watch?.then((watch) => watch.end()).catch((error: Error) => log.warn('unwatch-failed', { mailbox, error }))
    }
  }
}
