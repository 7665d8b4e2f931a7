/** The sort keys a query asks for, as a key condition that DynamoDB takes. */
import type { Attributes, Query } from '../../ports/table.ts'

export interface KeyRange {
  /** On `#sk`; undefined for all of them. */
  term: string | undefined
  values: Attributes
  /** The key to start after, only where it lies inside the range: DynamoDB refuses any other. */
  after?: string
}

/** undefined where nothing can match: DynamoDB refuses a range that ends before it begins, and empty keys. */
export function keyRange({ from, to, prefix, reverse = false, after }: Query): KeyRange | undefined {
  if (to === '' || (from && to !== undefined && compareOctets(from, to) > 0)) return undefined
  const range = condition(from, to, prefix)
  if (after === undefined) return range
  const place = prefix ? placeByPrefix(after, prefix) : placeBetween(after, from, to)
  if (place === 'inside') return { ...range, after }
  // Coming from outside the range means all of it, having left it means nothing.
  return (place === 'before') === reverse ? undefined : range
}

function condition(from?: string, to?: string, prefix?: string): KeyRange {
  if (prefix) return { term: 'begins_with(#sk, :prefix)', values: { ':prefix': prefix } }
  if (from && to !== undefined) return { term: '#sk BETWEEN :from AND :to', values: { ':from': from, ':to': to } }
  if (from) return { term: '#sk >= :from', values: { ':from': from } }
  if (to !== undefined) return { term: '#sk <= :to', values: { ':to': to } }
  return { term: undefined, values: {} }
}

type Place = 'before' | 'inside' | 'behind'

function placeBetween(sk: string, from?: string, to?: string): Place {
  if (from && compareOctets(sk, from) < 0) return 'before'
  return to !== undefined && compareOctets(sk, to) > 0 ? 'behind' : 'inside'
}

function placeByPrefix(sk: string, prefix: string): Place {
  if (sk.startsWith(prefix)) return 'inside'
  return compareOctets(sk, prefix) < 0 ? 'before' : 'behind'
}

/** Keys are ordered by their UTF-8, which is not the order of JavaScript's UTF-16. */
function compareOctets(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
