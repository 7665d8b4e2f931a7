import { type Address, foldLocalPart } from '../mailbox/address.ts'
import { MailError } from '../mailbox/errors.ts'
import { type AccountId, type TenantId, tenantOf } from '../mailbox/ids.ts'
import type { Engine } from '../ports/engine.ts'
import { ConflictError, type Item, type Key, type Operation, queryAll } from '../ports/table.ts'
import { tenantKey } from '../ports/tenant-engine.ts'
import { ALIAS_PREFIX, accountKey, addressKey, aliasKey, domainKey } from './keys.ts'
import { type PageOf, type PageRequest, pageOf } from './pages.ts'
import { writeIf } from './write-if.ts'

/** An address that leads to accounts of its tenant; local part `*` takes what no other address of the domain does. */
export interface Alias {
  /** Folded: as addresses compare. */
  address: string
  accounts: readonly AccountId[]
  /** Addresses elsewhere that get it too, or other aliases of the tenant. */
  forwards: readonly string[]
  /** Senders are told to write there from now on: with targets by 251, without any by 551 (RFC 5321 §3.4). */
  movedTo?: string
}

export type AliasTargets = Omit<Alias, 'address'>

/** Addresses that are no accounts'. Part of the directory, as it reads across tenants: an address hangs on its domain. */
export class Aliases {
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Throws MailError 'in-use', 'not-allowed' (the domain or an account is not the tenant's). */
  async add(tenant: TenantId, address: Address, targets: AliasTargets): Promise<Alias> {
    const { put, listed, alias } = await this.items(tenant, address, targets)
    try {
      await this.engine.table.write([ownDomain(tenant, address), { put, if: { absent: true } }, { put: listed }])
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      throw new MailError('in-use', `${alias.address} exists already`, { cause: error })
    }
    await this.markAgain(tenant, put)
    return alias
  }

  /** False where the tenant has no such alias. Throws MailError 'not-allowed'. */
  async change(tenant: TenantId, address: Address, targets: AliasTargets): Promise<boolean> {
    const { put, listed } = await this.items(tenant, address, targets)
    const isDone = await this.write([
      { put, if: { equals: { tenant }, unset: ['signIn'] } },
      { put: listed, if: { present: true } },
    ])
    if (isDone) await this.markAgain(tenant, put)
    return isDone
  }

  /**
   * The accounts have a quota of their own: RCPT has to ask for it where an alias leads to one of them. To be called once they have. The mark goes when an alias is
   * changed and none of its accounts has one. Repeatable.
   */
  async markQuotas(tenant: TenantId, withQuota: ReadonlySet<AccountId>): Promise<void> {
    for await (const { address, accounts } of this.all(tenant)) {
      if (!accounts.some((account) => withQuota.has(account))) continue
      const at = address.lastIndexOf('@')
      await this.mark(tenant, addressKey(address.slice(0, at), address.slice(at + 1)))
    }
  }

  async get(tenant: TenantId, address: Address): Promise<Alias | undefined> {
    const item = await this.engine.table.get(aliasKey(tenant, format(address)))
    return item && aliasFrom(item)
  }

  /** By the order of the addresses. */
  async page(tenant: TenantId, request: PageRequest): Promise<PageOf<Alias>> {
    const { items, hasMore } = await pageOf(this.engine.table, tenantKey(tenant), ALIAS_PREFIX, request, 'ascending')
    return { items: items.map(aliasFrom), hasMore }
  }

  async *all(tenant: TenantId): AsyncGenerator<Alias> {
    for await (const item of queryAll(this.engine.table, tenantKey(tenant), { prefix: ALIAS_PREFIX })) {
      yield aliasFrom(item)
    }
  }

  /** False where the tenant has no such alias. */
  async remove(tenant: TenantId, address: Address): Promise<boolean> {
    return this.write([
      { delete: addressKey(foldLocalPart(address.localPart), address.domain), if: { equals: { tenant } } },
      { delete: aliasKey(tenant, format(address)), if: { present: true } },
    ])
  }

  /** Of an alias whose domain is not the tenant's any more, what is left in the tenant's own list. Repeatable. */
  async forget(tenant: TenantId, address: string): Promise<void> {
    await this.engine.table.write([{ delete: aliasKey(tenant, address) }])
  }

  private async items(tenant: TenantId, address: Address, { accounts, forwards, movedTo }: AliasTargets) {
    const { localPart, domain } = address
    const owner = (await this.engine.table.get(domainKey(domain)))?.['tenant']
    if (owner !== tenant || accounts.some((account) => tenantOf(account) !== tenant)) {
      throw new MailError('not-allowed', `${domain} or an account is not of ${tenant}`)
    }
    const targets = {
      accounts: [...accounts],
      ...(forwards.length > 0 && { forwards: [...forwards] }),
      ...(movedTo !== undefined && { movedTo }),
    }
    const quotas = (await this.anyQuota(accounts)) ? { quotas: true } : {}
    const put: Item = { ...addressKey(foldLocalPart(localPart), domain), tenant, ...targets, ...quotas }
    const listed: Item = { ...aliasKey(tenant, format(address)), ...targets }
    return { put, listed, alias: aliasFrom(listed) }
  }

  /** Who gave an account a quota meanwhile may have listed the aliases before this one was there. */
  private async markAgain(tenant: TenantId, put: Item): Promise<void> {
    if (put['quotas'] === true || !(await this.anyQuota(put['accounts'] as AccountId[]))) return
    await this.mark(tenant, { pk: put.pk, sk: put.sk })
  }

  private async mark(tenant: TenantId, update: Key): Promise<void> {
    await this.write([{ update, set: { quotas: true }, if: { equals: { tenant }, unset: ['signIn'] } }])
  }

  private async anyQuota(accounts: readonly AccountId[]): Promise<boolean> {
    const items = await this.engine.table.getMany([...new Set(accounts)].map(accountKey))
    return items.some((item) => item?.['quotaOctets'] !== undefined)
  }

  private async write(operations: readonly Operation[]): Promise<boolean> {
    return writeIf(this.engine.table, operations)
  }
}

function ownDomain(tenant: TenantId, { domain }: Address): Operation {
  return { check: domainKey(domain), if: { equals: { tenant } } }
}

function format({ localPart, domain }: Address): string {
  return `${foldLocalPart(localPart)}@${domain}`
}

function aliasFrom(item: Item): Alias {
  return {
    address: item.sk.slice(ALIAS_PREFIX.length),
    accounts: item['accounts'] as AccountId[],
    forwards: (item['forwards'] as string[] | undefined) ?? [],
    ...(item['movedTo'] !== undefined && { movedTo: item['movedTo'] as string }),
  }
}
