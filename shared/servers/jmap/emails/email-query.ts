import { bool, readArguments, withDefault } from '../arguments.ts'
import { resolveId } from '../get.ts'
import type { Call } from '../method.ts'
import { QUERY_ARGS, QUERY_CHANGES_ARGS, refuseTooMany, windowOf } from '../query.ts'
import { emailChangesSince, emailState, recallChanges } from './email-changes-since.ts'
import { type EmailFilter, readEmailFilter } from './email-filter.ts'
import type { EmailIndex, EmailNumber } from './email-index.ts'
import { matchingEmails, matchingInMemory } from './email-search.ts'
import { type EmailSort, readEmailSort, sortEmails, sortInMemory } from './email-sort.ts'

const COLLAPSE = { collapseThreads: withDefault(bool, false) }
/** Longer questions are not kept to be answered again. */
const MOST_KEY_CHARACTERS = 10_000
/** Of ids in one answer. */
const MOST_IDS = 50_000

/** Email/query (RFC 8621 §4.4). */
export async function emailQuery(call: Call, given: Record<string, unknown>) {
  const args = readArguments(given, { ...QUERY_ARGS, ...COLLAPSE })
  const { results, emails, queryState, collapseThreads } = await findEmails(call, args)
  const ids = {
    length: results.length,
    indexOf: (id: string) => indexOf(emails, results, resolveId(call, id)),
    slice: (from: number, to: number) => results.slice(from, to).map((number) => emails.contentOf(number)),
  }
  return { queryState, canCalculateChanges: true, collapseThreads, ...windowOf(args, ids, MOST_IDS) }
}

/** Email/queryChanges (RFC 8621 §4.5): what changed since, taken out and put in again where it now belongs. */
export async function emailQueryChanges(call: Call, given: Record<string, unknown>) {
  const args = readArguments(given, { ...QUERY_CHANGES_ARGS, ...COLLAPSE })
  await recallChanges(call.mail, args.sinceQueryState)
  const { results, emails, queryState, filter, sort } = await findEmails(call, args)
  const byThread = args.collapseThreads || filter.mutable.threads || sort.mutable.threads
  const keywordsMatter = filter.mutable.keywords || sort.mutable.keywords
  const removed = new Set<string>()
  const created = new Set<string>()
  const threads = new Set<string>()
  for (const { id, thread, change, moved } of emailChangesSince(call.mail, args.sinceQueryState)) {
    // What is only marked changes nothing in a list that does not ask for marks; nor a move in one that asks for no mailbox.
    if (change === 'updated' && !(keywordsMatter || (moved && filter.mutable.mailboxes))) continue
    if (change === 'created') created.add(id)
    else removed.add(id)
    threads.add(thread)
  }
  if (byThread) {
    for (const thread of threads) {
      for (const number of emails.threadNumbers(thread)) {
        const id = emails.contentOf(number)
        if (!created.has(id)) removed.add(id)
      }
    }
  }
  const upTo = mayCut(filter, sort, byThread) && args.upToId ? indexOf(emails, results, args.upToId) : -1
  const touched = new Set([...removed, ...created].map((id) => emails.numberOf(id)))
  const added = results.flatMap((number, index) => {
    if (!touched.has(number) || (upTo >= 0 && index > upTo)) return []
    return [{ id: emails.contentOf(number), index }]
  })
  refuseTooMany(removed.size + added.length, args.maxChanges)
  return {
    oldQueryState: args.sinceQueryState,
    newQueryState: queryState,
    removed: [...removed],
    added,
    ...(args.calculateTotal && { total: results.length }),
  }
}

/** What comes after the last id that a client has can be left out where nothing ever changes its place (RFC 8620 §5.6). */
function mayCut(filter: EmailFilter, sort: EmailSort, byThread: boolean): boolean {
  return !byThread && !filter.mutable.keywords && !filter.mutable.mailboxes && !sort.mutable.keywords
}

interface EmailQuery {
  filter: unknown
  sort: unknown
  collapseThreads: boolean
}

/** The results of a query, which are kept until anything of the account changes: a client reads them window by window. */
async function findEmails(call: Call, query: EmailQuery) {
  const { mail } = call
  const queryState = emailState(mail)
  const { emails, stateNumber } = mail
  const filter = readEmailFilter(call, emails, query.filter)
  const sort = readEmailSort(query.sort)
  const found = { emails, queryState, filter, sort, collapseThreads: query.collapseThreads }
  const key = JSON.stringify([query.filter ?? null, query.sort ?? null, query.collapseThreads])
  const known = mail.results.get(key)
  if (known !== undefined) return { ...found, results: known }
  const ordered = inMemory(emails, filter, sort) ?? (await withReading(call, emails, filter, sort))
  const there = ordered.filter((number) => emails.has(number))
  const results = query.collapseThreads ? collapse(emails, there) : there
  if (mail.stateNumber === stateNumber && key.length <= MOST_KEY_CHARACTERS) mail.results.set(key, results)
  return { ...found, results }
}

/** Where nothing has to be read: then nothing changes on the way. */
function inMemory(emails: EmailIndex, filter: EmailFilter, sort: EmailSort): EmailNumber[] | undefined {
  if (sort.readsViews) return undefined
  const matching = matchingInMemory(filter, emails.byDate())
  if (matching === undefined) return undefined
  if (sort.byDate === 'newest-first') return matching
  return sort.byDate === 'oldest-first' && sort.comparators.length === 1
    ? matching.reverse()
    : sortInMemory(emails, sort, matching)
}

async function withReading(
  { tenant }: Call,
  emails: EmailIndex,
  filter: EmailFilter,
  sort: EmailSort,
): Promise<EmailNumber[]> {
  const matching = new Set(await matchingEmails(tenant, emails, filter, [...emails.byDate()]))
  const newestFirst = emails.byDate().filter((number) => matching.has(number))
  return sort.byDate === 'newest-first' ? newestFirst : sortEmails(tenant, emails, sort, newestFirst)
}

/** Of each Thread the Email that comes first (RFC 8621 §4.4.3). */
function collapse(emails: EmailIndex, numbers: readonly EmailNumber[]): EmailNumber[] {
  const seen = new Set<EmailNumber>()
  return numbers.filter((number) => {
    const thread = emails.threadKeyOf(number)
    if (seen.has(thread)) return false
    seen.add(thread)
    return true
  })
}

function indexOf(emails: EmailIndex, results: readonly EmailNumber[], id: string): number {
  const number = emails.numberOf(id)
  return number === undefined ? -1 : results.indexOf(number)
}
