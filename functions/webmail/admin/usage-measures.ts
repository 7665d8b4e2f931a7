import { sizeText } from '../text/sizes.ts'
import type { Counts } from './types.ts'

/** Something that usage is shown by. */
export interface Measure {
  id: string
  name: string
  kind: 'count' | 'octets' | 'dollars'
  ofAccounts?: true
}

export const MEASURES: readonly Measure[] = [
  { id: 'messages_in', name: 'Messages in', kind: 'count', ofAccounts: true },
  { id: 'messages_out', name: 'Messages out', kind: 'count', ofAccounts: true },
  { id: 'recipients_out', name: 'Recipients', kind: 'count', ofAccounts: true },
  { id: 'octets_stored', name: 'Stored', kind: 'octets', ofAccounts: true },
  { id: 'api_calls', name: 'API calls', kind: 'count' },
  { id: 'dollars', name: 'Price', kind: 'dollars', ofAccounts: true },
]

export function measured(measure: Measure, counts: Counts): string {
  return inWords(measure, counts[measure.id] ?? 0)
}

export function inWords({ kind }: Measure, value: number): string {
  if (kind === 'octets') return sizeText(value)
  if (kind === 'dollars') return dollarText(value)
  return value.toLocaleString()
}

/** Small sums are some, too. */
export function dollarText(dollars: number): string {
  const digits = dollars !== 0 && dollars < 1 ? 4 : 2
  return dollars.toLocaleString(undefined, { style: 'currency', currency: 'USD', maximumFractionDigits: digits })
}
