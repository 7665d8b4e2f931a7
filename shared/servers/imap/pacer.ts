import { setImmediate } from 'node:timers/promises'

/** How long a session works before others have their turn. */
const TURN_MS = 8

/** Keeps work on many messages from holding up the other sessions of the process. */
export class Pacer {
  #since = performance.now()

  /** Whether to `rest` now; to be asked at each step. */
  get due(): boolean {
    return performance.now() - this.#since > TURN_MS
  }

  async rest(): Promise<void> {
    await setImmediate()
    this.#since = performance.now()
  }
}
