import { addCounts, type UsageCounts } from '../../mailbox/usage.ts'
import type { TenantStore } from '../../store/store.ts'
import { countUsage } from '../usage/count-usage.ts'
import type { UsageRange } from '../usage/read-usage.ts'

/** Those of Resend's metrics that can happen here: nothing is tracked, and nobody unsubscribes. */
export const EMAIL_METRICS = [
  'received',
  'sent',
  'delivered',
  'delivery_delayed',
  'bounced',
  'complained',
  'suppressed',
  'failed',
  'delivery_rate',
  'bounce_rate',
  'complaint_rate',
] as const
export type EmailMetric = (typeof EMAIL_METRICS)[number]

/** Recipients, by the day; rates are parts of those sent to. */
const METRICS: Readonly<Record<EmailMetric, (counts: UsageCounts) => number>> = {
  received: ({ messagesIn = 0 }) => messagesIn,
  sent: ({ sent = 0 }) => sent,
  delivered: ({ delivered = 0 }) => delivered,
  delivery_delayed: ({ delayed = 0 }) => delayed,
  bounced: ({ bounced = 0 }) => bounced,
  complained: ({ complained = 0 }) => complained,
  suppressed: ({ suppressed = 0 }) => suppressed,
  failed: ({ failed = 0 }) => failed,
  delivery_rate: ({ delivered = 0, ...counts }) => rate(delivered, counts),
  bounce_rate: ({ bounced = 0, ...counts }) => rate(bounced, { ...counts, bounced }),
  complaint_rate: ({ complained = 0, ...counts }) => rate(complained, counts),
}

export function metricsOf(counts: UsageCounts, wanted: readonly EmailMetric[]): Partial<Record<EmailMetric, number>> {
  return Object.fromEntries(wanted.map((metric) => [metric, METRICS[metric](counts)]))
}

export async function readDailyCounts(own: TenantStore, { from, to }: UsageRange): Promise<Map<string, UsageCounts>> {
  await countUsage(own)
  const days = new Map<string, UsageCounts>()
  for await (const { day, counts } of own.usage.between(from, to)) {
    days.set(day, addCounts(days.get(day) ?? {}, counts))
  }
  return days
}

/** Who was found not to be there at once was never sent to. */
function rate(count: number, { sent = 0, bounced = 0 }: UsageCounts): number {
  const tried = Math.max(sent, bounced)
  return tried === 0 ? 0 : Math.round((count / tried) * 10_000) / 10_000
}
