import type { TenantId } from '../../mailbox/ids.ts'
import { dollarsOf, type Prices } from '../../mailbox/prices.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import { addCounts, dayOf, type UsageCounts } from '../../mailbox/usage.ts'
import type { Store } from '../../store/store.ts'
import { countUsage } from './count-usage.ts'
import { callRecorder } from './record-calls.ts'

/** One day of one account, or of what no account did. */
export interface UsageRow {
  tenant: TenantId
  day: string
  account: string | undefined
  address: string | undefined
  counts: UsageCounts
  dollars: number
}

export interface UsageRange {
  /** `YYYY-MM-DD`, both included. */
  from: string
  to: string
}

const DAY_MS = 24 * 60 * 60 * 1000
const MOST_DAYS = 400
const DEFAULT_DAYS = 30

/** Throws Refusal 'invalid' for what is no range of days. */
export function usageRange(now: number, from: string | undefined, to: string | undefined): UsageRange {
  const end = parseDay(to ?? dayOf(now), 'to')
  const start = from === undefined ? end - (DEFAULT_DAYS - 1) * DAY_MS : parseDay(from, 'from')
  if (start > end) throw new Refusal('invalid', 'The `from` field is invalid: it is after `to`.')
  if ((end - start) / DAY_MS >= MOST_DAYS) throw new Refusal('invalid', `At most ${MOST_DAYS} days can be asked for.`)
  return { from: dayOf(start), to: dayOf(end) }
}

/** A tenant's usage as of now. */
export async function readUsage(
  store: Store,
  tenant: TenantId,
  range: UsageRange,
  prices: Prices,
): Promise<UsageRow[]> {
  const own = store.tenant(tenant)
  await callRecorder(store).flush(tenant)
  await countUsage(own)
  const addresses = new Map<string, string>()
  for await (const { id, address } of own.accounts.list()) addresses.set(id.slice(tenant.length + 1), address)
  const rows: UsageRow[] = []
  const stored = new Map<string, number>()
  for await (const { day, account, counts } of own.usage.between(range.from, range.to)) {
    const shown = account === undefined ? counts : { ...counts, octetsStored: storedOn(stored, account, counts) }
    const address = account === undefined ? undefined : addresses.get(account)
    rows.push({ tenant, day, account, address, counts: shown, dollars: dollarsOf(shown, prices) })
  }
  return rows
}

/** On a day when nobody looked an account held what it held when somebody last did. */
function storedOn(stored: Map<string, number>, account: string, { octetsStored }: UsageCounts): number {
  const octets = octetsStored ?? stored.get(account) ?? 0
  stored.set(account, octets)
  return octets
}

/** Counters added up, and dollars. What is stored is that of the last day. */
export function sumUsage(rows: readonly UsageRow[]): { counts: UsageCounts; dollars: number } {
  const last = rows.reduce((latest, { day }) => (day > latest ? day : latest), '')
  return rows.reduce<{ counts: UsageCounts; dollars: number }>(
    (sum, { day, counts, dollars }) => {
      const { octetsStored = 0, ...grown } = counts
      const shown = day === last ? { ...grown, octetsStored } : grown
      return { counts: addCounts(sum.counts, shown), dollars: sum.dollars + dollars }
    },
    { counts: {}, dollars: 0 },
  )
}

function parseDay(text: string, field: string): number {
  const at = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  // 30 February is read as a day of March.
  if (Number.isNaN(at) || dayOf(at) !== text)
    throw new Refusal('invalid', `The \`${field}\` field is invalid: it takes a day, YYYY-MM-DD.`)
  return at
}
