/** Ids of contents tell when they were made, and sort by it: a UUIDv7 begins with 48 bits of milliseconds since 1970 (RFC 9562 §5.7). */
import type { ContentId } from './ids.ts'

const TIME_HEX = 12

/** Milliseconds since 1970; NaN for what is no id. */
export function idTime(id: string): number {
  return Number.parseInt(id.slice(0, TIME_HEX + 1).replace('-', ''), 16)
}

/** What every id that was made at that time or later sorts after. */
export function idPrefixAt(ms: number): string {
  const hex = ms.toString(16).padStart(TIME_HEX, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}

/** The first id of a millisecond: the same for the same time. */
export function firstIdAt(ms: number): ContentId {
  return `${idPrefixAt(ms)}-7000-8000-000000000000` as ContentId
}
