import { namesNumbers, type SearchArgs, type SearchKey, type SearchReturn } from '../../codec/imap/search.ts'
import { formatEsearch, formatSearch } from '../../codec/imap/search-response.ts'
import { rangesOf } from '../../codec/imap/sequence-set.ts'
import type { ByUid } from './command-table.ts'
import { type Done, ok } from './done.ts'
import { useCondstore } from './enable.ts'
import { Pacer } from './pacer.ts'
import { searchContent } from './search-content.ts'
import {
  type Facts,
  type Matcher,
  matcherOf,
  namesModseq,
  sectionsOf,
  type TextAnswers,
  type TextKey,
  textKeysOf,
} from './search-keys.ts'
import { searchSegments } from './search-segments.ts'
import type { Selected } from './session.ts'
import { listingsInOrder, loadView } from './views-in-order.ts'

const NOTHING_READ: TextAnswers = new Map()
const ALL: ReadonlySet<SearchReturn> = new Set(['ALL'])

/** SEARCH and UID SEARCH (RFC 9051 §6.4.4), with RETURN (RFC 4731) and its SAVE (RFC 5182). */
export async function search(session: Selected, args: SearchArgs & ByUid): Promise<Done> {
  const uid = args.uid === true
  // Without RETURN IMAP4rev2 means RETURN (ALL).
  const returns = args.returns ?? (session.enabled.rev2 ? ALL : undefined)
  const saves = returns?.has('SAVE') === true
  let numbers: number[]
  try {
    numbers = await findMessages(session, args.criteria)
  } catch (error) {
    // A search that was to be saved and failed leaves nothing saved (RFC 5182 §2.1).
    if (saves) session.savedResult = []
    throw error
  }
  const told = returns === undefined ? numbers : toldOf(numbers, returns)
  const modseq = namesModseq(args.criteria) ? highestModseq(session, told) : undefined
  if (saves) saveResult(session, numbers, returns)
  const found = uid ? numbers.map((number) => session.view.uidOf(number)) : numbers
  if (returns === undefined) session.out.add(formatSearch('SEARCH', found, modseq))
  else if (returns.size > (saves ? 1 : 0)) esearch(session, returns, found, uid, modseq)
  return okSearched('SEARCH completed', args)
}

/** The end of SEARCH, SORT and THREAD. */
export function okSearched(text: string, { criteria, uid }: { criteria: SearchKey } & ByUid): Done {
  return uid && namesNumbers(criteria) ? { ...ok(text), holdsExpunge: true } : ok(text)
}

/** Message sequence numbers, ascending: first by what is in memory, then by segments and views, and by the object where nothing else can tell. */
export async function findMessages(session: Selected, criteria: SearchKey): Promise<number[]> {
  const { view } = session
  if (namesModseq(criteria)) useCondstore(session)
  const matches = matcherOf(session, criteria)
  const textKeys = textKeysOf(criteria)
  const pacer = new Pacer()
  const found: number[] = []
  let undecided: number[] = []
  for (let number = 1; number <= view.count; number += 1) {
    const result = matches({ place: view.at(number) })
    if (result === true) found.push(number)
    if (result === undefined) undecided.push(number)
    if (pacer.due) await pacer.rest()
  }
  // What segments left open, by number.
  const answers = new Map<number, TextAnswers>()
  const decided = new Set<number>()
  for await (const some of searchSegments(session, undecided, textKeys)) {
    for (const [number, read] of some) {
      const result = matches({ place: view.at(number), read })
      if (result === undefined) answers.set(number, kept(read, textKeys))
      else decided.add(number)
      if (result === true) found.push(number)
      if (pacer.due) await pacer.rest()
    }
  }
  if (decided.size > 0) undecided = undecided.filter((number) => !decided.has(number))

  for await (const { numbers, read: listings } of listingsInOrder(session, undecided, sectionsOf(criteria))) {
    for (const [index, number] of numbers.entries()) {
      if (pacer.due) await pacer.rest()
      const listing = listings[index]
      if (listing === undefined) continue
      const read = answers.get(number) ?? NOTHING_READ
      const facts = { place: view.at(number), listing, read }
      let result = matches(facts)
      if (result === undefined) {
        result = await matchContent(session, facts, matches, textKeys)
        await pacer.rest()
      }
      if (result === true) found.push(number)
    }
  }
  return found.sort((a, b) => a - b)
}

/** Once more with what the object says; undefined where the message is gone. */
async function matchContent(
  session: Selected,
  { place, listing, read }: Required<Facts>,
  matches: Matcher,
  textKeys: readonly TextKey[],
): Promise<boolean | undefined> {
  const view = await loadView(session.store, place)
  if (view === undefined) return undefined
  const open = textKeys.filter((key) => read.get(key) === undefined)
  const more = await searchContent(session, place.table.contentAt(place.row), view, open)
  return matches({ place, listing, read: { get: (key) => read.get(key) ?? more.get(key) } })
}

/** Answers that outlive the frame they come from. */
function kept(read: TextAnswers, keys: readonly TextKey[]): TextAnswers {
  const answers = new Map<TextKey, boolean>()
  for (const key of keys) {
    const answer = read.get(key)
    if (answer !== undefined) answers.set(key, answer)
  }
  return answers
}

export function highestModseq({ view }: Selected, numbers: readonly number[]): number {
  let highest = 0
  for (const number of numbers) {
    const { table, row } = view.at(number)
    highest = Math.max(highest, table.modseqAt(row))
  }
  return highest
}

/** With MIN or MAX alone an answer is about these: their MODSEQ is told (RFC 7162 §3.1.10), and they are saved (RFC 5182 §2.4). */
export function toldOf(numbers: readonly number[], returns: ReadonlySet<SearchReturn>): readonly number[] {
  const ends = (returns.has('MIN') || returns.has('MAX')) && !returns.has('ALL') && !returns.has('COUNT')
  const first = returns.has('MIN') ? numbers.slice(0, 1) : []
  const last = returns.has('MAX') ? numbers.slice(-1) : []
  return ends ? [...new Set([...first, ...last])] : numbers
}

export function saveResult(session: Selected, numbers: readonly number[], returns: ReadonlySet<SearchReturn>): void {
  const uids = toldOf(numbers, returns).map((number) => session.view.uidOf(number))
  session.savedResult = rangesOf(uids.sort((a, b) => a - b))
}

export function esearch(
  session: Selected,
  returns: ReadonlySet<SearchReturn>,
  found: readonly number[],
  uid: boolean,
  modseq: number | undefined,
): void {
  const [min, max] = [found[0], found.at(-1)]
  session.out.add(
    formatEsearch({
      tag: session.tag,
      uid,
      ...(returns.has('MIN') && min !== undefined && { min }),
      ...(returns.has('MAX') && max !== undefined && { max }),
      ...(returns.has('ALL') && { all: found }),
      ...(returns.has('COUNT') && { count: found.length }),
      ...(modseq !== undefined && found.length > 0 && { modseq }),
    }),
  )
}
