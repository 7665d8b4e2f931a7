/** What SEARCH and SORT answer (RFC 3501 §7.2.5, RFC 5256 §4, ESEARCH: RFC 4731 and RFC 9051 §7.3.4). */
import { formatInOrder } from './sequence-set.ts'

/** `* SEARCH 2 5 (MODSEQ 917)`, or SORT in its order; `modseq` is the highest of those found, where MODSEQ was a key. */
export function formatSearch(response: 'SEARCH' | 'SORT', numbers: readonly number[], modseq?: number): string {
  const found = numbers.length === 0 ? '' : ` ${numbers.join(' ')}`
  // With nothing found there is no MODSEQ to tell (RFC 7162 §3.1.5).
  return `* ${response}${found}${modseq !== undefined && found !== '' ? ` (MODSEQ ${modseq})` : ''}\r\n`
}

export interface EsearchResult {
  /** The tag of the command this answers. */
  tag: string
  /** The numbers are UIDs. */
  uid: boolean
  min?: number
  max?: number
  /** In the order found, which SORT gives a meaning (RFC 5267 §3.1). */
  all?: readonly number[]
  count?: number
  modseq?: number
}

/** `* ESEARCH (TAG "a1") UID COUNT 2 ALL 4:5`. An empty ALL is left out, as a set is never empty. */
export function formatEsearch({ tag, uid, min, max, all, count, modseq }: EsearchResult): string {
  let text = `* ESEARCH (TAG "${tag}")`
  if (uid) text += ' UID'
  if (min !== undefined) text += ` MIN ${min}`
  if (max !== undefined) text += ` MAX ${max}`
  if (all !== undefined && all.length > 0) text += ` ALL ${formatInOrder(all)}`
  if (count !== undefined) text += ` COUNT ${count}`
  if (modseq !== undefined) text += ` MODSEQ ${modseq}`
  return `${text}\r\n`
}
