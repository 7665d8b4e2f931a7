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

/** Of one contender, round by round. */
export interface Times {
  wallMs: number[]
  /** Of its processes; empty where it was not asked for. */
  cpuMs: number[]
}

export interface Contestant {
  work: () => Promise<unknown>
  /** CPU its processes have had so far, where they live through the work. */
  cpuMs?: () => Promise<number>
}

/** Runs each of the contenders in turn, A B A B, so that a machine that gets slower is fair to all. */
export async function inTurn(contenders: ReadonlyMap<string, Contestant>, rounds: number): Promise<Map<string, Times>> {
  const times = new Map([...contenders.keys()].map((name): [string, Times] => [name, { wallMs: [], cpuMs: [] }]))
  const start = performance.now()
  for (let round = 0; round < rounds && performance.now() - start < ENOUGH_MS; round += 1) {
    for (const [name, { work, cpuMs }] of contenders) {
      const before = await cpuMs?.()
      times.get(name)!.wallMs.push(await timed(work))
      if (before !== undefined) times.get(name)!.cpuMs.push((await cpuMs!()) - before)
    }
  }
  return times
}

export function formatSpread({ min, median, max }: Spread, unit: string, digits = 0): string {
  return `${median.toFixed(digits)} ${unit} (${min.toFixed(digits)}–${max.toFixed(digits)})`
}

/**
 * What the contenders took, the first being ours, and how many times faster than the second it is: by its median, then by the fastest round of each and by the
 * least CPU, which other work on the machine disturbs less. `budget`: the least that ratio is to be (DESIGN §8).
 */
export function formatContest(name: string, times: ReadonlyMap<string, Times>, budget?: number): string {
  const [ours, theirs] = [...times.values()]
  const all = [...times]
    .map(([contender, { wallMs }]) => `${contender} ${formatSpread(spreadOf(wallMs), 'ms', 1)}`)
    .join(', ')
  const line = `${name.padEnd(34)} ${all}`
  if (theirs === undefined) return line
  const fastest = spreadOf(theirs.wallMs).min / spreadOf(ours!.wallMs).min
  const words = [
    line,
    formatSpread(spreadOf(ratiosOf(theirs.wallMs, ours!.wallMs)), '×', 2),
    `fastest ${fastest.toFixed(2)} ×`,
  ]
  if (ours!.cpuMs.length > 0) {
    const [own, other] = [spreadOf(ours!.cpuMs).min, spreadOf(theirs.cpuMs).min]
    words.push(`CPU ${own.toFixed(1)} and ${other.toFixed(1)} ms: ${(other / own).toFixed(2)} ×`)
  }
  if (budget !== undefined) words.push(`budget ${budget} ×: ${fastest >= budget ? 'met' : 'missed'}`)
  return words.join(', ')
}

/** The ratio to a peer, round by round: above 1 the first is better when more is better. */
export function ratiosOf(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, round) => value / theirs[round]!)
}

export function formatPercentiles(values: readonly number[], unit: string): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1)
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} ${unit}`
}
