import { formatSearch } from '../../codec/imap/search-response.ts'
import type { SortArgs, SortKey } from '../../codec/imap/sort.ts'
import { displayText } from '../../codec/mime/encoded-word.ts'
import { foldForSearch } from '../../codec/mime/fold-text.ts'
import type { ImapAddress } from '../../codec/mime/structure-types.ts'
import type { View } from '../../store/views.ts'
import { baseSubject } from './base-subject.ts'
import type { ByUid } from './command-table.ts'
import type { Done } from './done.ts'
import { Pacer } from './pacer.ts'
import { esearch, findMessages, highestModseq, okSearched, saveResult, toldOf } from './search.ts'
import { namesModseq } from './search-keys.ts'
import { sentTime } from './sent-time.ts'
import type { Place } from './sequence-view.ts'
import type { Selected } from './session.ts'
import { viewsInOrder } from './views-in-order.ts'

/** Of the words a message is sorted by: what is beyond decides nothing. */
const KEY_CHARACTERS = 200

type Value = number | string

/** SORT and UID SORT (RFC 5256), with RETURN (RFC 5267) and display names (RFC 5957). */
export async function sort(session: Selected, args: SortArgs & ByUid): Promise<Done> {
  const numbers = await findMessages(session, args.criteria)
  const sorted = await inOrder(session, numbers, args.order)
  const { returns } = args
  const told = returns === undefined ? sorted : toldOf(sorted, returns)
  const modseq = namesModseq(args.criteria) ? highestModseq(session, told) : undefined
  if (returns?.has('SAVE')) saveResult(session, sorted, returns)
  const found = args.uid ? sorted.map((number) => session.view.uidOf(number)) : sorted
  if (returns === undefined) session.out.add(formatSearch('SORT', found, modseq))
  else if (returns.size > (returns.has('SAVE') ? 1 : 0)) esearch(session, returns, found, args.uid === true, modseq)
  return okSearched('SORT completed', args)
}

async function inOrder(session: Selected, numbers: readonly number[], order: SortArgs['order']): Promise<number[]> {
  const rows: { number: number; values: Value[] }[] = []
  const pacer = new Pacer()
  if (order.every(({ by }) => by === 'ARRIVAL' || by === 'SIZE')) {
    for (const number of numbers) {
      const place = session.view.at(number)
      rows.push({ number, values: order.map(({ by }) => sortKeyOf(by, place, undefined)) })
      if (pacer.due) await pacer.rest()
    }
  } else {
    for await (const [number, view] of viewsInOrder(session, numbers)) {
      const place = session.view.at(number)
      rows.push({ number, values: order.map(({ by }) => sortKeyOf(by, place, view)) })
      if (pacer.due) await pacer.rest()
    }
  }
  const signs = order.map(({ reverse }) => (reverse ? -1 : 1))
  rows.sort((a, b) => {
    for (const [index, sign] of signs.entries()) {
      const compared = compare(a.values[index]!, b.values[index]!)
      if (compared !== 0) return compared * sign
    }
    return a.number - b.number // equal ones stay in the mailbox's order, also in REVERSE (RFC 5256 §3)
  })
  return rows.map(({ number }) => number)
}

function compare(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function sortKeyOf(by: SortKey, { table, row }: Place, view: View | undefined): Value {
  switch (by) {
    case 'ARRIVAL':
      return table.dateAt(row)
    case 'SIZE':
      return table.sizeAt(row)
    case 'DATE':
      // Without a Date that can be read INTERNALDATE stands in (RFC 5256 §2.2).
      return sentTime(view?.envelope.date ?? '') ?? table.dateAt(row)
    case 'SUBJECT':
      return collated(baseSubject(view?.envelope.subject ?? ''))
    case 'FROM':
      return mailboxOf(view?.envelope.from)
    case 'TO':
      return mailboxOf(view?.envelope.to)
    case 'CC':
      return mailboxOf(view?.envelope.cc)
    case 'DISPLAYFROM':
      return displayOf(view?.envelope.from)
    case 'DISPLAYTO':
      return displayOf(view?.envelope.to)
  }
}

/** i;unicode-casemap orders by upper case (RFC 5051 §2, RFC 5256 §1): "b" comes before "_". */
function collated(folded: string): string {
  return folded.slice(0, KEY_CHARACTERS).toUpperCase()
}

/** The first address's local part; '' without one (RFC 5256 §3). */
function mailboxOf(addresses: readonly ImapAddress[] = []): string {
  return collated(foldForSearch(addresses[0]?.mailbox ?? ''))
}

/** Its name, or the address where it has none (RFC 5957 §3). */
function displayOf(addresses: readonly ImapAddress[] = []): string {
  const [first] = addresses
  if (first === undefined) return ''
  const address = first.host ? `${first.mailbox}@${first.host}` : (first.mailbox ?? '')
  return collated(foldForSearch(first.name ? displayText(first.name) : address))
}
