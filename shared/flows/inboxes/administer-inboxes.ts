import { parseAddress } from '../../codec/smtp/address.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { AccountId, TenantId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { InboxProfile } from '../../store/inbox-profiles.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { createAccount, endAccount, localOf, requireAccount } from '../tenants/administer-accounts.ts'
import { announceInbox, announceInboxDeleted } from './announce-inbox.ts'
import { showInbox } from './shown-inboxes.ts'

/** An account as the API's inbox: the same that IMAP, POP3 and the webmail show. */
export interface Inbox {
  account: AccountId
  address: string
  profile: InboxProfile
}

export interface InboxState {
  /** Messages in INBOX that were not read. */
  unread: number
  drafts: number
  /** Milliseconds since 1970; undefined where INBOX is empty. */
  lastReceived: number | undefined
  createdAt: number
  updatedAt: number
}

/**
 * Makes an account that nobody signs in to before it is given a password. Throws Refusal where the address is none, is taken, or its domain is
 * not verified.
 */
export async function createInbox(
  store: Store,
  tenant: TenantId,
  address: string,
  profile: Pick<InboxProfile, 'name' | 'fromName' | 'forwarding'>,
): Promise<Inbox> {
  const { ids, clock } = store.engine
  const password = Buffer.from(ids.random(32)).toString('base64url')
  const account = await createAccount(store, tenant, address, password, {})
  const now = clock.now()
  const made = { ...profile, createdAt: now, updatedAt: now }
  const own = store.tenant(tenant)
  await own.inboxProfiles.change(account.id, made)
  const inbox = { account: account.id, address: account.address, profile: made }
  await announceInbox(own, 'inbox.created', inbox.account, () => describeInbox(store, own, inbox))
  return inbox
}

/** By its id or its address. Throws Refusal 'not-found'. */
export async function requireInbox(store: Store, tenant: TenantId, name: string): Promise<Inbox> {
  const { id, address } = await requireAccount(store, tenant, name).catch((error: unknown) => {
    // What is no address is the name of no inbox.
    if (error instanceof Refusal) throw new Refusal('not-found', 'Inbox not found', { cause: error })
    throw error
  })
  const [profile, current] = await Promise.all([
    store.tenant(tenant).inboxProfiles.get(id),
    store.directory.accountAt(parseAddress(address)),
  ])
  if (current !== id) throw new Refusal('not-found', 'Inbox not found') // deleted: what it holds is on its way out
  return { account: id, address, profile }
}

/** Those of the accounts that are not being deleted, in their order. */
export async function inboxesOf(
  store: Store,
  tenant: TenantId,
  accounts: readonly { id: AccountId; address: string }[],
): Promise<Inbox[]> {
  const profiles = await store.tenant(tenant).inboxProfiles.getMany(accounts.map(({ id }) => id))
  const current = await Promise.all(accounts.map(({ address }) => store.directory.accountAt(parseAddress(address))))
  return accounts.flatMap(({ id, address }, index) =>
    current[index] === id ? [{ account: id, address, profile: profiles[index]! }] : [],
  )
}

export async function changeInbox(
  store: Store,
  tenant: TenantId,
  inbox: Inbox,
  change: Pick<InboxProfile, 'name' | 'fromName'>,
): Promise<void> {
  const own = store.tenant(tenant)
  await own.inboxProfiles.change(inbox.account, { ...change, updatedAt: store.engine.clock.now() })
  await announceInbox(own, 'inbox.updated', inbox.account, async () => {
    const profile = await own.inboxProfiles.get(inbox.account)
    return describeInbox(store, own, { ...inbox, profile })
  })
}

/** Its account goes with all that it holds. */
export async function deleteInbox(store: Store, tenant: TenantId, { account }: Inbox): Promise<void> {
  await endAccount(store, tenant, localOf(account))
  await announceInboxDeleted(store.tenant(tenant), account)
}

/** In the shape of Resend's API. */
export async function describeInbox(store: Store, own: TenantStore, inbox: Inbox) {
  const { account, address, profile } = inbox
  const [state, owned] = await Promise.all([
    stateOfInbox(own, inbox),
    store.domains.byName(own.tenant, address.slice(address.lastIndexOf('@') + 1)),
  ])
  return {
    object: 'inbox' as const,
    ...showInbox(inbox, localOf(account), state),
    domain_id: owned?.id ?? '',
    receiving_address: profile.forwarding === true ? address : null,
    drafts: state.drafts,
  }
}

/** One read for each of the two mailboxes that it tells of, and of INBOX the columns. */
export async function stateOfInbox(own: TenantStore, { account, profile }: Inbox): Promise<InboxState> {
  const names = await own.mailboxes.list(account)
  const drafts = names.find(({ specialUse }) => specialUse === 'Drafts')?.mailbox
  const inbox = await own.mailboxes.mailbox(account, ['INBOX'])
  const of = await own.replicas.use(inbox, async ({ totals, messages, uidvalidity }) => ({
    unread: totals.unseen,
    lastReceived: newestDate(messages),
    madeAt: uidvalidity * 1000, // a clock second (RFC 9051 §2.3.1.1): all that is known of an account made elsewhere
  }))
  const createdAt = profile.createdAt ?? of.madeAt
  return {
    unread: of.unread,
    drafts: drafts === undefined ? 0 : await existsIn(own, drafts),
    lastReceived: of.lastReceived,
    createdAt,
    updatedAt: profile.updatedAt ?? createdAt,
  }
}

function newestDate(messages: { count: number; dateAt(row: number): number }): number | undefined {
  let newest: number | undefined
  for (let row = 0; row < messages.count; row += 1) newest = Math.max(newest ?? 0, messages.dateAt(row))
  return newest
}

async function existsIn(own: TenantStore, mailbox: Parameters<TenantStore['journal']['newest']>[0]): Promise<number> {
  try {
    return (await own.journal.newest(mailbox)).totals.exists
  } catch (error) {
    if (error instanceof MailError && error.kind === 'no-such-mailbox') return 0
    throw error
  }
}

/** `Name <address>`, as it stands in From. */
export function senderOf({ address, profile }: Inbox): string {
  return profile.fromName === undefined ? address : `${JSON.stringify(profile.fromName)} <${address}>`
}
