import { type Address, foldLocalPart, withoutDetail } from '../mailbox/address.ts'
import { MailError } from '../mailbox/errors.ts'
import { type AccountId, accountId, type TenantId, tenantOf } from '../mailbox/ids.ts'
import { DEFAULT_PROTECTION, type Protection } from '../mailbox/protection.ts'
import { isSrs } from '../mailbox/srs.ts'
import type { Engine } from '../ports/engine.ts'
import { ConflictError, type Item, type Operation } from '../ports/table.ts'
import type { Account, NewAccount } from './accounts.ts'
import type { Domains } from './domains.ts'
import { expandForwards, type Targets } from './expand-forwards.ts'
import { addressKey, CATCH_ALL, domainKey } from './keys.ts'
import { POSTMASTER, Postmasters } from './postmasters.ts'
import { protectionFrom } from './protections.ts'
import type { TenantStore } from './store.ts'
import type { Tenants } from './tenants.ts'
import { writeIf } from './write-if.ts'

/** Where an address leads. */
export type Resolution =
  | {
      kind: 'local'
      tenant: TenantId
      accounts: readonly AccountId[]
      /** Addresses elsewhere that get it too. */
      forwards: readonly string[]
      /** What the tenant keeps out of the domain. */
      protection: Protection
      /** The tenant has limits on what comes in (flows/tenants/tenant-quota.ts). */
      limited?: true
      /** One of the accounts may have a quota of its own; absent: none has. */
      quotas?: true
      /** Senders are told to write there from now on (RFC 5321 §3.4). */
      movedTo?: string
    }
  /** Nothing comes in for it any more; senders are told where to write (RFC 5321 §3.4). */
  | { kind: 'moved'; tenant: TenantId; to: string }
  /** No tenant of ours has the domain (or has proved that it is theirs). */
  | { kind: 'foreign-domain' }
  | { kind: 'no-such-address'; tenant: TenantId }
  | { kind: 'suspended'; tenant: TenantId }

/** What the domain says of every address in it. */
type Place = Pick<Extract<Resolution, { kind: 'local' }>, 'tenant' | 'protection' | 'limited'>

export interface Domain {
  name: string
  tenant: TenantId
  verified: boolean
  suspended: boolean
}

/**
 * Whose domains and addresses they are. With its parts (tenants.ts, domains.ts, aliases.ts, demonstration.ts) the only store that reads across
 * tenants.
 */
export class Directory {
  private readonly engine: Engine
  private readonly tenantList: Tenants
  private readonly domains: Domains
  private readonly tenantStore: (tenant: TenantId) => TenantStore
  private readonly postmasters: Postmasters

  constructor(
    engine: Engine,
    parts: { tenants: Tenants; domains: Domains },
    tenantStore: (tenant: TenantId) => TenantStore,
  ) {
    this.engine = engine
    this.tenantList = parts.tenants
    this.domains = parts.domains
    this.tenantStore = tenantStore
    this.postmasters = new Postmasters(engine)
  }

  /** Answers RCPT: one read of the domain, the address, the address without its detail, and the catch-all. */
  async resolve({ localPart, domain }: Address): Promise<Resolution> {
    const folded = foldLocalPart(localPart)
    const base = withoutDetail(folded)
    const locals = [folded, ...(base === undefined ? [] : [base]), CATCH_ALL]
    const keys = [domainKey(domain), ...locals.map((local) => addressKey(local, domain))]
    const [owner, ...items] = await this.engine.table.getMany(keys)
    if (owner === undefined || owner['verified'] !== true) return { kind: 'foreign-domain' }
    const tenant = owner['tenant'] as TenantId
    // What whoever had the domain before has left is not the owner's.
    const addresses = items.map((item) => (item?.['tenant'] === tenant ? item : undefined))
    if (owner['suspended'] === true) return { kind: 'suspended', tenant }
    const place: Place = { tenant, protection: protectionFrom(owner) }
    if (owner['limited'] === true) place.limited = true
    const found = addresses.slice(0, -1).find((item) => item !== undefined)
    if (found === undefined && isSrs(localPart)) {
      const sender = await this.tenantStore(tenant).senderRewriting.read(localPart)
      return sender === undefined
        ? { kind: 'no-such-address', tenant }
        : { kind: 'local', ...place, accounts: [], forwards: [sender] }
    }
    const item = found ?? addresses.at(-1)
    if (item !== undefined) return this.lead(place, { localPart, domain }, item)
    const postmaster = folded === POSTMASTER ? await this.postmasters.of(tenant) : undefined
    if (postmaster === undefined) return { kind: 'no-such-address', tenant }
    return { kind: 'local', ...place, accounts: [postmaster], forwards: [] }
  }

  /** Answers RCPT for `<Postmaster>` of the host itself (RFC 5321 §4.5.1), which leads to somebody as long as there is an account. */
  async resolvePostmaster(address: Address): Promise<Resolution> {
    const resolution = await this.resolve(address)
    if (resolution.kind !== 'foreign-domain' && resolution.kind !== 'no-such-address') return resolution
    const found = await this.postmasters.ofHost()
    if (found === undefined) return resolution
    const { tenant, account } = found
    return { kind: 'local', tenant, accounts: [account], forwards: [], protection: DEFAULT_PROTECTION }
  }

  /** Where an address's item leads; more reads only where it leads to other addresses. */
  private async lead(place: Place, address: Address, item: Item): Promise<Resolution> {
    const { tenant } = place
    const targets: Targets = {
      accounts: item['accounts'] as readonly AccountId[],
      forwards: (item['forwards'] as readonly string[] | undefined) ?? [],
      quotas: item['quotas'] === true,
    }
    const to = item['movedTo'] as string | undefined
    const moved = to === undefined ? {} : { movedTo: to }
    if (targets.forwards.length === 0) {
      if (to !== undefined && targets.accounts.length === 0) return { kind: 'moved', tenant, to }
      return { kind: 'local', ...place, ...marked(targets), ...moved }
    }
    const expanded = await expandForwards(this.engine.table, tenant, address, targets)
    // A ring of aliases that leads out of nowhere.
    if (expanded.accounts.length === 0 && expanded.forwards.length === 0) return { kind: 'no-such-address', tenant }
    return { kind: 'local', ...place, ...marked(expanded), ...moved }
  }

  /**
   * Sign-in by address and password, the same for every protocol. Throws MailError 'bad-credentials', 'suspended'. The answer takes as long
   * for an address that does not exist.
   */
  async authenticate({ localPart, domain }: Address, password: string): Promise<Account> {
    const id = await this.accountAt({ localPart, domain })
    const tenant = id === undefined ? undefined : tenantOf(id)
    if (tenant !== undefined) return this.tenantStore(tenant).accounts.verify(id, password)
    // Any tenant's accounts will do to say no: what counts is the time that it takes.
    return this.tenantStore('nobody' as TenantId).accounts.verify(undefined, password)
  }

  /** The account that signs in with this address; an alias is no name to sign in with. */
  async accountAt({ localPart, domain }: Address): Promise<AccountId | undefined> {
    const item = await this.engine.table.get(addressKey(foldLocalPart(localPart), domain))
    return item?.['signIn'] as AccountId | undefined
  }

  /** Whether this account may send from the address: it leads to it. */
  async maySendAs(account: AccountId, address: Address): Promise<boolean> {
    const resolution = await this.resolve(address)
    return resolution.kind === 'local' && resolution.accounts.includes(account)
  }

  async tenantExists(tenant: TenantId): Promise<boolean> {
    return (await this.tenantList.get(tenant)) !== undefined
  }

  /** Throws MailError 'in-use'. */
  async createTenant(tenant: TenantId, name: string): Promise<void> {
    await this.tenantList.create(tenant, name)
  }

  tenants(): AsyncGenerator<TenantId> {
    return this.tenantList.ids()
  }

  async domain(name: string): Promise<Domain | undefined> {
    const item = await this.engine.table.get(domainKey(name))
    return (
      item && {
        name,
        tenant: item['tenant'] as TenantId,
        verified: item['verified'] === true,
        suspended: item['suspended'] === true,
      }
    )
  }

  /** Throws MailError 'in-use' where the tenant, or for one that is verified any tenant, has the domain. */
  async addDomain(tenant: TenantId, domain: string, { verified }: { verified: boolean }): Promise<void> {
    await this.domains.add(tenant, domain, { verified })
  }

  /** Makes the account, its mailboxes and its address in one write. Throws MailError 'in-use', 'not-allowed' (not the tenant's domain). */
  async createAccount(
    tenant: TenantId,
    { localPart, domain }: Address,
    password: string,
    options: NewAccount = {},
  ): Promise<AccountId> {
    if ((await this.domain(domain))?.tenant !== tenant)
      throw new MailError('not-allowed', `${domain} is not of ${tenant}`)
    const id = accountId(tenant, this.engine.ids.nonce())
    const creation = await this.tenantStore(tenant).accounts.creation(id, `${localPart}@${domain}`, password, options)
    const quotas = options.quotaOctets === undefined ? {} : { quotas: true }
    const address: Item = {
      ...addressKey(foldLocalPart(localPart), domain),
      tenant,
      accounts: [id],
      signIn: id,
      ...quotas,
    }
    const owned: Operation = { check: domainKey(domain), if: { equals: { tenant } } }
    await this.writeNew([{ put: address, if: { absent: true } }, ...creation, owned], `${localPart}@${domain}`)
    await this.postmasters.remember(tenant, id)
    return id
  }

  /** Where else mail for the account's own address goes. */
  async forwardsOf({ localPart, domain }: Address, account: AccountId): Promise<readonly string[]> {
    const item = await this.engine.table.get(addressKey(foldLocalPart(localPart), domain))
    if (item?.['signIn'] !== account) return [] // the domain, and the address with it, has become another's
    return (item['forwards'] as readonly string[] | undefined) ?? []
  }

  /** Where senders are told to write from now on. */
  async movedTo({ localPart, domain }: Address, account: AccountId): Promise<string | undefined> {
    const item = await this.engine.table.get(addressKey(foldLocalPart(localPart), domain))
    return item?.['signIn'] === account ? (item['movedTo'] as string | undefined) : undefined
  }

  async setMovedTo({ localPart, domain }: Address, account: AccountId, movedTo: string | undefined): Promise<void> {
    const update = addressKey(foldLocalPart(localPart), domain)
    const change = movedTo === undefined ? { remove: ['movedTo'] } : { set: { movedTo } }
    await this.engine.table.write([{ update, ...change, if: { equals: { signIn: account } } }])
  }

  async setForwards({ localPart, domain }: Address, account: AccountId, forwards: readonly string[]): Promise<void> {
    const update = addressKey(foldLocalPart(localPart), domain)
    const change = forwards.length > 0 ? { set: { forwards: [...forwards] } } : { remove: ['forwards'] }
    await this.engine.table.write([{ update, ...change, if: { equals: { signIn: account } } }])
  }

  /** Whether the account has a quota of its own: RCPT asks no further where its address says that it has none. */
  async markQuota({ localPart, domain }: Address, account: AccountId, hasQuota: boolean): Promise<void> {
    const update = addressKey(foldLocalPart(localPart), domain)
    const change = hasQuota ? { set: { quotas: true } } : { remove: ['quotas'] }
    await writeIf(this.engine.table, [{ update, ...change, if: { equals: { signIn: account } } }])
  }

  /** Nothing comes in for the account's own address any more, and nobody signs in with it. Repeatable. */
  async releaseAddress({ localPart, domain }: Address, account: AccountId): Promise<void> {
    const key = addressKey(foldLocalPart(localPart), domain)
    try {
      await this.engine.table.write([{ delete: key, if: { equals: { signIn: account } } }])
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error // released before
    }
  }

  private async writeNew(operations: readonly Operation[], what: string): Promise<void> {
    try {
      await this.engine.table.write(operations)
    } catch (error) {
      if (error instanceof ConflictError) throw new MailError('in-use', `${what} exists already`, { cause: error })
      throw error
    }
  }
}

function marked({
  accounts,
  forwards,
  quotas,
}: Targets): Pick<Extract<Resolution, { kind: 'local' }>, 'accounts' | 'forwards' | 'quotas'> {
  return { accounts, forwards, ...(quotas && { quotas }) }
}
