/** What a process asked of AWS since it started: the quantities on the bill. */
export interface Counters {
  /** Of the table, counted from item sizes (units.ts). */
  readUnits: number
  writeUnits: number
  /** Attempts by operation, as in `PutObject`: repeats are paid for as well. */
  requests: Record<string, number>
}

export function newCounters(): Counters {
  return { readUnits: 0, writeUnits: 0, requests: {} }
}
