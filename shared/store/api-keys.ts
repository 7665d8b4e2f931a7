import { createHash, timingSafeEqual } from 'node:crypto'
import { type ContentId, isTenantId, type TenantId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import type { Item } from '../ports/table.ts'
import { tenantKey } from '../ports/tenant-engine.ts'
import { CONTENT_ID_OCTETS, contentIdFromOctets, contentIdOctets } from './id-octets.ts'
import { API_KEY_PREFIX, apiKeyKey } from './keys.ts'
import { type PageOf, type PageRequest, pageOf } from './pages.ts'
import { writeIf } from './write-if.ts'

export const PERMISSIONS = ['full_access', 'sending_access'] as const
export type Permission = (typeof PERMISSIONS)[number]

export interface ApiKey {
  id: string
  name: string
  permission: Permission
  /** Sending from this domain alone: its id. */
  domainId?: string
  /** Milliseconds since 1970; exact to a minute. */
  lastUsedAt?: number
  createdAt: number
}

const SECRET_OCTETS = 16
const LAST_USE_EXACT_MS = 60_000

/** Whose key a token is said to be, and which one; undefined where it is none of ours. */
export function parseApiKeyToken(token: string): { tenant: TenantId; id: string } | undefined {
  const [prefix, tenant, ...rest] = token.split('_')
  const octets = Buffer.from(rest.join('_'), 'base64url')
  if (prefix !== 're' || tenant === undefined || !isTenantId(tenant)) return undefined
  if (octets.length !== CONTENT_ID_OCTETS + SECRET_OCTETS) return undefined
  return { tenant, id: contentIdFromOctets(octets) }
}

/** A tenant's API keys: `re_<tenant>_` and, in base64url, the key's id and 128 random bits. Only the SHA-256 of the whole is kept. */
export class ApiKeys {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** The token is shown here and never again. */
  async create(options: {
    name: string
    permission: Permission
    domainId?: string
  }): Promise<{ key: ApiKey; token: string }> {
    const { ids, clock, tenant, table } = this.engine
    const id = ids.content() as string
    const octets = Buffer.concat([contentIdOctets(id as ContentId), ids.random(SECRET_OCTETS)])
    const token = `re_${tenant}_${octets.toString('base64url')}`
    const key = { ...options, createdAt: clock.now() }
    await table.write([{ put: { ...apiKeyKey(tenant, id), ...key, hash: hashOf(token) }, if: { absent: true } }])
    return { key: { id, ...key }, token }
  }

  /** Undefined where the token opens nothing. */
  async verify(token: string): Promise<ApiKey | undefined> {
    const parsed = parseApiKeyToken(token)
    if (parsed === undefined || parsed.tenant !== this.engine.tenant) return undefined
    const item = await this.engine.table.get(apiKeyKey(parsed.tenant, parsed.id))
    if (item === undefined || !timingSafeEqual(item['hash'] as Uint8Array, hashOf(token))) return undefined
    const key = keyFrom(item)
    await this.used(key)
    return key
  }

  async get(id: string): Promise<ApiKey | undefined> {
    const item = await this.engine.table.get(apiKeyKey(this.engine.tenant, id))
    return item && keyFrom(item)
  }

  /** The newest first. */
  async page(request: PageRequest): Promise<PageOf<ApiKey>> {
    const { table, tenant } = this.engine
    const { items, hasMore } = await pageOf(table, tenantKey(tenant), API_KEY_PREFIX, request, 'descending')
    return { items: items.map(keyFrom), hasMore }
  }

  /** False where there is none. */
  async update(id: string, set: { name?: string; permission?: Permission }): Promise<boolean> {
    return this.change({ update: apiKeyKey(this.engine.tenant, id), set, if: { present: true } })
  }

  /** False where there is none. */
  async remove(id: string): Promise<boolean> {
    return this.change({ delete: apiKeyKey(this.engine.tenant, id), if: { present: true } })
  }

  private async used({ id, lastUsedAt = 0 }: ApiKey): Promise<void> {
    const now = this.engine.clock.now()
    if (now - lastUsedAt < LAST_USE_EXACT_MS) return
    await this.change({ update: apiKeyKey(this.engine.tenant, id), set: { lastUsedAt: now }, if: { present: true } })
  }

  private async change(operation: Parameters<TenantEngine['table']['write']>[0][number]): Promise<boolean> {
    return writeIf(this.engine.table, [operation])
  }
}

function hashOf(token: string): Uint8Array {
  return createHash('sha256').update(token).digest()
}

function keyFrom(item: Item): ApiKey {
  const domainId = item['domainId'] as string | undefined
  const lastUsedAt = item['lastUsedAt'] as number | undefined
  return {
    id: item.sk.slice(API_KEY_PREFIX.length),
    name: item['name'] as string,
    permission: item['permission'] as Permission,
    createdAt: item['createdAt'] as number,
    ...(domainId !== undefined && { domainId }),
    ...(lastUsedAt !== undefined && { lastUsedAt }),
  }
}
