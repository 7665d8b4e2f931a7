/** How often and how patiently a request is repeated. */
import { ThrottledError } from '../../ports/table.ts'
import { failureOf } from './failures.ts'

export interface Patience {
  /** Tries in all. */
  attempts: number
  /** The longest pause before the second try; each further one doubles it, up to `capMs`. */
  baseMs: number
  capMs: number
  sleep(ms: number): Promise<void>
  /** 0 ≤ x < 1. */
  fraction(): number
}

/** The pause after try number `attempt` (from 1): anything up to the bound, so that those who collided do not meet again. */
export async function pause(patience: Patience, attempt: number): Promise<void> {
  const bound = Math.min(patience.capMs, patience.baseMs * 2 ** (attempt - 1))
  await patience.sleep(patience.fraction() * bound)
}

/** For what may be carried out any number of times. Throws `ThrottledError` where patience ends, else what `request` throws. */
export async function repeatable<Answer>(patience: Patience, request: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request()
    } catch (error) {
      if (failureOf(error) === 'refused') throw error
      if (attempt >= patience.attempts) throw new ThrottledError(`given up after ${attempt} tries`, { cause: error })
    }
    await pause(patience, attempt)
  }
}
