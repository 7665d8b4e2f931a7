/**
 * Items under (pk, sk), shaped by what DynamoDB offers: consistent single reads, ordered queries within one pk, and writes of up
 * to 100 conditional operations, all or nothing. No secondary index, no scan.
 */

/** `pk` ≤ 2,048 octets, `sk` ≤ 1,024 octets of UTF-8; neither is empty. Items of one pk are ordered by the octets of their sk. */
export interface Key {
  pk: string
  sk: string
}

/** A `Set<string>` is never empty in an item: taking its last element out removes the attribute, as DynamoDB does. */
export type Value = string | number | boolean | Uint8Array | Set<string> | readonly string[]
export type Attributes = Record<string, Value>
/** ≤ 400 KB with its names (`MAX_ITEM_OCTETS`). An attribute `expires` (seconds since 1970) lets the engine remove it some time after. */
export type Item = Key & Attributes

/** All that is given must hold of the item as it is before the write. Equality is of strings, numbers, booleans and octets. */
export interface Condition {
  absent?: true
  present?: true
  equals?: Record<string, string | number | boolean | Uint8Array>
  /** Attributes the item (which may be absent) does not have. */
  unset?: readonly string[]
}

export type Operation =
  | { put: Item; if?: Condition }
  | {
      update: Key
      /** Attributes to assign. */
      set?: Attributes
      /** Numbers to add to an attribute (absent counts as 0), or elements to add to a set (absent counts as empty). */
      add?: Record<string, number | Set<string>>
      /** Elements to take out of sets. */
      drop?: Record<string, Set<string>>
      /** Attributes to remove. */
      remove?: readonly string[]
      /** An update makes the item where there is none, unless this asks for `present`. */
      if?: Condition
    }
  | { delete: Key; if?: Condition }
  | { check: Key; if: Condition }

export interface Query {
  /** First sk wanted, inclusive. */
  from?: string
  /** Last sk wanted, inclusive. */
  to?: string
  /** Only sk that begin with this; instead of `from` and `to`. */
  prefix?: string
  reverse?: boolean
  /** Items a page holds at most; a page also ends at 1 MB. */
  limit?: number
  /** `next` of the page before. */
  after?: string
}

export interface Page {
  items: Item[]
  /** There may be more: ask again with `after`. A page may be empty and still have a `next`. */
  next?: string
}

export const MAX_ITEM_OCTETS = 400 * 1024
export const MAX_WRITE_OPERATIONS = 100
export const MAX_WRITE_OCTETS = 4 * 1024 * 1024

export interface Table {
  /** Sees every write that was acknowledged before the call, as do `getMany` and `query`. */
  get(key: Key): Promise<Item | undefined>
  /** In the order of `keys`, any number of them, not a snapshot: each is read on its own. */
  getMany(keys: readonly Key[]): Promise<(Item | undefined)[]>
  query(pk: string, query?: Query): Promise<Page>
  /**
   * 1–100 operations on different keys, all or nothing, durable when it resolves. Throws `ConflictError` where conditions failed,
   * `ThrottledError` where nothing was done and a later try may succeed (`DiskError` of them: only when somebody has seen to it), `OutcomeUnknownError` where it may or may not have been done
   * and re-reading could not tell. RangeError for what no engine can take (sizes, repeated keys).
   */
  write(operations: readonly Operation[]): Promise<void>
  /**
   * 1–100 operations, each by itself and after those before it, where an engine does many for less than a `write` of each. Resolves to the indices of those
   * whose condition did not hold. Throws as `write`; none is done then that cannot be done again.
   */
  writeEach?(operations: readonly Operation[]): Promise<readonly number[]>
}

/** Nothing was written. `failed` holds the indices of the operations whose condition did not hold; empty where the engine cannot say. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  readonly failed: readonly number[]

  constructor(failed: readonly number[]) {
    super(`conditions failed: ${failed.join(', ') || 'contended'}`)
    this.failed = failed
  }
}

/** Nothing was done; try again later. */
export class ThrottledError extends Error {
  override readonly name: string = 'ThrottledError'
}

/** Nothing was done, as the disk refuses to be written to: trying again at once is of no use. */
export class DiskError extends ThrottledError {
  override readonly name: string = 'DiskError'
}

/** There is no room on the volume: until somebody makes some. */
export class NoRoomError extends DiskError {
  override readonly name = 'NoRoomError'
}

/** The answer was lost: the call may have been carried out, or may yet be. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError'
}

/** Every item of a query, page by page. */
export async function* queryAll(
  table: Pick<Table, 'query'>,
  pk: string,
  query: Omit<Query, 'after'> = {},
): AsyncGenerator<Item> {
  let after: string | undefined
  do {
    const page: Page = await table.query(pk, after === undefined ? query : { ...query, after })
    yield* page.items
    after = page.next
  } while (after !== undefined)
}
