import { MailError } from '../../mailbox/errors.ts'
import { type AccountId, accountOf, type MailboxId, type TenantId } from '../../mailbox/ids.ts'
import { LruMap } from '../../mailbox/lru-map.ts'
import type { TenantStore } from '../../store/store.ts'

/** How old what a process knows of a tenant's storage may be. */
const KNOWN_MS = 60_000
const TENANTS_KNOWN = 10_000

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

const STORAGE = new WeakMap<TenantStore['engine']['table'], LruMap<TenantId, { at: number; octets: number }>>()

/** What all accounts hold, as of at most a minute ago. */
export async function storageOf(own: TenantStore): Promise<number> {
  const { table, clock } = own.engine
  const known = STORAGE.get(table) ?? new LruMap<TenantId, { at: number; octets: number }>(TENANTS_KNOWN)
  STORAGE.set(table, known)
  const found = known.get(own.tenant)
  if (found !== undefined && clock.now() - found.at < KNOWN_MS) return found.octets
  let octets = 0
  for await (const { id } of own.accounts.list()) octets += (await usageOf(own, id)).sizeOctets
  known.set(own.tenant, { at: clock.now(), octets })
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
