import { setImmediate } from 'node:timers/promises'

/** How long a session works before others have their turn. */
const TURN_MS = 8

/** Steps between looks at the clock, which costs as much as many a step. */
const STEPS_A_LOOK = 16

/** Keeps work on many messages from holding up the other sessions of the process. */
export class Pacer {
  #since = performance.now()

  #steps = 0

  /** Whether to `rest` now; to be asked at each step. */
  get due(): boolean {
    this.#steps += 1
    if (this.#steps % STEPS_A_LOOK !== 0) return false
    return performance.now() - this.#since > TURN_MS
  }

  async rest(): Promise<void> {
    await setImmediate()
    this.#since = performance.now()
  }
}
