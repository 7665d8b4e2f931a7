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

const families = new Map<string, () => string[]>()
const askers = new Set<() => Promise<void>>()

export function counter(name: string, help: string, labelNames: readonly string[]): Counter {
  return numbers('counter', name, help, labelNames)
}

export function gauge(name: string, help: string, labelNames: readonly string[]): Gauge {
  return numbers('gauge', name, help, labelNames)
}

export function histogram(name: string, help: string, labelNames: readonly string[]): Histogram {
  const series = new Map<string, { buckets: number[]; sum: number; count: number }>()
  register('histogram', name, help, () =>
    [...series].flatMap(([key, { buckets, sum, count }]) => {
      let below = 0
      const lines = BOUNDS.map((bound, index) => {
        below += buckets[index]!
        return `${name}_bucket${formatLabels([...labelNames, 'le'], [...split(key, labelNames), String(bound)])} ${below}`
      })
      const labels = formatLabels(labelNames, split(key, labelNames))
      const all = formatLabels([...labelNames, 'le'], [...split(key, labelNames), '+Inf'])
      return [
        ...lines,
        `${name}_bucket${all} ${count}`,
        `${name}_sum${labels} ${sum}`,
        `${name}_count${labels} ${count}`,
      ]
    }),
  )
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

/** Everything, as a scrape is answered. What cannot be asked for now shows the values of last time. */
export async function metricsText(): Promise<string> {
  await Promise.allSettled([...askers].map((ask) => ask()))
  return `${[...families.values()].flatMap((lines) => lines()).join('\n')}\n`
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

function numbers(kind: 'counter' | 'gauge', name: string, help: string, labelNames: readonly string[]): Gauge {
  const values = new Map<string, number>()
  register(kind, name, help, () =>
    [...values].map(([key, value]) => `${name}${formatLabels(labelNames, split(key, labelNames))} ${value}`),
  )
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

function register(kind: string, name: string, help: string, lines: () => string[]): void {
  if (families.has(name)) throw new Error(`two metrics of the name ${name}`)
  families.set(name, () => [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...lines()])
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
