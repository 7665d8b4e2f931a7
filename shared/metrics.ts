/**
 * Numbers about the process, in Prometheus' text format (version 0.0.4). They are counted by command and by call, never by octet. Label
 * values are from fixed sets: what a client chooses freely must not become one.
 */

export interface Counter {
  add(by: number, ...labels: readonly string[]): void
}

export interface Gauge extends Counter {
  set(value: number, ...labels: readonly string[]): void
}

export interface Histogram {
  /** Seconds. */
  observe(seconds: number, ...labels: readonly string[]): void
}

/** Seconds: from a look into memory to a client on a slow line. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** `buckets`: how many fell between the bound before and this one. */
interface Distribution {
  buckets: number[]
  sum: number
  count: number
}

interface Family<Value extends number | Distribution = number | Distribution> {
  kind: 'counter' | 'gauge' | 'histogram'
  help: string
  labelNames: readonly string[]
  /** By the values of the labels. */
  series: Map<string, Value>
}

/** What a thread of the process has counted, by the family's name. It can be posted to another. */
export type Counted = ReadonlyMap<string, Family>

const families = new Map<string, Family>()
const askers = new Set<() => Promise<void>>()
const others = new Set<() => Promise<Counted>>()

export function counter(name: string, help: string, labelNames: readonly string[]): Counter {
  return numbers('counter', name, help, labelNames)
}

export function gauge(name: string, help: string, labelNames: readonly string[]): Gauge {
  return numbers('gauge', name, help, labelNames)
}

export function histogram(name: string, help: string, labelNames: readonly string[]): Histogram {
  const series = register<Distribution>('histogram', name, help, labelNames)
  return {
    observe(seconds, ...labels) {
      const key = join(labels)
      let one = series.get(key)
      if (one === undefined) {
        one = { buckets: BOUNDS.map(() => 0), sum: 0, count: 0 }
        series.set(key, one)
      }
      one.sum += seconds
      one.count += 1
      const bucket = BOUNDS.findIndex((bound) => seconds <= bound)
      if (bucket >= 0) one.buckets[bucket]! += 1
    },
  }
}

/** `ask` sets gauges whose values have to be asked for, before they are shown. Returns what ends that. */
export function beforeMetrics(ask: () => Promise<void>): () => void {
  askers.add(ask)
  return () => {
    askers.delete(ask)
  }
}

/** `ask` gets what another thread has counted, which is added to what this one has. Returns what ends that. */
export function addCounted(ask: () => Promise<Counted>): () => void {
  others.add(ask)
  return () => {
    others.delete(ask)
  }
}

/** What this thread has counted, for another one's `addCounted`. */
export function counted(): Counted {
  return families
}

/** Everything, as a scrape is answered. A gauge that cannot be asked for now shows the value of last time. */
export async function metricsText(): Promise<string> {
  const [, elsewhere] = await Promise.all([
    Promise.allSettled([...askers].map((ask) => ask())),
    Promise.all([...others].map((ask) => ask())),
  ])
  const all = new Map([...elsewhere, families].flatMap((each) => [...each]))
  const lines = [...all].flatMap(([name, { kind, help, labelNames }]) => {
    const counts = [families, ...elsewhere].map((each): Family['series'] => each.get(name)?.series ?? new Map())
    const series = counts.reduce(sumOfSeries)
    return [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${kind}`,
      ...[...series].flatMap(([key, value]) => linesOf(name, labelNames, key, value)),
    ]
  })
  return `${lines.join('\n')}\n`
}

function sumOfSeries(one: Family['series'], other: Family['series']): Family['series'] {
  const both = new Map(one)
  for (const [key, value] of other) {
    const before = both.get(key)
    both.set(key, before === undefined ? value : sumOf(before, value))
  }
  return both
}

function sumOf(one: number | Distribution, other: number | Distribution): number | Distribution {
  if (typeof one === 'number' || typeof other === 'number') return Number(one) + Number(other)
  return {
    buckets: one.buckets.map((count, index) => count + other.buckets[index]!),
    sum: one.sum + other.sum,
    count: one.count + other.count,
  }
}

function linesOf(name: string, labelNames: readonly string[], key: string, value: number | Distribution): string[] {
  const labels = split(key, labelNames)
  if (typeof value === 'number') return [`${name}${formatLabels(labelNames, labels)} ${value}`]
  const { buckets, sum, count } = value
  const bucket = (bound: string, below: number) =>
    `${name}_bucket${formatLabels([...labelNames, 'le'], [...labels, bound])} ${below}`
  let below = 0
  return [
    ...BOUNDS.map((bound, index) => bucket(String(bound), (below += buckets[index]!))),
    bucket('+Inf', count),
    `${name}_sum${formatLabels(labelNames, labels)} ${sum}`,
    `${name}_count${formatLabels(labelNames, labels)} ${count}`,
  ]
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

function numbers(kind: 'counter' | 'gauge', name: string, help: string, labelNames: readonly string[]): Gauge {
  const values = register<number>(kind, name, help, labelNames)
  return {
    add(by, ...labels) {
      const key = join(labels)
      values.set(key, (values.get(key) ?? 0) + by)
    },
    set(value, ...labels) {
      values.set(join(labels), value)
    },
  }
}

function register<Value extends number | Distribution>(
  kind: Family['kind'],
  name: string,
  help: string,
  labelNames: readonly string[],
): Map<string, Value> {
  if (families.has(name)) throw new Error(`two metrics of the name ${name}`)
  const series = new Map<string, Value>()
  families.set(name, { kind, help, labelNames, series } as Family<Value> as Family)
  return series
}

function join(labels: readonly string[]): string {
  return labels.length === 1 ? labels[0]! : labels.join('\n')
}

function split(key: string, labelNames: readonly string[]): string[] {
  return labelNames.length === 0 ? [] : key.split('\n')
}

function formatLabels(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return ''
  const pairs = names.map((name, index) => `${name}="${values[index]!.replace(/["\\]/g, (each) => `\\${each}`)}"`)
  return `{${pairs.join(',')}}`
}
