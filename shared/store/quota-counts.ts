import { dayOf } from '../mailbox/usage.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { ConflictError } from '../ports/table.ts'
import { quotaCountKey } from './keys.ts'

/** Most messages in a day and in a month, in UTC; undefined: any number. */
export interface PeriodLimits {
  day: number | undefined
  month: number | undefined
}

/** What came to eight tenths of its limit, and since when. */
export interface QuotaWarning {
  what: string
  period: string
  limit: number
  /** Milliseconds since 1970. */
  at: number
}

const WARN_AT = 0.8
const KEPT_MS = { day: 3 * 24 * 60 * 60 * 1000, month: 70 * 24 * 60 * 60 * 1000 }
const PERIODS = ['day', 'month'] as const

/** How many messages came in or left, of tenants that have a limit: others are not counted here, and pay nothing. */
export class QuotaCounts {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** The period whose limit so many more messages would break; undefined: there is room. One read. */
  async exceeded(what: 'in' | 'out', limits: PeriodLimits, messages: number): Promise<'day' | 'month' | undefined> {
    const counts = await this.read(what)
    return PERIODS.find((period) => counts[period] + messages > (limits[period] ?? Number.POSITIVE_INFINITY))
  }

  /**
   * Counts messages, and says which limits are nearly used up and nobody was told. A repeat counts again: a limit errs on the side of less. Messages at the
   * same moment may go past it together, by no more than themselves.
   */
  async count(what: 'in' | 'out', limits: PeriodLimits, messages: number): Promise<QuotaWarning[]> {
    const { table, clock, tenant } = this.engine
    const now = clock.now()
    const limited = PERIODS.filter((period) => limits[period] !== undefined)
    if (limited.length === 0) return []
    const operations = limited.map((period) => ({
      update: quotaCountKey(tenant, what, periodAt(now, period)),
      add: { messages },
      set: { expires: Math.ceil((now + KEPT_MS[period]) / 1000) },
    }))
    await table.write(operations)
    const items = await table.getMany(operations.map(({ update }) => update))
    const warnings: QuotaWarning[] = []
    for (const [index, period] of limited.entries()) {
      const limit = limits[period]!
      const isNear = ((items[index]?.['messages'] as number | undefined) ?? 0) >= limit * WARN_AT
      if (!isNear || items[index]?.['told'] === true) continue
      warnings.push(await this.warn(what, periodAt(now, period), limit))
    }
    return warnings
  }

  /** Of something that is measured, not counted: undefined where somebody was told in this month. */
  async near(what: 'storage', used: number, limit: number): Promise<QuotaWarning | undefined> {
    if (used < limit * WARN_AT) return undefined
    const { table, clock, tenant } = this.engine
    const period = periodAt(clock.now(), 'month')
    const item = await table.get(quotaCountKey(tenant, what, period))
    return item?.['told'] === true ? undefined : this.warn(what, period, limit)
  }

  /** The warning has reached its reader. */
  async told({ what, period }: QuotaWarning): Promise<void> {
    await this.engine.table.write([{ update: quotaCountKey(this.engine.tenant, what, period), set: { told: true } }])
  }

  /** With the time of whoever noticed it first, so that all who tell it make the same message. */
  private async warn(what: string, period: string, limit: number): Promise<QuotaWarning> {
    const { table, clock, tenant } = this.engine
    const update = quotaCountKey(tenant, what, period)
    const at = clock.now()
    const expires = Math.ceil((at + KEPT_MS.month) / 1000)
    try {
      await table.write([{ update, set: { warnedAt: at, expires }, if: { unset: ['warnedAt'] } }])
      return { what, period, limit, at }
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      return { what, period, limit, at: (await table.get(update))!['warnedAt'] as number }
    }
  }

  private async read(what: 'in' | 'out'): Promise<{ day: number; month: number }> {
    const { table, clock, tenant } = this.engine
    const now = clock.now()
    const keys = PERIODS.map((period) => quotaCountKey(tenant, what, periodAt(now, period)))
    const [day, month] = await table.getMany(keys)
    const count = (item: typeof day) => (item?.['messages'] as number | undefined) ?? 0
    return { day: count(day), month: count(month) }
  }
}

/** `YYYY-MM-DD` or `YYYY-MM`. */
function periodAt(ms: number, period: 'day' | 'month'): string {
  return period === 'day' ? dayOf(ms) : dayOf(ms).slice(0, 7)
}
