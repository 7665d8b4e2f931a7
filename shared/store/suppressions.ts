import { normaliseDomain } from '../codec/smtp/address.ts'
import type { ContentId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { ConflictError, type Item, queryAll } from '../ports/table.ts'
import { suppressionKey, suppressionsPk } from './keys.ts'
import { type PageOf, type PageRequest, pageOf } from './pages.ts'
import { writeIf } from './write-if.ts'

/** bounce: it is not there. complaint: who reads it does not want more. manual: somebody of the tenant said so. */
export const SUPPRESSION_REASONS = ['bounce', 'complaint', 'manual'] as const
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number]

export interface Suppression {
  /** Folded: as the list compares. */
  address: string
  reason: SuppressionReason
  /** Milliseconds since 1970. */
  since: number
  /** The message that it was about. */
  content?: ContentId
}

/** Addresses elsewhere that a tenant sends nothing to any more: a host that goes on after a bounce or a complaint loses its name. */
export class Suppressions {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** Repeatable: what is on the list stays as it was first put there, and is given back. */
  async add(address: string, reason: SuppressionReason, content?: ContentId): Promise<Suppression> {
    const folded = foldAddress(address)
    const since = this.engine.clock.now()
    const suppression: Suppression = { address: folded, reason, since, ...(content !== undefined && { content }) }
    const key = suppressionKey(this.engine.tenant, folded)
    try {
      await this.engine.table.write([{ put: { ...key, ...suppression }, if: { absent: true } }])
      return suppression
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      return (await this.get(address)) ?? suppression
    }
  }

  /** False where it is not on the list. */
  async remove(address: string): Promise<boolean> {
    const key = suppressionKey(this.engine.tenant, foldAddress(address))
    return writeIf(this.engine.table, [{ delete: key, if: { present: true } }])
  }

  async get(address: string): Promise<Suppression | undefined> {
    const item = await this.engine.table.get(suppressionKey(this.engine.tenant, foldAddress(address)))
    return item && suppressionFrom(item)
  }

  /** Those of the addresses that are on the list, as they were given. One read, half a unit an address. */
  async among(addresses: readonly string[]): Promise<ReadonlySet<string>> {
    const folded = addresses.map(foldAddress)
    const different = [...new Set(folded)]
    const items = await this.engine.table.getMany(different.map((each) => suppressionKey(this.engine.tenant, each)))
    const listed = new Set(different.filter((_, index) => items[index] !== undefined))
    return new Set(addresses.filter((_, index) => listed.has(folded[index]!)))
  }

  /** By the order of the addresses. */
  async page(request: PageRequest): Promise<PageOf<Suppression>> {
    const pk = suppressionsPk(this.engine.tenant)
    const { items, hasMore } = await pageOf(this.engine.table, pk, '', request, 'ascending')
    return { items: items.map(suppressionFrom), hasMore }
  }

  /** Those that are on the list for this reason, by the order of the addresses. */
  async *of(reason: SuppressionReason): AsyncGenerator<Suppression> {
    for await (const item of queryAll(this.engine.table, suppressionsPk(this.engine.tenant))) {
      if (item['reason'] === reason) yield suppressionFrom(item)
    }
  }
}

/** Hosts elsewhere may tell letters of a local part apart (RFC 5321 §2.4); none that people use does, and relays report in their own case. */
function foldAddress(address: string): string {
  const at = address.lastIndexOf('@')
  if (at < 0) return address.toLowerCase()
  return `${address.slice(0, at).toLowerCase()}@${normalised(address.slice(at + 1))}`
}

function normalised(domain: string): string {
  try {
    return normaliseDomain(domain)
  } catch {
    return domain.toLowerCase() // an address literal, or none at all: it compares as it is written
  }
}

function suppressionFrom(item: Item): Suppression {
  const content = item['content'] as ContentId | undefined
  return {
    address: item['address'] as string,
    reason: item['reason'] as SuppressionReason,
    since: item['since'] as number,
    ...(content !== undefined && { content }),
  }
}
