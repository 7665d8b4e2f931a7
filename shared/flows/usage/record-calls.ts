import { log } from '../../log.ts'
import type { TenantId } from '../../mailbox/ids.ts'
import type { ApiCall } from '../../store/api-calls.ts'
import type { Store } from '../../store/store.ts'

/** Calls are written down together: at the latest with the first call after so long, or by then, or when they are so many. */
const TOGETHER_MS = 10_000
const MOST_TOGETHER = 100
/** Calls that could not be written down wait; more than so many are forgotten. */
const MOST_WAITING = 1000

const RECORDERS = new WeakMap<Store, CallRecorder>()

/** The one of the process. */
export function callRecorder(store: Store): CallRecorder {
  const known = RECORDERS.get(store)
  if (known !== undefined) return known
  const made = new CallRecorder(store)
  RECORDERS.set(store, made)
  return made
}

/**
 * Counts and logs API calls in memory and writes them down by the batch: a call must not cost a write. A crash loses the calls of up to ten seconds, and of a
 * function that is never called again those since its last batch; a goodbye loses none.
 */
export class CallRecorder {
  private readonly store: Store
  private readonly waiting = new Map<TenantId, ApiCall[]>()
  private readonly writing = new Map<TenantId, Promise<void>>()
  private timer: NodeJS.Timeout | undefined

  constructor(store: Store) {
    this.store = store
  }

  /** Resolves at once, or when the batch that became due is written down. */
  async add(tenant: TenantId, call: ApiCall): Promise<void> {
    const calls = this.waiting.get(tenant) ?? []
    this.waiting.set(tenant, calls)
    if (calls.length < MOST_WAITING) calls.push(call)
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      void this.flush()
    }, TOGETHER_MS).unref()
    if (calls.length >= MOST_TOGETHER || call.at - calls[0]!.at >= TOGETHER_MS) await this.flushOne(tenant)
  }

  /** Everything that waits, or what waits of one tenant. Never throws: what cannot be written down now waits on. */
  async flush(tenant?: TenantId): Promise<void> {
    const tenants = tenant === undefined ? [...this.waiting.keys()] : [tenant]
    await Promise.all(tenants.map((each) => this.flushOne(each)))
  }

  private async flushOne(tenant: TenantId): Promise<void> {
    await this.writing.get(tenant)
    const calls = this.waiting.get(tenant)
    if (calls === undefined) return
    this.waiting.delete(tenant)
    const written = this.write(tenant, calls).finally(() => this.writing.delete(tenant))
    this.writing.set(tenant, written)
    await written
  }

  private async write(tenant: TenantId, calls: ApiCall[]): Promise<void> {
    try {
      while (calls.length > 0) {
        await this.store.tenant(tenant).apiCalls.add(calls.slice(0, MOST_TOGETHER))
        calls.splice(0, MOST_TOGETHER)
      }
    } catch (error) {
      log.warn('api-calls-not-recorded', { tenant, calls: calls.length, error: error as Error })
      this.waiting.set(tenant, [...calls, ...(this.waiting.get(tenant) ?? [])].slice(0, MOST_WAITING))
    }
  }
}
