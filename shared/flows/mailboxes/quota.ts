import { MailError } from '../../mailbox/errors.ts'
import { type AccountId, accountOf, type MailboxId, type TenantId } from '../../mailbox/ids.ts'
import { LruMap } from '../../mailbox/lru-map.ts'
import type { TenantStore } from '../../store/store.ts'

/** How old what a process knows of a tenant's storage, or of an account's, may be. */
const KNOWN_MS = 60_000
const KNOWN_AT_ONCE = 10_000

/** What an account holds: the sum of its mailboxes' newest totals, exact. One query for the names and one read a mailbox. */
export async function usageOf(
  store: TenantStore,
  account: AccountId,
): Promise<{ sizeOctets: number; messages: number }> {
  const names = await store.mailboxes.list(account)
  const mailboxes = names.flatMap(({ mailbox }) => (mailbox === undefined ? [] : [mailbox]))
  const records = await Promise.all(mailboxes.map((mailbox) => store.journal.newest(mailbox)))
  return {
    sizeOctets: records.reduce((sum, { totals }) => sum + totals.sizeOctets, 0),
    messages: records.reduce((sum, { totals }) => sum + totals.exists, 0),
  }
}

type Known = LruMap<TenantId | AccountId, { at: number; octets: number }>
const KNOWN = new WeakMap<TenantStore['engine']['table'], Known>()

/** What all accounts hold, as of at most a minute ago. */
export function storageOf(own: TenantStore): Promise<number> {
  return known(own, own.tenant, async () => {
    let octets = 0
    for await (const { id } of own.accounts.list()) octets += (await usageOf(own, id)).sizeOctets
    return octets
  })
}

/**
 * At RCPT: a message that goes to several accounts is taken as long as one of them has room, and is then delivered to all, past their quotas. One read, and for those
 * with a quota what they hold, as of at most a minute ago. Throws MailError 'over-quota' where none has.
 */
export async function requireRoomInAny(own: TenantStore, accounts: readonly AccountId[]): Promise<void> {
  const quotas = await own.accounts.quotasOf(accounts)
  if (quotas.includes(undefined)) return
  for (const [index, account] of accounts.entries()) {
    const octets = await known(own, account, async () => (await usageOf(own, account)).sizeOctets)
    if (octets < quotas[index]!) return
  }
  throw new MailError('over-quota', `of ${accounts.length} accounts none has room`)
}

async function known(
  { engine }: TenantStore,
  whose: TenantId | AccountId,
  count: () => Promise<number>,
): Promise<number> {
  const { table, clock } = engine
  const all = KNOWN.get(table) ?? (new LruMap(KNOWN_AT_ONCE) as Known)
  KNOWN.set(table, all)
  const found = all.get(whose)
  if (found !== undefined && clock.now() - found.at < KNOWN_MS) return found.octets
  const octets = await count()
  all.set(whose, { at: clock.now(), octets })
  return octets
}

/** Throws MailError 'over-quota' where the account of the mailbox, or its tenant, has no room for so many more octets. */
export async function requireRoom(store: TenantStore, mailbox: MailboxId, octets: number): Promise<void> {
  const account = accountOf(mailbox)
  const { quotaOctets, tenantStorageOctets } = (await store.accounts.get(account)) ?? {}
  if (tenantStorageOctets !== undefined && (await storageOf(store)) + octets > tenantStorageOctets) {
    throw new MailError('over-quota', `${store.tenant} may hold ${tenantStorageOctets} octets`)
  }
  if (quotaOctets === undefined) return
  const { sizeOctets } = await usageOf(store, account)
  if (sizeOctets + octets > quotaOctets) {
    throw new MailError(
      'over-quota',
      `${account} holds ${sizeOctets} of ${quotaOctets} octets and asked for ${octets} more`,
    )
  }
}
