import type { TenantId } from '../../mailbox/ids.ts'

/** How many of one tenant's messages come again in a second, of those that were put off. */
const AGAIN_A_SECOND = 100
const LONGEST_SECONDS = 900

/**
 * Keeps hands free for others: of the messages under way in a process one tenant has at most so many, and the rest of its backlog is put off,
 * spread over the time to come. A queue gives what is oldest, so that without this a thousand messages for a slow relay would be everybody's wait.
 */
export class OutgoingShares {
  readonly #most: number
  readonly #underWay = new Map<TenantId, number>()
  /** When the last that was put off comes again, in milliseconds since 1970. */
  readonly #comesAgain = new Map<TenantId, number>()

  constructor(most: number) {
    this.#most = most
  }

  /** Undefined: it may go, and `leave` is called when it has gone; otherwise it comes again after so long. */
  enter(tenant: TenantId, now: number): { delaySeconds: number } | undefined {
    const underWay = this.#underWay.get(tenant) ?? 0
    if (underWay < this.#most) {
      this.#underWay.set(tenant, underWay + 1)
      return undefined
    }
    const before = this.#comesAgain.get(tenant) ?? 0
    const at = Math.min(Math.max(before + 1000 / AGAIN_A_SECOND, now + 1000), now + LONGEST_SECONDS * 1000)
    this.#comesAgain.set(tenant, at)
    return { delaySeconds: Math.ceil((at - now) / 1000) }
  }

  leave(tenant: TenantId): void {
    const left = this.#underWay.get(tenant)! - 1
    if (left > 0) {
      this.#underWay.set(tenant, left)
      return
    }
    this.#underWay.delete(tenant)
    this.#comesAgain.delete(tenant)
  }
}
