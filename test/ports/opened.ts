import type { Engine } from '../../shared/ports/engine.ts'

/** An engine for one contract suite: each opens its own, and its tests keep to names of their own. */
export interface Opened {
  engine: Engine
  /** Receipts after which a message of queue `jobs` is dead; small, as the suite uses them up. */
  jobAttempts: number
  close(): Promise<void>
}

export type Open = () => Promise<Opened>

let last = 0

/** A name no other test of this process uses, nor one of another run on a shared engine. */
export function unique(): string {
  return `${process.pid}-${Date.now().toString(36)}-${last++}`
}

/** Opens before the suite's first test and closes after its last. */
export function holder(
  open: Open,
  hooks: { before: typeof import('node:test').before; after: typeof import('node:test').after },
) {
  let opened: Opened | undefined
  hooks.before(async () => {
    opened = await open()
  })
  hooks.after(() => opened?.close())
  return () => opened!
}
