import type { TenantId } from '../mailbox/ids.ts'
import type { Engine } from '../ports/engine.ts'
import type { Item } from '../ports/table.ts'
import { domainClaimKey } from './keys.ts'

/** A tenant's word that a domain is theirs, until DNS proves it. */
export interface DomainClaim {
  id: string
  /** The claimant's own. */
  domainId: string
  name: string
  /** What a TXT record of the domain has to hold. */
  token: string
  /** Milliseconds since 1970. */
  createdAt: number
  expiresAt: number
  completed: boolean
  /** Whom it is taken from: written down before that happens, so that what is left of it can be taken away whenever the claim was cut off. */
  from?: TenantId
}

const TOKEN_OCTETS = 16
const LASTS_MS = 7 * 24 * 60 * 60 * 1000

/** One claim a domain of a tenant. Part of the directory, as what is claimed may be another's. */
export class DomainClaims {
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  async get(tenant: TenantId, domainId: string): Promise<DomainClaim | undefined> {
    const item = await this.engine.table.get(domainClaimKey(tenant, domainId))
    return item && claimFrom(domainId, item)
  }

  /** A new one takes the place of one that is over. */
  async begin(tenant: TenantId, { id: domainId, name }: { id: string; name: string }): Promise<DomainClaim> {
    const standing = await this.get(tenant, domainId)
    const now = this.engine.clock.now()
    if (standing !== undefined && !standing.completed && standing.expiresAt > now) return standing
    const token = Buffer.from(this.engine.ids.random(TOKEN_OCTETS)).toString('hex')
    const id: string = this.engine.ids.content()
    const put: Item = {
      ...domainClaimKey(tenant, domainId),
      id,
      name,
      token,
      createdAt: now,
      expiresAt: now + LASTS_MS,
    }
    await this.engine.table.write([{ put }])
    return claimFrom(domainId, put)
  }

  async takesFrom(tenant: TenantId, domainId: string, from: TenantId): Promise<void> {
    await this.set(tenant, domainId, { from })
  }

  async complete(tenant: TenantId, domainId: string): Promise<void> {
    await this.set(tenant, domainId, { completed: true })
  }

  private async set(tenant: TenantId, domainId: string, set: Record<string, string | boolean>): Promise<void> {
    await this.engine.table.write([{ update: domainClaimKey(tenant, domainId), set, if: { present: true } }])
  }
}

function claimFrom(domainId: string, item: Item): DomainClaim {
  const from = item['from'] as TenantId | undefined
  return {
    id: item['id'] as string,
    domainId,
    name: item['name'] as string,
    token: item['token'] as string,
    createdAt: item['createdAt'] as number,
    expiresAt: item['expiresAt'] as number,
    completed: item['completed'] === true,
    ...(from !== undefined && { from }),
  }
}
