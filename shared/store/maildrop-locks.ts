import { log } from '../log.ts'
import { MailError } from '../mailbox/errors.ts'
import type { MailboxId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Condition, ConflictError, type Operation } from '../ports/table.ts'
import { maildropLockKey } from './keys.ts'
import { runOf, stillClaimed } from './still-claimed.ts'

/** How long a lock outlives the last sign of life of who holds it, and how often there is one. */
export interface LockTimes {
  leaseMs: number
  renewMs: number
}

const LOCK_TIMES: LockTimes = { leaseMs: 60_000, renewMs: 20_000 }

/**
 * Which session has a maildrop to itself (RFC 1939 §4), across all processes. The lock of one that died is free when its lease ends,
 * or at once where its process was alone.
 * Clocks only decide when that is: what a session does to the maildrop is bound to its fencing number, so that one that was taken for
 * dead, and was not, changes nothing any more.
 */
export class MaildropLocks {
  private readonly engine: TenantEngine
  private readonly times: LockTimes

  constructor(engine: TenantEngine, times: LockTimes = LOCK_TIMES) {
    this.engine = engine
    this.times = times
  }

  /** Throws MailError 'in-use' where another session has it. */
  async acquire(mailbox: MailboxId): Promise<MaildropLock> {
    const { table, clock, ids } = this.engine
    const key = maildropLockKey(mailbox)
    const item = await table.get(key)
    const now = clock.now()
    const owned = item?.['owner'] !== undefined
    if (owned && stillClaimed(item, 'until', this.engine)) throw new MailError('in-use', `${mailbox} is locked`)
    const owner = ids.nonce()
    const fence = ((item?.['fence'] as number | undefined) ?? 0) + 1
    const unchanged: Condition =
      item === undefined ? { absent: true } : { equals: { fence: fence - 1, until: item['until'] as number } }
    try {
      await table.write([
        { put: { ...key, owner, fence, until: now + this.times.leaseMs, ...runOf(this.engine) }, if: unchanged },
      ])
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      // After a lost answer the lock in our way may be our own.
      if ((await table.get(key))?.['owner'] !== owner) {
        throw new MailError('in-use', `${mailbox} was locked by another session at the same moment`, { cause: error })
      }
    }
    return new MaildropLock(this.engine, this.times, mailbox, owner, fence)
  }
}

/** A maildrop held by this session, kept alive until it is released. */
export class MaildropLock {
  private readonly engine: TenantEngine
  private readonly times: LockTimes
  private readonly mailbox: MailboxId
  private readonly owner: string
  private readonly fence: number
  private readonly ended = new AbortController()
  private readonly renewing: Promise<void>
  private held = true

  constructor(engine: TenantEngine, times: LockTimes, mailbox: MailboxId, owner: string, fence: number) {
    this.engine = engine
    this.times = times
    this.mailbox = mailbox
    this.owner = owner
    this.fence = fence
    this.renewing = this.keepAlive()
  }

  /** Gives the lock back; fails where the session has it no longer. Part of the commit that must not happen then. */
  releaseOperation(): Operation {
    return { ...this.ours(), set: { until: 0 }, remove: ['owner'] }
  }

  /** Before a commit with `releaseOperation`, so that the two do not get in each other's way; what is left of the lease is enough for it. */
  async stopRenewing(): Promise<void> {
    this.ended.abort()
    await this.renewing
  }

  /** `releaseOperation` was committed: there is nothing left to release. */
  released(): void {
    this.held = false
  }

  /** Repeatable; a lock that another session has meanwhile stays with it. */
  async release(): Promise<void> {
    await this.stopRenewing()
    if (!this.held) return
    this.held = false
    try {
      await this.engine.table.write([this.releaseOperation()])
    } catch (error) {
      // Nobody waits for the answer, and the lease ends by itself.
      if (!(error instanceof ConflictError))
        log.warn('lock-not-released', { mailbox: this.mailbox, error: error as Error })
    }
  }

  private ours() {
    const { owner, fence } = this
    return { update: maildropLockKey(this.mailbox), if: { equals: { owner, fence } } }
  }

  private async keepAlive(): Promise<void> {
    const { clock, table } = this.engine
    const { signal } = this.ended
    while (!signal.aborted) {
      try {
        await clock.sleep(this.times.renewMs, signal)
      } catch (error) {
        if (signal.aborted) return
        throw error
      }
      try {
        await table.write([{ ...this.ours(), set: { until: clock.now() + this.times.leaseMs } }])
      } catch (error) {
        if (signal.aborted) return
        log.warn('lock-not-renewed', { mailbox: this.mailbox, error: error as Error })
        if (error instanceof ConflictError && error.failed.length > 0) return // another session has it
      }
    }
  }
}
