import type { Engine } from '../ports/engine.ts'
import type { Operation } from '../ports/table.ts'
import { DEMONSTRATION_ENDED_KEY } from './keys.ts'

/**
 * Whether the credentials that everybody can read in the README (DESIGN §6) open anything: only where the process listens on loopback
 * alone, and never again once there has been a tenant of one's own.
 */
export class Demonstration {
  private readonly engine: Engine
  private readonly onLoopback: boolean
  private ended = false

  constructor(engine: Engine, onLoopback: boolean) {
    this.engine = engine
    this.onLoopback = onLoopback
  }

  async isOpen(): Promise<boolean> {
    if (!this.onLoopback || this.ended) return false
    this.ended = (await this.engine.table.get(DEMONSTRATION_ENDED_KEY)) !== undefined
    return !this.ended
  }

  /** Part of the write that makes any other tenant. */
  endOperation(): Operation {
    return { put: { ...DEMONSTRATION_ENDED_KEY } }
  }
}
