import { type AccountId, accountId, type TenantId } from '../mailbox/ids.ts'
import type { Engine } from '../ports/engine.ts'
import { ConflictError } from '../ports/table.ts'
import { tenantKey } from '../ports/tenant-engine.ts'
import { ACCOUNT_LIST_PREFIX, accountKey, TENANTS_PK, tenantItemKey } from './keys.ts'

export const POSTMASTER = 'postmaster'

/**
 * Who reads what is written to a postmaster where nobody made that address: every domain that takes mail has one (RFC 5321 §4.5.1). It is the
 * tenant's first account, and any other once that is gone. Part of the directory, as it reads across tenants.
 */
export class Postmasters {
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** undefined where the tenant has no account. */
  async of(tenant: TenantId): Promise<AccountId | undefined> {
    const { table } = this.engine
    const first = (await table.get(tenantItemKey(tenant)))?.[POSTMASTER] as AccountId | undefined
    if (first !== undefined && (await table.get(accountKey(first))) !== undefined) return first
    const { items } = await table.query(tenantKey(tenant), { prefix: ACCOUNT_LIST_PREFIX, limit: 1 })
    return items[0] && accountId(tenant, items[0].sk.slice(ACCOUNT_LIST_PREFIX.length))
  }

  /** For `<Postmaster>` of a host that is no tenant's domain: that of the first tenant by name, unless the operator set an address. */
  async ofHost(): Promise<{ tenant: TenantId; account: AccountId } | undefined> {
    const { items } = await this.engine.table.query(TENANTS_PK, { limit: 1 })
    const tenant = items[0]?.sk as TenantId | undefined
    const account = tenant && (await this.of(tenant))
    return tenant && account && { tenant, account }
  }

  /** Remembers the first account of a tenant; of later ones nothing. */
  async remember(tenant: TenantId, account: AccountId): Promise<void> {
    const set = { [POSTMASTER]: account }
    try {
      await this.engine.table.write([
        { update: tenantItemKey(tenant), set, if: { present: true, unset: [POSTMASTER] } },
      ])
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
    }
  }
}
