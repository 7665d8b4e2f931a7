import { setImmediate } from 'node:timers/promises'

/** How long a session works before others have their turn. */
const TURN_MS = 8

/** Keeps work on many messages from holding up the other sessions of the process. */
export class Pacer {
  #since = performance.now()
  #steps = 0

  /** Whether to `rest` now; asked at each step, looks at the clock at some. */
  get due(): boolean {
    this.#steps += 1
    return (this.#steps & 63) === 0 && performance.now() - this.#since > TURN_MS
  }

  async rest(): Promise<void> {
    await setImmediate()
    this.#since = performance.now()
  }
}
