/**
 * One timer for all waits of the process. Tens of thousands of idle connections each wait for something; a timer apiece costs memory
 * and a rearrangement for every line received, while nobody minds an idle limit that comes up to a tick late.
 */
const TICK_MS = 250

export interface Deadline {
  /** Called once when the time has come. */
  expire(): void
}

const buckets = new Map<number, Set<Deadline>>()
let timer: NodeJS.Timeout | undefined
let swept = 0

function tickOf(timeMs: number): number {
  return Math.floor(timeMs / TICK_MS)
}

/** Returns what `cancelDeadline` needs. `ms` is rounded up to the next tick. */
export function setDeadline(deadline: Deadline, ms: number): number {
  const now = performance.now()
  if (timer === undefined) {
    swept = tickOf(now)
    timer = setInterval(sweep, TICK_MS).unref()
  }
  const tick = tickOf(now + ms) + 1
  const bucket = buckets.get(tick)
  if (bucket === undefined) buckets.set(tick, new Set([deadline]))
  else bucket.add(deadline)
  return tick
}

export function cancelDeadline(deadline: Deadline, tick: number): void {
  const bucket = buckets.get(tick)
  if (bucket?.delete(deadline) && bucket.size === 0) buckets.delete(tick)
}

function sweep(): void {
  const now = tickOf(performance.now())
  for (; swept < now; swept++) {
    const bucket = buckets.get(swept + 1)
    buckets.delete(swept + 1)
    for (const deadline of bucket ?? []) deadline.expire()
  }
  if (buckets.size === 0) {
    clearInterval(timer)
    timer = undefined
  }
}
