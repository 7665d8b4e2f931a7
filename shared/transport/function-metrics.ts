import { formatMetrics } from './embedded-metrics.ts'

/** What a process asked of its engine since it started. */
interface Counters {
  readUnits: number
  writeUnits: number
  requests: Readonly<Record<string, number>>
}

export interface Worked {
  /** From when each message was queued to when its work was done. */
  seconds: readonly number[]
  /** Messages that come again. */
  again: number
}

/** Writes one line for each batch of a function: how long its messages took since they were queued, and how many come again. */
export function functionMetrics(
  name: string,
  counters: Counters,
  write: (line: string) => void = console.log,
): (worked: Worked, nowMs: number) => void {
  let before = { readUnits: 0, writeUnits: 0, requests: 0 }
  return ({ seconds, again }, nowMs) => {
    const requests = Object.values(counters.requests).reduce((sum, count) => sum + count, 0)
    const { readUnits, writeUnits } = counters
    const used = {
      readUnits: readUnits - before.readUnits,
      writeUnits: writeUnits - before.writeUnits,
      requests: requests - before.requests,
    }
    before = { readUnits, writeUnits, requests }
    const metrics = [
      { name: 'SecondsToDone', unit: 'Seconds' as const, values: seconds },
      { name: 'Again', unit: 'Count' as const, values: again > 0 ? [again] : [] },
    ]
    write(formatMetrics(['Function', name], metrics, nowMs, used))
  }
}
