import { type Address, foldLocalPart, withoutDetail } from '../mailbox/address.ts'
import { MailError } from '../mailbox/errors.ts'
import { type AccountId, accountId, type TenantId, tenantOf } from '../mailbox/ids.ts'
import type { Engine } from '../ports/engine.ts'
import { ConflictError, type Item, type Operation, queryAll } from '../ports/table.ts'
import type { Account } from './accounts.ts'
import { addressKey, CATCH_ALL, domainKey, TENANTS_PK, tenantItemKey } from './keys.ts'
import type { TenantStore } from './store.ts'

/** Where an address leads. */
export type Resolution =
  | { kind: 'local'; tenant: TenantId; accounts: readonly AccountId[] }
  /** No tenant of ours has the domain (or has proved that it is theirs). */
  | { kind: 'foreign-domain' }
  | { kind: 'no-such-address'; tenant: TenantId }
  | { kind: 'suspended'; tenant: TenantId }

export interface Domain {
  name: string
  tenant: TenantId
  verified: boolean
  suspended: boolean
}

/** Whose domains and addresses they are: the only store that reads across tenants. */
export class Directory {
  private readonly engine: Engine
  private readonly tenantStore: (tenant: TenantId) => TenantStore

  constructor(engine: Engine, tenantStore: (tenant: TenantId) => TenantStore) {
    this.engine = engine
    this.tenantStore = tenantStore
  }

  /** Answers RCPT: one read of the domain, the address, the address without its detail, and the catch-all. */
  async resolve({ localPart, domain }: Address): Promise<Resolution> {
    const folded = foldLocalPart(localPart)
    const base = withoutDetail(folded)
    const locals = [folded, ...(base === undefined ? [] : [base]), CATCH_ALL]
    const keys = [domainKey(domain), ...locals.map((local) => addressKey(local, domain))]
    const [owner, ...addresses] = await this.engine.table.getMany(keys)
    if (owner === undefined || owner['verified'] !== true) return { kind: 'foreign-domain' }
    const tenant = owner['tenant'] as TenantId
    if (owner['suspended'] === true) return { kind: 'suspended', tenant }
    const found = addresses.find((item) => item !== undefined)
    if (found === undefined) return { kind: 'no-such-address', tenant }
    return { kind: 'local', tenant, accounts: found['accounts'] as readonly AccountId[] }
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
    return (await this.engine.table.get(tenantItemKey(tenant))) !== undefined
  }

  /** Throws MailError 'in-use'. */
  async createTenant(tenant: TenantId, name: string): Promise<void> {
    const put: Item = { ...tenantItemKey(tenant), name, createdAt: this.engine.clock.now() }
    const listed: Item = { pk: TENANTS_PK, sk: tenant }
    await this.writeNew([{ put, if: { absent: true } }, { put: listed }], `tenant ${tenant}`)
  }

  async *tenants(): AsyncGenerator<TenantId> {
    for await (const { sk } of queryAll(this.engine.table, TENANTS_PK)) yield sk as TenantId
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

  /** Throws MailError 'in-use' where any tenant has the domain. */
  async addDomain(tenant: TenantId, domain: string, { verified }: { verified: boolean }): Promise<void> {
    const put: Item = { ...domainKey(domain), tenant, verified, createdAt: this.engine.clock.now() }
    await this.writeNew([{ put, if: { absent: true } }], `domain ${domain}`)
  }

  /** Makes the account, its mailboxes and its address in one write. Throws MailError 'in-use', 'not-allowed' (not the tenant's domain). */
  async createAccount(tenant: TenantId, { localPart, domain }: Address, password: string): Promise<AccountId> {
    if ((await this.domain(domain))?.tenant !== tenant)
      throw new MailError('not-allowed', `${domain} is not of ${tenant}`)
    const id = accountId(tenant, this.engine.ids.nonce())
    const creation = await this.tenantStore(tenant).accounts.creation(id, `${localPart}@${domain}`, password)
    const address: Item = { ...addressKey(foldLocalPart(localPart), domain), tenant, accounts: [id], signIn: id }
    await this.writeNew([{ put: address, if: { absent: true } }, ...creation], `${localPart}@${domain}`)
    return id
  }

  /** An address that leads to accounts of the same tenant; local part `*` takes what no other address does. Throws MailError 'in-use'. */
  async addAlias(tenant: TenantId, { localPart, domain }: Address, accounts: readonly AccountId[]): Promise<void> {
    if ((await this.domain(domain))?.tenant !== tenant || accounts.some((account) => tenantOf(account) !== tenant)) {
      throw new MailError('not-allowed', `${domain} or an account is not of ${tenant}`)
    }
    const put: Item = { ...addressKey(foldLocalPart(localPart), domain), tenant, accounts: [...accounts] }
    await this.writeNew([{ put, if: { absent: true } }], `${localPart}@${domain}`)
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
