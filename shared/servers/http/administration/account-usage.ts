import { z } from '@hono/zod-openapi'
import type { TenantId } from '../../../mailbox/ids.ts'
import { addCounts, dayOf, type UsageCounts } from '../../../mailbox/usage.ts'
import type { Store } from '../../../store/store.ts'
import type { Tenant } from '../../../store/tenants.ts'
import { timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const limitSchema = z.number().int().nullable()
const periodSchema = z.object({
  used: z.number().int(),
  limit: limitSchema,
  sent: z.number().int(),
  received: z.number().int(),
  resets_at: z.string(),
})
const countSchema = z.object({ used: z.number().int(), limit: limitSchema })

/** What Resend's `GET /usage` answers: today and this month, in UTC, against the tenant's limits. */
export const accountUsageFields = {
  emails: z.object({ daily: periodSchema, monthly: periodSchema }),
  domains: countSchema,
  rate_limit: z.object({ limit: z.number().int(), duration: z.string() }),
  contacts: countSchema,
  segments: countSchema,
  broadcasts: countSchema,
  ai_credits: z.object({ used: z.number().int(), limit: limitSchema, next_increase_at: z.string().nullable() }),
  automation_runs: z.object({ used: z.number().int(), limit: limitSchema, resets_at: z.string() }),
}
const fieldsSchema = z.object(accountUsageFields)

/** Once usage was counted (`readUsage`). There are no contacts and what else is not served: none of them are used. */
export async function showAccountUsage(
  { store, limits }: Pick<HttpServices, 'store' | 'limits'>,
  { id, limits: allowed }: Pick<Tenant, 'id' | 'limits'>,
): Promise<z.infer<typeof fieldsSchema>> {
  const now = new Date(store.engine.clock.now())
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
  const today = dayOf(now.getTime())
  let ofMonth: UsageCounts = {}
  let ofDay: UsageCounts = {}
  for await (const row of store.tenant(id).usage.between(dayOf(Date.UTC(year, month, 1)), today)) {
    ofMonth = addCounts(ofMonth, row.counts)
    if (row.day === today) ofDay = addCounts(ofDay, row.counts)
  }
  const nextMonth = timeText(Date.UTC(year, month + 1, 1))
  const nothing = { used: 0, limit: 0 }
  return {
    emails: {
      daily: period(ofDay, allowed.messagesOutPerDay, timeText(Date.UTC(year, month, day + 1))),
      monthly: period(ofMonth, allowed.messagesOutPerMonth, nextMonth),
    },
    domains: { used: await countDomains(store, id), limit: null },
    rate_limit: { limit: limits.httpRequestsPerSecond, duration: '1000ms' },
    contacts: nothing,
    segments: nothing,
    broadcasts: nothing,
    ai_credits: { ...nothing, next_increase_at: null },
    automation_runs: { ...nothing, resets_at: nextMonth },
  }
}

async function countDomains({ domains }: Store, tenant: TenantId): Promise<number> {
  let count = 0
  for (let after: string | undefined; ; ) {
    const { items, hasMore } = await domains.page(tenant, { limit: 100, after })
    count += items.length
    after = items.at(-1)?.id
    if (!hasMore) return count
  }
}

function period({ messagesIn = 0, messagesOut = 0 }: UsageCounts, limit: number | undefined, resetsAt: string) {
  return { used: messagesOut, limit: limit ?? null, sent: messagesOut, received: messagesIn, resets_at: resetsAt }
}
