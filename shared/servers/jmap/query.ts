import { bool, id, int, isObject, optional, type Reader, text, unsigned, withDefault } from './arguments.ts'
import { invalidArguments, MethodError } from './method.ts'

/** Of one filter; a query beyond is nobody's search. */
const MOST_CONDITIONS = 1000
const MOST_LEVELS = 50
const MOST_COMPARATORS = 20

/** Undefined: more must be known of it. */
export type Test<T> = (item: T) => boolean | undefined

const anything: Reader<unknown> = (value) => value

/** Arguments of every /query (RFC 8620 §5.5), for `readArguments`. */
export const QUERY_ARGS = {
  filter: anything,
  sort: anything,
  position: withDefault(int, 0),
  anchor: optional(id),
  anchorOffset: withDefault(int, 0),
  limit: optional(unsigned),
  calculateTotal: withDefault(bool, false),
}

/** Arguments of every /queryChanges (RFC 8620 §5.6). */
export const QUERY_CHANGES_ARGS = {
  filter: anything,
  sort: anything,
  sinceQueryState: text,
  maxChanges: optional(unsigned),
  upToId: optional(id),
  calculateTotal: withDefault(bool, false),
}

/** A FilterOperator or FilterCondition; `condition` makes a test of one condition. Null is every item. */
export function readFilter<T>(filter: unknown, condition: (given: Record<string, unknown>) => Test<T>): Test<T> {
  if (filter === undefined || filter === null) return () => true
  let left = MOST_CONDITIONS
  const read = (given: unknown, level: number): Test<T> => {
    left -= 1
    if (left < 0 || level > MOST_LEVELS) throw new MethodError('unsupportedFilter', 'The filter is too long.')
    if (!isObject(given)) throw invalidArguments('A filter is an object.', 'filter')
    if (!Object.hasOwn(given, 'operator')) return condition(given)
    const { operator, conditions, ...more } = given
    if (!Array.isArray(conditions) || Object.keys(more).length > 0) {
      throw invalidArguments('An operator has conditions, and nothing else.', 'filter')
    }
    const tests = conditions.map((one) => read(one, level + 1))
    if (operator === 'AND') return every(tests)
    if (operator === 'OR') return not(every(tests.map(not)))
    if (operator === 'NOT') return every(tests.map(not))
    throw invalidArguments('An operator is AND, OR or NOT.', 'filter')
  }
  return read(filter, 0)
}

export function every<T>(tests: readonly Test<T>[]): Test<T> {
  return (item) => {
    let result: boolean | undefined = true
    for (const test of tests) {
      const one = test(item)
      if (one === false) return false
      if (one === undefined) result = undefined
    }
    return result
  }
}

export function not<T>(test: Test<T>): Test<T> {
  return (item) => {
    const result = test(item)
    return result === undefined ? undefined : !result
  }
}

/** A Comparator (RFC 8620 §5.5) with what the type adds to it. */
export interface Comparator {
  property: string
  isAscending: boolean
  more: Record<string, unknown>
}

const COLLATIONS = ['i;ascii-casemap', 'i;unicode-casemap']

export function readSort(sort: unknown, known: readonly string[]): Comparator[] {
  if (sort === undefined || sort === null) return []
  if (!Array.isArray(sort)) throw invalidArguments('sort is to be a list.', 'sort')
  if (sort.length > MOST_COMPARATORS) throw new MethodError('unsupportedSort', 'There are too many comparators.')
  return sort.map((given) => {
    if (!isObject(given)) throw invalidArguments('A comparator is an object.', 'sort')
    const { property, isAscending = true, collation = null, ...more } = given
    if (typeof property !== 'string' || typeof isAscending !== 'boolean') {
      throw invalidArguments('A comparator has a property, and may be ascending or not.', 'sort')
    }
    const unknownCollation = collation !== null && !COLLATIONS.includes(collation as string)
    if (!known.includes(property) || unknownCollation) {
      throw new MethodError('unsupportedSort', `Nothing is sorted by ${property.slice(0, 100)} in that way.`)
    }
    return { property, isAscending, more }
  })
}

interface Window {
  position: number
  anchor: string | undefined
  anchorOffset: number
  limit: number | undefined
  calculateTotal: boolean
}

/** The part of the results that is asked for (RFC 8620 §5.5). `most`: what is answered at once. Throws MethodError 'anchorNotFound'. */
export function windowOf(
  { position, anchor, anchorOffset, limit, calculateTotal }: Window,
  results: { length: number; indexOf(id: string): number; slice(from: number, to: number): string[] },
  most = Number.POSITIVE_INFINITY,
) {
  let from = position < 0 ? Math.max(0, results.length + position) : position
  if (anchor !== undefined) {
    const index = results.indexOf(anchor)
    if (index < 0) throw new MethodError('anchorNotFound')
    from = Math.max(0, index + anchorOffset)
  }
  const clamped = Math.min(limit ?? Number.POSITIVE_INFINITY, most)
  const imposed = Number.isFinite(clamped) && clamped !== limit && results.length - from > clamped
  return {
    position: from,
    ids: results.slice(from, from + clamped),
    ...(calculateTotal && { total: results.length }),
    ...(imposed && { limit: clamped }),
  }
}

/** Throws MethodError 'tooManyChanges'. */
export function refuseTooMany(changes: number, maxChanges: number | undefined): void {
  if (maxChanges !== undefined && changes > maxChanges) throw new MethodError('tooManyChanges')
}
