import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { readUsage, sumUsage, type UsageRow, usageRange } from '../../../flows/usage/read-usage.ts'
import type { TenantId } from '../../../mailbox/ids.ts'
import type { Prices } from '../../../mailbox/prices.ts'
import { USAGE_COUNTERS, type UsageCounter, type UsageCounts } from '../../../mailbox/usage.ts'
import type { Api, ApiEnv } from '../api.ts'
import type { Guards } from '../guards.ts'
import { answers, BEARER, jsonBody } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import { accountUsageFields, showAccountUsage } from './account-usage.ts'

/** `messagesIn` is `messages_in`, and so on. */
function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

const counterFields = Object.fromEntries(USAGE_COUNTERS.map((name) => [snake(name), z.number().int()])) as Record<
  string,
  z.ZodNumber
>
const countsSchema = z.object({ ...counterFields, dollars: z.number() }).openapi('UsageCounts')
const groupSchema = z
  .object({
    tenant: z.string(),
    totals: countsSchema,
    days: z.array(z.object({ date: z.string(), totals: countsSchema })),
    accounts: z.array(
      z.object({
        account: z.string().nullable().openapi({ description: '`null`: the HTTP API.' }),
        address: z.string().nullable(),
        totals: countsSchema,
      }),
    ),
  })
  .openapi('TenantUsage')
const pricesFields = {
  per_thousand_messages_in: z.number().nonnegative(),
  per_thousand_recipients_out: z.number().nonnegative(),
  per_gib_out: z.number().nonnegative(),
  per_thousand_api_calls: z.number().nonnegative(),
  per_gib_stored_month: z.number().nonnegative(),
}
const pricesSchema = z
  .object({ object: z.literal('prices'), currency: z.literal('USD'), ...pricesFields })
  .openapi('Prices')
const priceChangeSchema = z.object(pricesFields).partial().openapi('PriceChange')
const usageSchema = z
  .object({
    object: z.literal('usage'),
    from: z.string(),
    to: z.string(),
    prices: pricesSchema,
    totals: countsSchema,
    tenants: z.array(groupSchema),
    // What a tenant reads, as Resend has it: an operator who asks for all tenants does not.
    ...z.object(accountUsageFields).partial().shape,
  })
  .openapi('Usage')
const usageQuery = z.object({
  from: z
    .string()
    .max(10)
    .optional()
    .openapi({ description: 'A day, YYYY-MM-DD, in UTC; else thirty days before `to`.' }),
  to: z.string().max(10).optional().openapi({ description: 'The last day; else today.' }),
  format: z.enum(['json', 'csv']).optional(),
})

const common = { tags: ['Usage'], security: BEARER }

/** What was used, and what that is in the operator's prices. A tenant sees its own; an operator one tenant's, or everybody's. */
export function usage(api: Api, services: HttpServices, guards: Guards): void {
  const { store } = services
  api.openapi(
    createRoute({
      ...common,
      middleware: guards.known,
      method: 'get',
      path: '/usage',
      summary: 'Shows usage by tenant, day and account, with its price; as CSV with `format=csv` or `Accept: text/csv`',
      request: { query: usageQuery },
      responses: answers(200, usageSchema, 'The usage'),
    }),
    async (c) => {
      const { from, to, format } = c.req.valid('query')
      const range = usageRange(store.engine.clock.now(), from, to)
      const prices = await store.prices.get()
      const rows: UsageRow[] = []
      for await (const tenant of tenantsOf(c)) rows.push(...(await readUsage(store, tenant, range, prices)))
      if (format === 'csv' || (format === undefined && wantsCsv(c))) {
        // The schema speaks of JSON; this is the same in lines.
        return c.body(csv(rows), 200, { 'content-type': 'text/csv; charset=utf-8' }) as never
      }
      const tenants = Map.groupBy(rows, ({ tenant }) => tenant)
      const { tenant } = c.get('caller')
      const known = tenant === undefined ? undefined : await store.tenants.get(tenant)
      return c.json(
        {
          object: 'usage' as const,
          ...(known !== undefined && (await showAccountUsage(services, known))),
          ...range,
          prices: showPrices(prices),
          totals: totals(rows),
          tenants: [...tenants].map(([tenant, own]) => showTenant(tenant, own)),
        },
        200,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware: guards.operator,
      method: 'get',
      path: '/prices',
      summary: 'Shows what usage costs',
      responses: answers(200, pricesSchema, 'The prices'),
    }),
    async (c) => c.json(showPrices(await store.prices.get()), 200),
  )
  api.openapi(
    createRoute({
      ...common,
      middleware: guards.operator,
      method: 'patch',
      path: '/prices',
      summary: 'Changes what usage costs',
      request: { body: jsonBody(priceChangeSchema) },
      responses: answers(200, pricesSchema, 'The prices'),
    }),
    async (c) => {
      const change = c.req.valid('json')
      const names = {
        perThousandMessagesIn: change.per_thousand_messages_in,
        perThousandRecipientsOut: change.per_thousand_recipients_out,
      }
      const more = { perGibOut: change.per_gib_out, perThousandApiCalls: change.per_thousand_api_calls }
      const all = { ...names, ...more, perGibStoredMonth: change.per_gib_stored_month }
      const given = Object.entries(all).filter((entry): entry is [string, number] => entry[1] !== undefined)
      return c.json(showPrices(await store.prices.change(Object.fromEntries(given))), 200)
    },
  )

  async function* tenantsOf(c: Context<ApiEnv>): AsyncGenerator<TenantId> {
    const { tenant } = c.get('caller')
    if (tenant !== undefined) yield tenant
    else yield* store.tenants.ids()
  }
}

function wantsCsv(c: Context<ApiEnv>): boolean {
  return (c.req.header('accept') ?? '').split(',').some((part) => part.trim().startsWith('text/csv'))
}

function showTenant(tenant: string, rows: readonly UsageRow[]) {
  const days = Map.groupBy(rows, ({ day }) => day)
  const accounts = Map.groupBy(rows, ({ account }) => account)
  return {
    tenant,
    totals: totals(rows),
    days: [...days].map(([date, own]) => ({ date, totals: totals(own) })),
    accounts: [...accounts].map(([account, own]) => ({
      account: account ?? null,
      address: own[0]?.address ?? null,
      totals: totals(own),
    })),
  }
}

function totals(rows: readonly UsageRow[]): z.infer<typeof countsSchema> {
  const { counts, dollars } = sumUsage(rows)
  return { ...showCounts(counts), dollars: rounded(dollars) } as z.infer<typeof countsSchema>
}

function showCounts(counts: UsageCounts): Record<string, number> {
  return Object.fromEntries(USAGE_COUNTERS.map((name) => [snake(name), counts[name] ?? 0]))
}

/** To a millionth: a message is some. */
function rounded(dollars: number): number {
  return Math.round(dollars * 1_000_000) / 1_000_000
}

function showPrices(prices: Prices): z.infer<typeof pricesSchema> {
  return {
    object: 'prices',
    currency: 'USD',
    per_thousand_messages_in: prices.perThousandMessagesIn,
    per_thousand_recipients_out: prices.perThousandRecipientsOut,
    per_gib_out: prices.perGibOut,
    per_thousand_api_calls: prices.perThousandApiCalls,
    per_gib_stored_month: prices.perGibStoredMonth,
  }
}

/** RFC 4180. */
function csv(rows: readonly UsageRow[]): string {
  const head = ['tenant', 'date', 'account', 'address', ...USAGE_COUNTERS.map(snake), 'dollars']
  const lines = rows.map(({ tenant, day, account, address, counts, dollars }) => {
    const numbers = USAGE_COUNTERS.map((name: UsageCounter) => counts[name] ?? 0)
    return [tenant, day, account ?? '', address ?? '', ...numbers, rounded(dollars)]
  })
  return [head, ...lines].map((line) => `${line.map(cell).join(',')}\r\n`).join('')
}

function cell(value: string | number): string {
  // An address may begin as a formula does, and whoever chose it is not who opens the table: a quote makes it text to spreadsheets.
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
