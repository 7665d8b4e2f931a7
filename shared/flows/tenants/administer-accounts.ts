import { ParseError } from '../../codec/parse-error.ts'
import { parseAddress } from '../../codec/smtp/address.ts'
import type { Address } from '../../mailbox/address.ts'
import { MailError } from '../../mailbox/errors.ts'
import { type AccountId, accountId, type TenantId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { Account, AccountChange, NewAccount } from '../../store/accounts.ts'
import type { Store } from '../../store/store.ts'
import { deleteAccount, parseAliasAddress } from './delete-account.ts'
import { markQuota } from './mark-quota.ts'

/** Where an alias leads, as its owner says it: addresses of accounts of the tenant, and addresses elsewhere. */
export interface AliasWish {
  targets: readonly string[]
  forwards: readonly string[]
  /** Senders are told to write there from now on; without targets nothing comes in any more. */
  movedTo?: string
}

const LOCAL_ID = /^[A-Za-z0-9_-]{1,64}$/

/** Throws Refusal where the address is none, is taken, or its domain is not verified. */
export async function createAccount(
  store: Store,
  tenant: TenantId,
  address: string,
  password: string,
  options: NewAccount,
): Promise<Account> {
  const parsed = readAddress(address, 'address')
  await requireVerifiedDomain(store, tenant, parsed.domain)
  const id = await refusingTaken(address, () => store.directory.createAccount(tenant, parsed, password, options))
  return requireAccount(store, tenant, localOf(id))
}

/** By the part of its id that its tenant knows it by, or by its address. Throws Refusal 'not-found'. */
export async function requireAccount(store: Store, tenant: TenantId, name: string): Promise<Account> {
  const id = name.includes('@') ? await ownAccountAt(store, tenant, name) : idOf(tenant, name)
  const account = id && (await store.tenant(tenant).accounts.get(id))
  if (account === undefined) throw new Refusal('not-found', 'Account not found')
  return account
}

export async function changeAccount(
  store: Store,
  tenant: TenantId,
  name: string,
  { forwards, movedTo, ...change }: AccountChange & { forwards?: readonly string[]; movedTo?: string | null },
): Promise<Account> {
  const { id, address } = await requireAccount(store, tenant, name)
  for (const forward of forwards ?? []) readAddress(forward, 'forward_to')
  if (typeof movedTo === 'string') readAddress(movedTo, 'moved_to')
  if (Object.keys(change).length > 0) await store.tenant(tenant).accounts.change(id, change)
  if (forwards !== undefined) await store.directory.setForwards(parseAddress(address), id, forwards)
  if (movedTo !== undefined) await store.directory.setMovedTo(parseAddress(address), id, movedTo ?? undefined)
  const changed = await requireAccount(store, tenant, localOf(id))
  if (change.quotaOctets !== undefined) await markQuota(store, changed)
  return changed
}

export async function endAccount(store: Store, tenant: TenantId, name: string): Promise<AccountId> {
  const { id } = await requireAccount(store, tenant, name)
  await deleteAccount(store, id)
  return id
}

/** What a tenant calls its account by. */
export function localOf(id: AccountId): string {
  return id.slice(id.indexOf('/') + 1)
}

/** Throws Refusal as `createAccount`, and where a target is no account of the tenant. */
export async function putAlias(
  store: Store,
  tenant: TenantId,
  address: string,
  { targets, forwards, movedTo }: AliasWish,
  mode: 'add' | 'change',
): Promise<void> {
  const parsed = readAddress(address, 'address')
  await requireVerifiedDomain(store, tenant, parsed.domain)
  const accounts = await Promise.all(targets.map((target) => requireTarget(store, tenant, target)))
  for (const forward of forwards) readAddress(forward, 'forward_to')
  if (movedTo !== undefined) readAddress(movedTo, 'moved_to')
  const moved = movedTo === undefined ? {} : { movedTo }
  const wanted = { accounts: [...new Set(accounts)], forwards: [...new Set(forwards)], ...moved }
  // Mail that is accepted has to be kept by somebody here, however a forward goes.
  if (accounts.length === 0 && (movedTo === undefined || forwards.length > 0))
    throw new Refusal('missing', 'Missing `targets` field.')
  if (mode === 'add') await refusingTaken(address, () => store.aliases.add(tenant, parsed, wanted))
  else if (!(await store.aliases.change(tenant, parsed, wanted))) throw new Refusal('not-found', 'Alias not found')
}

/** Throws Refusal 'invalid'. `field` is what the caller named it. */
export function readAddress(text: string, field: string): Address {
  try {
    return parseAliasAddress(text)
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    throw new Refusal('invalid', `The \`${field}\` field is invalid: ${JSON.stringify(text)} is no address.`)
  }
}

async function requireVerifiedDomain(store: Store, tenant: TenantId, domain: string): Promise<void> {
  if ((await store.directory.domain(domain))?.tenant === tenant) return
  throw new Refusal('not-verified', `The \`${domain}\` domain is not verified. Add and verify it first.`)
}

async function requireTarget(store: Store, tenant: TenantId, address: string): Promise<AccountId> {
  const id = await ownAccountAt(store, tenant, address)
  if (id === undefined)
    throw new Refusal('invalid', `The \`targets\` field is invalid: ${JSON.stringify(address)} is no account.`)
  return id
}

async function ownAccountAt(store: Store, tenant: TenantId, address: string): Promise<AccountId | undefined> {
  const id = await store.directory.accountAt(readAddress(address, 'address'))
  return id?.startsWith(`${tenant}/`) ? id : undefined
}

function idOf(tenant: TenantId, local: string): AccountId | undefined {
  return LOCAL_ID.test(local) ? accountId(tenant, local) : undefined
}

async function refusingTaken<T>(address: string, create: () => Promise<T>): Promise<T> {
  try {
    return await create()
  } catch (error) {
    if (!(error instanceof MailError && error.kind === 'in-use')) throw error
    throw new Refusal('exists-already', `There is an account or alias \`${address}\` already.`, { cause: error })
  }
}
