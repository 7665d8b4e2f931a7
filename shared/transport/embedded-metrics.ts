/** Lines of CloudWatch's embedded metric format (CloudWatch User Guide, "Specification: Embedded metric format"): metrics without a call. */

export const METRIC_NAMESPACE = 'Tubepost'

export interface Metric {
  name: string
  unit: 'Count' | 'Seconds'
  /** Several values of one line are a distribution; none: the metric is left out, and costs nothing. */
  values: readonly number[]
}

/** The format takes so many values of a metric. */
const MOST_VALUES = 100

/** `properties` are in the log alone, where queries find them; each metric has a price by the month. */
export function formatMetrics(
  dimension: readonly [name: string, value: string],
  metrics: readonly Metric[],
  nowMs: number,
  properties: Readonly<Record<string, number | string>> = {},
): string {
  const present = metrics.filter(({ values }) => values.length > 0)
  return JSON.stringify({
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [[dimension[0]]],
          Metrics: present.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    [dimension[0]]: dimension[1],
    ...Object.fromEntries(
      present.map(({ name, values }) => [name, values.length === 1 ? values[0] : values.slice(0, MOST_VALUES)]),
    ),
    ...properties,
  })
}
