import { MailError } from '../mailbox/errors.ts'
import type { TenantId } from '../mailbox/ids.ts'
import { DEFAULT_POP3, type Pop3Settings } from '../mailbox/pop3-settings.ts'
import { limitsWhatComesIn, type TenantLimits } from '../mailbox/tenant-limits.ts'
import type { Engine } from '../ports/engine.ts'
import { type Condition, ConflictError, type Item, queryAll } from '../ports/table.ts'
import { tenantKey } from '../ports/tenant-engine.ts'
import type { Demonstration } from './demonstration.ts'
import { DOMAIN_PREFIX, domainKey, TENANTS_PK, tenantItemKey } from './keys.ts'
import { type PageOf, type PageRequest, pageOf } from './pages.ts'

export interface Tenant {
  id: TenantId
  name: string
  /** Milliseconds since 1970. */
  createdAt: number
  /** Nobody signs in, nothing comes in or goes out, until it is resumed. */
  suspended: boolean
  /** Suspended for good: a job is taking away what it owns. */
  deleting: boolean
  /** Seeded for a demonstration, with credentials that everybody knows. */
  demonstration: boolean
  limits: TenantLimits
  pop3: Pop3Settings
}

export interface TenantChange {
  name?: string
  /** All that there are. */
  limits?: TenantLimits
  pop3?: Pop3Settings
}

/** Who has mail here. Part of the directory, as it reads across tenants. */
export class Tenants {
  private readonly engine: Engine
  private readonly demonstration: Demonstration

  constructor(engine: Engine, demonstration: Demonstration) {
    this.engine = engine
    this.demonstration = demonstration
  }

  /** Throws MailError 'in-use'. */
  async create(
    id: TenantId,
    name: string,
    { demonstration = false }: { demonstration?: boolean } = {},
  ): Promise<Tenant> {
    const createdAt = this.engine.clock.now()
    const put: Item = { ...tenantItemKey(id), name, createdAt, ...(demonstration && { demonstration }) }
    const listed: Item = { pk: TENANTS_PK, sk: id }
    const ends = demonstration ? [] : [this.demonstration.endOperation()]
    try {
      await this.engine.table.write([{ put, if: { absent: true } }, { put: listed }, ...ends])
    } catch (error) {
      if (error instanceof ConflictError) throw new MailError('in-use', `tenant ${id} exists already`, { cause: error })
      throw error
    }
    return tenantFrom(id, put)
  }

  async get(id: TenantId): Promise<Tenant | undefined> {
    const item = await this.engine.table.get(tenantItemKey(id))
    return item && tenantFrom(id, item)
  }

  /** By the order of their ids. */
  async page(request: PageRequest): Promise<PageOf<Tenant>> {
    const { items, hasMore } = await pageOf(this.engine.table, TENANTS_PK, '', request, 'ascending')
    const found = await this.engine.table.getMany(items.map(({ sk }) => tenantItemKey(sk as TenantId)))
    return { items: found.flatMap((item, at) => (item ? [tenantFrom(items[at]!.sk as TenantId, item)] : [])), hasMore }
  }

  async *ids(): AsyncGenerator<TenantId> {
    for await (const { sk } of queryAll(this.engine.table, TENANTS_PK)) yield sk as TenantId
  }

  /** Repeatable. False where there is no such tenant, or it is being deleted. */
  async change(id: TenantId, { name, limits, pop3 }: TenantChange): Promise<boolean> {
    const set = {
      ...(name !== undefined && { name }),
      ...(limits !== undefined && { limits: JSON.stringify(limits) }),
      ...(pop3 !== undefined && { pop3: JSON.stringify(pop3) }),
    }
    try {
      await this.engine.table.write([{ update: tenantItemKey(id), set, if: { present: true, unset: ['deleting'] } }])
    } catch (error) {
      if (error instanceof ConflictError) return false
      throw error
    }
    if (limits !== undefined) await this.markDomains(id, { limited: limitsWhatComesIn(limits) })
    return true
  }

  /** Repeatable. False where there is no such tenant, or it is being deleted. */
  async setSuspended(id: TenantId, suspended: boolean): Promise<boolean> {
    return this.mark(id, { suspended }, { present: true, unset: ['deleting'] })
  }

  /** From here on it has no way back. Repeatable; false where there is no such tenant. */
  async setDeleting(id: TenantId): Promise<boolean> {
    return this.mark(id, { suspended: true, deleting: true }, { present: true })
  }

  /** The last step of a deletion, when nothing of the tenant is left. */
  async forget(id: TenantId): Promise<void> {
    await this.engine.table.write([{ delete: tenantItemKey(id) }, { delete: { pk: TENANTS_PK, sk: id } }])
  }

  /** RCPT reads the domain alone, so the mark is on each domain too. */
  private async mark(id: TenantId, set: { suspended: boolean; deleting?: true }, condition: Condition) {
    try {
      await this.engine.table.write([{ update: tenantItemKey(id), set, if: condition }])
    } catch (error) {
      if (error instanceof ConflictError) return false
      throw error
    }
    await this.markDomains(id, { suspended: set.suspended })
    return true
  }

  private async markDomains(id: TenantId, set: { suspended: boolean } | { limited: boolean }): Promise<void> {
    for await (const { name } of queryAll(this.engine.table, tenantKey(id), { prefix: DOMAIN_PREFIX })) {
      await this.markDomain(id, name as string, set)
    }
  }

  private async markDomain(
    tenant: TenantId,
    name: string,
    set: { suspended: boolean } | { limited: boolean },
  ): Promise<void> {
    try {
      await this.engine.table.write([{ update: domainKey(name), set, if: { present: true, equals: { tenant } } }])
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error // not verified, so that no mail comes in for it anyway
    }
  }
}

function tenantFrom(id: TenantId, item: Item): Tenant {
  return {
    id,
    name: item['name'] as string,
    createdAt: item['createdAt'] as number,
    suspended: item['suspended'] === true,
    deleting: item['deleting'] === true,
    demonstration: item['demonstration'] === true,
    limits: limitsFrom(item),
    pop3: pop3From(item),
  }
}

/** Of a tenant's item. */
export function pop3From(item: Item | undefined): Pop3Settings {
  const kept = item?.['pop3'] as string | undefined
  return kept === undefined ? DEFAULT_POP3 : { ...DEFAULT_POP3, ...(JSON.parse(kept) as Partial<Pop3Settings>) }
}

/** Of a tenant's item. */
export function limitsFrom(item: Item | undefined): TenantLimits {
  const limits = item?.['limits'] as string | undefined
  return limits === undefined ? {} : JSON.parse(limits)
}
