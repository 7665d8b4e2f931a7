import { type Item, queryAll, type Table } from '../ports/table.ts'

/** A piece of a list, from one of its ids on: `after` it, or `before` it, as the list shows them. */
export interface PageRequest {
  limit: number
  after?: string | undefined
  before?: string | undefined
}

export interface PageOf<T> {
  items: T[]
  /** There is more in the direction that was asked for. */
  hasMore: boolean
}

/** Sorts after every id there is. */
const LAST = '\u{10ffff}'
/** Sorts before every id there is; no key may be empty. */
const FIRST = ' '

/** Items whose sk are `prefix` and an id. An id that does not exist (any more) still has its place. */
export async function pageOf(
  table: Pick<Table, 'query'>,
  pk: string,
  prefix: string,
  { limit, after, before }: PageRequest,
  order: 'ascending' | 'descending',
): Promise<PageOf<Item>> {
  const backwards = before !== undefined
  const reverse = (order === 'descending') !== backwards
  const bound = before ?? after
  const place = bound === undefined ? undefined : `${prefix}${bound}`
  const range = reverse
    ? { from: prefix || FIRST, to: place ?? `${prefix}${LAST}` }
    : { from: place ?? (prefix || FIRST), to: `${prefix}${LAST}` }
  const items: Item[] = []
  for await (const item of queryAll(table, pk, { ...range, reverse, limit: limit + 2 })) {
    if (item.sk === place) continue
    items.push(item)
    if (items.length > limit) break
  }
  const page = items.slice(0, limit)
  return { items: backwards ? page.reverse() : page, hasMore: items.length > limit }
}

/** As `pageOf`, of a list that is in memory already. */
export function pageOfArray<T>(
  all: readonly T[],
  idOf: (element: T) => string,
  { limit, after, before }: PageRequest,
): PageOf<T> {
  const placeOf = (id: string) => all.findIndex((element) => idOf(element) === id)
  if (before !== undefined) {
    const end = Math.max(placeOf(before), 0)
    return { items: all.slice(Math.max(0, end - limit), end), hasMore: end > limit }
  }
  const place = after === undefined ? -1 : placeOf(after)
  const start = after !== undefined && place < 0 ? all.length : place + 1
  return { items: all.slice(start, start + limit), hasMore: start + limit < all.length }
}
