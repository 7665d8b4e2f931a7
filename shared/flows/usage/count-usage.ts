import { MailError } from '../../mailbox/errors.ts'
import { type AccountId, accountOf, type MailboxId } from '../../mailbox/ids.ts'
import { addCounts, dayOf, type UsageCounts } from '../../mailbox/usage.ts'
import type { JournalRecord } from '../../store/journal-record.ts'
import type { TenantStore } from '../../store/store.ts'
import { usageOf } from '../mailboxes/quota.ts'

/** Of one write; a record's day is one operation in it. */
const RECORDS_AT_ONCE = 1000
const DAYS_AT_ONCE = 50
const ACCOUNTS_AT_ONCE = 10
const MAILBOXES_AT_ONCE = 10

/**
 * Counts what came into a mailbox since it was last counted. The journal says of each message once that it arrived, and on which day; how far it
 * is counted stands beside the counts, in one write. Repeatable, and harmless beside another count of the same mailbox.
 */
export async function countArrivals(own: TenantStore, mailbox: MailboxId): Promise<void> {
  const account = accountOf(mailbox)
  for (;;) {
    const from = await own.usage.countedUpTo(mailbox)
    const { to, byDay, isAll } = await arrivalsSince(own, mailbox, from)
    if (to === from) return
    const isCounted = await own.usage.countArrivals(mailbox, account, [from, to], byDay)
    if (isCounted && isAll) return
  }
}

async function arrivalsSince(own: TenantStore, mailbox: MailboxId, from: number) {
  const byDay = new Map<string, UsageCounts>()
  let to = from
  let records = 0
  for await (const record of own.journal.since(mailbox, from)) {
    const counts = arrivalsIn(record)
    const day = dayOf(record.at)
    if (records === RECORDS_AT_ONCE || (counts && byDay.size === DAYS_AT_ONCE && !byDay.has(day))) {
      return { to, byDay, isAll: false }
    }
    if (counts !== undefined) byDay.set(day, addCounts(byDay.get(day) ?? {}, counts))
    to = record.modseq
    records += 1
  }
  return { to, byDay, isAll: true }
}

function arrivalsIn({ changes }: JournalRecord): UsageCounts | undefined {
  const arrived = changes.flatMap((change) => (change.kind === 'append' ? change.messages : [])).filter(isArrival)
  if (arrived.length === 0) return undefined
  return { messagesIn: arrived.length, octetsIn: arrived.reduce((sum, { sizeOctets }) => sum + sizeOctets, 0) }
}

function isArrival({ arrived }: { arrived?: boolean }): boolean {
  return arrived === true
}

/** Brings all of a tenant's counts up to now, and notes what its accounts hold. One query and one write an account, and two reads a mailbox. */
export async function countUsage(own: TenantStore): Promise<void> {
  const accounts = await Array.fromAsync(own.accounts.list())
  for (let at = 0; at < accounts.length; at += ACCOUNTS_AT_ONCE) {
    await Promise.all(accounts.slice(at, at + ACCOUNTS_AT_ONCE).map(({ id }) => countAccount(own, id)))
  }
}

async function countAccount(own: TenantStore, account: AccountId): Promise<void> {
  try {
    const names = await own.mailboxes.list(account)
    const mailboxes = names.flatMap(({ mailbox }) => (mailbox === undefined ? [] : [mailbox]))
    for (let at = 0; at < mailboxes.length; at += MAILBOXES_AT_ONCE) {
      await Promise.all(mailboxes.slice(at, at + MAILBOXES_AT_ONCE).map((mailbox) => countArrivals(own, mailbox)))
    }
    const { sizeOctets } = await usageOf(own, account)
    await own.usage.noteStored(dayOf(own.engine.clock.now()), account, sizeOctets)
  } catch (error) {
    // One that is deleted at this moment is counted by who takes it away.
    if (!(error instanceof MailError && error.kind === 'no-such-mailbox')) throw error
  }
}
