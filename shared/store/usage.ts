import type { AccountId, MailboxId } from '../mailbox/ids.ts'
import { USAGE_COUNTERS, type UsageCounts } from '../mailbox/usage.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Item, type Operation, queryAll } from '../ports/table.ts'
import { USAGE_DAY_PREFIX, usageCountedKey, usageDayKey, usagePk } from './keys.ts'
import { writeIf } from './write-if.ts'

/** What was counted on one day for one account, or for what no account did: the HTTP API. */
export interface UsageOfDay {
  /** `YYYY-MM-DD` */
  day: string
  /** The part of the account's id that its tenant knows it by; undefined: none. */
  account: string | undefined
  counts: UsageCounts
}

const NO_ACCOUNT = '-'
const LAST = '\u{10ffff}'

/**
 * A tenant's use by the day. What leaves is counted in the write that says what became of it (store/outbound.ts); what comes in is read off the journals,
 * which say it once (flows/usage/count-usage.ts), together with how far they are read: neither a repeat nor a crash changes a count.
 */
export class Usage {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** For the write of what is counted. */
  counting(day: string, account: AccountId | undefined, counts: UsageCounts): Operation {
    const { octetsStored: _shown, ...add } = counts
    return { update: this.key(day, account), add }
  }

  /** What the account holds, as it is now. */
  async noteStored(day: string, account: AccountId, octetsStored: number): Promise<void> {
    await this.engine.table.write([{ update: this.key(day, account), set: { octetsStored } }])
  }

  /** Up to which MODSEQ a mailbox's arrivals are counted. */
  async countedUpTo(mailbox: MailboxId): Promise<number> {
    const item = await this.engine.table.get(usageCountedKey(mailbox))
    return (item?.['modseq'] as number | undefined) ?? 0
  }

  /** Counts what came into a mailbox between two MODSEQs, by the day. False where somebody else has counted it. */
  async countArrivals(
    mailbox: MailboxId,
    account: AccountId,
    [from, to]: readonly [number, number],
    byDay: ReadonlyMap<string, UsageCounts>,
  ): Promise<boolean> {
    const unchanged = from === 0 ? { unset: ['modseq'] } : { equals: { modseq: from } }
    const counted: Operation = { update: usageCountedKey(mailbox), set: { modseq: to }, if: unchanged }
    return writeIf(this.engine.table, [
      counted,
      ...[...byDay].map(([day, counts]) => this.counting(day, account, counts)),
    ])
  }

  /** Of a mailbox that is no more. */
  async forgetMailbox(mailbox: MailboxId): Promise<void> {
    await this.engine.table.write([{ delete: usageCountedKey(mailbox) }])
  }

  /** From one day to another, both included, in their order. */
  async *between(from: string, to: string): AsyncGenerator<UsageOfDay> {
    const { table, tenant } = this.engine
    const range = { from: `${USAGE_DAY_PREFIX}${from}/`, to: `${USAGE_DAY_PREFIX}${to}/${LAST}` }
    for await (const item of queryAll(table, usagePk(tenant), range)) yield usageFrom(item)
  }

  private key(day: string, account: AccountId | undefined) {
    return usageDayKey(this.engine.tenant, day, account?.slice(account.indexOf('/') + 1) ?? NO_ACCOUNT)
  }
}

function usageFrom(item: Item): UsageOfDay {
  const [day, account] = item.sk.slice(USAGE_DAY_PREFIX.length).split('/') as [string, string]
  const counts: UsageCounts = {}
  for (const name of USAGE_COUNTERS) {
    const count = item[name]
    if (typeof count === 'number') counts[name] = count
  }
  return { day, account: account === NO_ACCOUNT ? undefined : account, counts }
}
