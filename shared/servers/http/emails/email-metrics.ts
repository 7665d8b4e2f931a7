import { createRoute, z } from '@hono/zod-openapi'
import { EMAIL_METRICS, type EmailMetric, metricsOf, readDailyCounts } from '../../../flows/emails/read-metrics.ts'
import { usageRange } from '../../../flows/usage/read-usage.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import { addCounts, type UsageCounts } from '../../../mailbox/usage.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore } from '../guards.ts'
import { answers, BEARER } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const WEEK_DAYS = 7
const DAY_MS = 24 * 60 * 60 * 1000

const metric = z.enum(EMAIL_METRICS)
const totalsSchema = z.partialRecord(metric, z.number())
const metricsSchema = z
  .object({
    object: z.literal('metrics'),
    start_date: z.string(),
    end_date: z.string(),
    metrics: z.array(metric),
    dimensions: z.array(z.literal('period')),
    granularity: z.enum(['daily', 'weekly', 'monthly']),
    totals: totalsSchema,
    data: z.array(z.intersection(z.object({ period: z.string() }), totalsSchema)).optional(),
  })
  .openapi('EmailMetrics')
const text = z.string().max(1000).optional()
const metricsQuery = z.object({
  start_date: text.openapi({ description: 'Else six days before `end_date`. Counted by the day, in UTC.' }),
  end_date: text,
  timezone: text.openapi({ description: '`UTC` alone.' }),
  granularity: z.enum(['daily', 'weekly', 'monthly']).default('daily'),
  metrics: text.openapi({ description: 'With commas between them; else all.' }),
  dimensions: text.openapi({ description: '`period`, or nothing.' }),
  domain_id: text.openapi({ description: 'Not counted by domain here.' }),
  email_id: text,
  broadcast_id: text,
})

/** How a tenant's mail fares, as Resend has it, out of what is counted for its usage. */
export function emailMetrics(api: Api, services: HttpServices, guards: Guards): void {
  api.openapi(
    createRoute({
      tags: ['Emails'],
      security: BEARER,
      middleware: guards.tenant,
      method: 'get',
      path: '/emails/metrics',
      summary: 'Counts what became of emails',
      request: { query: metricsQuery },
      responses: answers(200, metricsSchema, 'The counts'),
    }),
    async (c) => {
      const { start_date, end_date, timezone, granularity, metrics, dimensions, ...others } = c.req.valid('query')
      const own = ownStore(c, services)
      const by = commas(dimensions)
      const isElsewhere = timezone !== undefined && timezone !== 'UTC'
      if (isElsewhere || by.some((each) => each !== 'period') || Object.values(others).some((value) => value)) {
        throw new Refusal('invalid', 'Emails are counted by the day in UTC, and by nothing else.')
      }
      const end = start_date === undefined && end_date === undefined ? undefined : dayIn(end_date)
      const start =
        dayIn(start_date) ?? sixDaysBefore(end ?? new Date(own.engine.clock.now()).toISOString().slice(0, 10))
      const range = usageRange(own.engine.clock.now(), start, end)
      const wanted = metrics === undefined ? [...EMAIL_METRICS] : commas(metrics).map(requireMetric)
      const days = await readDailyCounts(own, range)
      const shown = {
        object: 'metrics' as const,
        start_date: range.from,
        end_date: range.to,
        metrics: wanted,
        dimensions: by as 'period'[],
        granularity,
        totals: metricsOf([...days.values()].reduce(addCounts, {}), wanted),
      }
      if (by.length === 0) return c.json(shown, 200)
      const periods = new Map<string, UsageCounts>()
      for (const [day, counts] of days) {
        const period = periodOf(day, granularity)
        periods.set(period, addCounts(periods.get(period) ?? {}, counts))
      }
      const data = [...periods].map(([period, counts]) => ({ period, ...metricsOf(counts, wanted) }))
      return c.json({ ...shown, data }, 200)
    },
  )
}

function commas(list: string | undefined): string[] {
  return list === undefined || list === '' ? [] : list.split(',')
}

function requireMetric(name: string): EmailMetric {
  const found = EMAIL_METRICS.find((metric) => metric === name)
  if (found === undefined) throw new Refusal('invalid', 'The `metrics` field is invalid: there is no such metric.')
  return found
}

/** A date, or the date of a time. */
function dayIn(date: string | undefined): string | undefined {
  return date?.slice(0, 10)
}

function sixDaysBefore(day: string): string | undefined {
  const at = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(at) ? undefined : new Date(at - (WEEK_DAYS - 1) * DAY_MS).toISOString().slice(0, 10)
}

/** The first day of it; weeks begin on Monday (ISO 8601). */
function periodOf(day: string, granularity: 'daily' | 'weekly' | 'monthly'): string {
  if (granularity === 'daily') return day
  if (granularity === 'monthly') return `${day.slice(0, 7)}-01`
  const date = new Date(`${day}T00:00:00Z`)
  const sinceMonday = (date.getUTCDay() + WEEK_DAYS - 1) % WEEK_DAYS
  return new Date(date.getTime() - sinceMonday * DAY_MS).toISOString().slice(0, 10)
}
