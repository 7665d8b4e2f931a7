import type { Attributes } from '../ports/table.ts'

/** Whether a claim stands that ends at `until`: not one of another run of a process that has the store to itself (`Engine.run`), which is dead. */
export function stillClaimed(
  item: Attributes | undefined,
  until: string,
  { clock, run }: { clock: { now(): number }; run?: string },
): boolean {
  if (((item?.[until] as number | undefined) ?? 0) <= clock.now()) return false
  return run === undefined || item!['run'] === run
}

/** What a claim says of who made it. */
export function runOf({ run }: { run?: string }): { run?: string } {
  return run === undefined ? {} : { run }
}
