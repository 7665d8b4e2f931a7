import type { TenantId } from '../mailbox/ids.ts'
import type { Engine } from '../ports/engine.ts'
import type { Item } from '../ports/table.ts'
import { deletionKey, deletionPrefix } from './keys.ts'
import type { Tenant } from './tenants.ts'

/** What went with a tenant, as far as it was seen to go: a step that was cut off and done again counts what was left. */
export interface Removed {
  accounts: number
  domains: number
  aliases: number
  /** Objects, with each version that the engine kept of them. */
  versions: number
  octets: number
}

export interface Deletion extends Removed {
  tenant: TenantId
  name: string
  /** Milliseconds since 1970. */
  requestedAt: number
  /** When nothing was left; absent while there is. */
  finishedAt?: number
}

const NOTHING: Removed = { accounts: 0, domains: 0, aliases: 0, versions: 0, octets: 0 }

/** Certificates of tenants that were deleted, which outlive them. The operator's, as the list of tenants is. */
export class Deletions {
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Of the tenant that is there now. Repeatable. */
  async begin({ id, name, createdAt }: Tenant): Promise<Deletion> {
    const standing = await this.newest(id)
    if (standing !== undefined && standing.requestedAt >= createdAt) return standing
    const requestedAt = Math.max(this.engine.clock.now(), createdAt)
    const put: Item = { ...deletionKey(id, requestedAt), name, requestedAt, ...NOTHING }
    await this.engine.table.write([{ put }])
    return deletionFrom(id, put)
  }

  /** Of the last tenant of that id. */
  async newest(id: TenantId): Promise<Deletion | undefined> {
    const { pk, sk: prefix } = deletionPrefix(id)
    const { items } = await this.engine.table.query(pk, { prefix, reverse: true, limit: 1 })
    return items[0] && deletionFrom(id, items[0])
  }

  async add({ tenant, requestedAt }: Deletion, removed: Partial<Removed>): Promise<void> {
    await this.engine.table.write([
      { update: deletionKey(tenant, requestedAt), add: { ...removed }, if: { present: true } },
    ])
  }

  async finish({ tenant, requestedAt, finishedAt }: Deletion): Promise<void> {
    if (finishedAt !== undefined) return
    const set = { finishedAt: this.engine.clock.now() }
    await this.engine.table.write([{ update: deletionKey(tenant, requestedAt), set, if: { present: true } }])
  }
}

function deletionFrom(tenant: TenantId, item: Item): Deletion {
  const number = (name: string) => item[name] as number
  const finishedAt = item['finishedAt'] as number | undefined
  return {
    tenant,
    name: item['name'] as string,
    requestedAt: number('requestedAt'),
    accounts: number('accounts'),
    domains: number('domains'),
    aliases: number('aliases'),
    versions: number('versions'),
    octets: number('octets'),
    ...(finishedAt !== undefined && { finishedAt }),
  }
}
