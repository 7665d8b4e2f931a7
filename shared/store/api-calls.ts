import type { ContentId } from '../mailbox/ids.ts'
import { dayOf } from '../mailbox/usage.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { type Item, queryAll } from '../ports/table.ts'
import { apiCallsKey, apiCallsPk } from './keys.ts'
import type { PageOf, PageRequest } from './pages.ts'
import type { Usage } from './usage.ts'

export interface ApiCall {
  /** Milliseconds since 1970. */
  at: number
  method: string
  /** Without its query. */
  path: string
  status: number
  userAgent: string | null
}

export interface LoggedCall extends ApiCall {
  id: string
}

const KEPT_MS = 30 * 24 * 60 * 60 * 1000
const FIRST = ' '
const LAST = '\u{10ffff}'

/**
 * Calls of the HTTP API, never their bodies. Several are one item, as a call must not cost a write; they are counted in the same write, so that
 * the count is a recount of the log.
 */
export class ApiCalls {
  private readonly engine: TenantEngine
  private readonly usage: Usage

  constructor(engine: TenantEngine, usage: Usage) {
    this.engine = engine
    this.usage = usage
  }

  /** In the order in which they came. */
  async add(calls: readonly ApiCall[]): Promise<void> {
    const { table, ids, clock, tenant } = this.engine
    const byDay = new Map<string, number>()
    for (const { at } of calls) byDay.set(dayOf(at), (byDay.get(dayOf(at)) ?? 0) + 1)
    const expires = Math.ceil((clock.now() + KEPT_MS) / 1000)
    const put: Item = { ...apiCallsKey(tenant, ids.content()), calls: JSON.stringify(calls), expires }
    const counted = [...byDay].map(([day, apiCalls]) => this.usage.counting(day, undefined, { apiCalls }))
    await table.write([{ put }, ...counted])
  }

  async get(id: string): Promise<LoggedCall | undefined> {
    const place = parseId(id)
    const item = place && (await this.engine.table.get(apiCallsKey(this.engine.tenant, place.item)))
    return item && callsIn(item).find((call) => call.id === id)
  }

  /** About the newest first: in the order in which they were written down. */
  async page({ limit, after, before }: PageRequest): Promise<PageOf<LoggedCall>> {
    const isForward = before !== undefined
    const place = before ?? after
    const bound = place === undefined ? undefined : parseId(place)
    if (place !== undefined && bound === undefined) return { items: [], hasMore: false }
    const range = isForward
      ? { from: bound!.item, to: LAST }
      : { from: FIRST, to: bound === undefined ? LAST : bound.item, reverse: true }
    const found: LoggedCall[] = []
    for await (const item of queryAll(this.engine.table, apiCallsPk(this.engine.tenant), range)) {
      const calls = callsIn(item).filter((_, index) => {
        if (bound === undefined || item.sk !== bound.item) return true
        return isForward ? index > bound.index : index < bound.index
      })
      found.push(...(isForward ? calls : calls.reverse()))
      if (found.length > limit) break
    }
    const items = found.slice(0, limit)
    return { items: isForward ? items.reverse() : items, hasMore: found.length > limit }
  }
}

function callsIn(item: Item): LoggedCall[] {
  const calls = JSON.parse(item['calls'] as string) as ApiCall[]
  return calls.map((call, index) => ({ ...call, id: `${item.sk}.${index}` }))
}

function parseId(id: string): { item: ContentId; index: number } | undefined {
  const [item, index, ...rest] = id.split('.')
  if (item === undefined || item === '' || index === undefined || rest.length > 0) return undefined
  return { item: item as ContentId, index: Number(index) }
}
