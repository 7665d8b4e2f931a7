export interface Benchmark {
  name: string
  about: string
  /** Lines to print. */
  run(): Promise<string[]>
}

export interface Spread {
  min: number
  median: number
  max: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return { min: sorted[0]!, median: sorted[sorted.length >> 1]!, max: sorted.at(-1)! }
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Beyond this no further round of what takes long. */
const ENOUGH_MS = 15_000

/** Runs each of the contenders in turn, A B A B, so that a machine that gets slower is fair to all. Milliseconds by name. */
export async function inTurn(
  contenders: ReadonlyMap<string, () => Promise<unknown>>,
  rounds: number,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>([...contenders.keys()].map((name) => [name, []]))
  const start = performance.now()
  for (let round = 0; round < rounds && performance.now() - start < ENOUGH_MS; round += 1) {
    for (const [name, work] of contenders) times.get(name)!.push(await timed(work))
  }
  return times
}

export function formatSpread({ min, median, max }: Spread, unit: string, digits = 0): string {
  return `${median.toFixed(digits)} ${unit} (${min.toFixed(digits)}–${max.toFixed(digits)})`
}

/** A line for each contender, the first being ours, and how many times faster than the second it is. */
export function formatContest(name: string, times: ReadonlyMap<string, readonly number[]>): string {
  const [ours, theirs] = [...times.values()]
  const all = [...times].map(([contender, ms]) => `${contender} ${formatSpread(spreadOf(ms), 'ms', 1)}`).join(', ')
  return `${name.padEnd(34)} ${all}${theirs === undefined ? '' : `, ${formatRatio(theirs, ours!)}`}`
}

/** The ratio to a peer, round by round: above 1 the first is better when more is better. */
export function formatRatio(ours: readonly number[], theirs: readonly number[]): string {
  return formatSpread(spreadOf(ours.map((value, index) => value / theirs[index]!)), '×', 2)
}

export function formatPercentiles(values: readonly number[], unit: string): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1)
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} ${unit}`
}
