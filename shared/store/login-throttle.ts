import { createHash } from 'node:crypto'
import { log } from '../log.ts'
import { networkOf } from '../mailbox/client-network.ts'
import { MailError } from '../mailbox/errors.ts'
import { LruMap } from '../mailbox/lru-map.ts'
import type { Engine } from '../ports/engine.ts'
import type { Limits } from '../settings.ts'
import { loginFailuresKey } from './keys.ts'

export type LoginLimits = Pick<
  Limits,
  'failedLogins' | 'failedLoginsInAll' | 'failedLoginsWindowMs' | 'failedLoginDelayMs'
>

export interface LoginAttempt {
  remoteAddress: string
  /** As the client wrote it, and compared without case. */
  name: string
  /** Made only where there is something to wait for; ends the wait. */
  signal: () => AbortSignal
}

/** What is counted: this name from this network, all names from this network, this name from all networks. */
type Counted = 'both' | 'network' | 'name'
const COUNTED = ['both', 'network', 'name'] as const
interface Attempt {
  limits: LoginLimits
  /** Number of the time window, which all processes count alike. */
  window: number
  hashes: Record<Counted, string>
}

const REMEMBERED = 100_000

/**
 * Slows guessing down (DESIGN §9). Failures are counted in the table, so that neither a restart nor another task forgets them, and are
 * read only where this process saw one lately: a login without any costs nothing. A stranger who fails for an account shuts the
 * account for his own network; from elsewhere it opens, at worst after a short wait.
 */
export class LoginThrottle {
  private readonly engine: Engine
  /** Hash -> the window and the failures known of it. */
  private readonly known = new LruMap<string, { window: number; failures: number }>(REMEMBERED)
  /** Attempts under way where there were failures: many at once must not get more tries than one after the other. */
  private readonly underWay = new Map<string, number>()

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Throws MailError 'too-many-logins' without having verified anything, what `verify` throws, and the reason of the signal. */
  async attempt<T>(who: LoginAttempt, limits: LoginLimits, verify: () => Promise<T>): Promise<T> {
    const network = networkOf(who.remoteAddress)
    const name = who.name.normalize('NFC').toLowerCase()
    const attempt: Attempt = {
      limits,
      window: Math.floor(this.engine.clock.now() / limits.failedLoginsWindowMs),
      hashes: {
        both: hash(`both ${network} ${name}`),
        network: hash(`network ${network}`),
        name: hash(`name ${name}`),
      },
    }
    const wait = () => this.engine.clock.sleep(limits.failedLoginDelayMs, who.signal())
    const failures = await this.failures(attempt)
    const both = attempt.hashes.both
    const tried = failures.both === 0 ? 0 : failures.both + (this.underWay.get(both) ?? 0)
    if (tried >= limits.failedLogins || failures.network >= limits.failedLoginsInAll) {
      log.info('login-throttled', { remoteAddress: who.remoteAddress, ofThisAccount: failures.both })
      await wait()
      throw new MailError('too-many-logins', who.remoteAddress)
    }
    this.underWay.set(both, (this.underWay.get(both) ?? 0) + 1)
    try {
      if (failures.name >= limits.failedLoginsInAll) await wait()
      const verified = await verify()
      if (failures.both > 0) await this.forget(attempt)
      return verified
    } catch (error) {
      if (error instanceof MailError && error.kind === 'bad-credentials') {
        await this.count(attempt)
        if (failures.both >= limits.failedLogins / 2) await wait()
      }
      throw error
    } finally {
      const left = this.underWay.get(both)! - 1
      if (left === 0) this.underWay.delete(both)
      else this.underWay.set(both, left)
    }
  }

  private async failures({ hashes, window }: Attempt): Promise<Record<Counted, number>> {
    const here = COUNTED.map((counted) => this.knownOf(hashes[counted], window))
    if (here.every((failures) => failures === 0)) return { both: 0, network: 0, name: 0 }
    const items = await this.engine.table.getMany(COUNTED.map((counted) => loginFailuresKey(hashes[counted], window)))
    const counts = { both: 0, network: 0, name: 0 }
    for (const [index, counted] of COUNTED.entries()) {
      const failures = Math.max(here[index]!, (items[index]?.['failures'] as number | undefined) ?? 0)
      counts[counted] = failures
      if (failures > 0) this.known.set(hashes[counted], { window, failures })
    }
    return counts
  }

  private async count({ hashes, window, limits }: Attempt): Promise<void> {
    const expires = Math.ceil(((window + 1) * limits.failedLoginsWindowMs) / 1000)
    await Promise.all(
      COUNTED.map(async (counted) => {
        const of = hashes[counted]
        this.known.set(of, { window, failures: this.knownOf(of, window) + 1 })
        try {
          const update = loginFailuresKey(of, window)
          await this.engine.table.write([{ update, set: { expires }, add: { failures: 1 } }])
        } catch (error) {
          // This process goes on counting; the client still gets the answer that it has to have.
          log.warn('login-failure-not-counted', { error: error as Error })
        }
      }),
    )
  }

  /** Its user has found the password; what else this network did still counts. */
  private async forget({ hashes, window }: Attempt): Promise<void> {
    this.known.delete(hashes.both)
    try {
      await this.engine.table.write([{ delete: loginFailuresKey(hashes.both, window) }])
    } catch (error) {
      // The failures stand until their window is over; whoever has the password is not turned away for that.
      log.warn('login-failures-not-forgotten', { error: error as Error })
    }
  }

  private knownOf(of: string, window: number): number {
    const known = this.known.get(of)
    return known?.window === window ? known.failures : 0
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
