/** The list on the screen: a query of which only the pages that are seen are loaded, however long it is. */
import { signal } from '@preact/signals'
import type { Batch } from '../jmap/batch.ts'
import type { EmailSummary, Filter, GetResponse, QueryResponse } from '../jmap/types.ts'
import { parseSearch } from '../text/search-query.ts'
import { knownEmailState, SUMMARY, takeEmailState, takeSummaries, takeThreads } from './emails.ts'
import { mailboxByName, mailboxByRole } from './mailboxes.ts'
import { current, openBatch, send } from './session.ts'

/** Rows asked for at a time. */
export const PAGE = 40
/** Lists that are kept as they were left, so that going back to a folder shows it at once. */
const KEPT_LISTS = 12

export interface Snippet {
  emailId: string
  subject: string | null
  preview: string | null
}

export interface MessageList {
  key: string
  mailboxId: string | undefined
  search: string | undefined
  filter: Filter
  hasText: boolean
  /** Words of the search that are none of its operators' values. */
  unknown: readonly string[]
  total: number | undefined
  /** Email ids by position, of the pages that were loaded. */
  ids: Map<number, string>
  loading: Set<number>
  failure: unknown
  snippets: Map<string, Snippet>
  /** Grows as rows are taken away here: what was asked for before knows nothing of it. */
  generation: number
  /** First and last row on the screen. */
  seen: { from: number; to: number }
}

export const list = signal<MessageList | undefined>(undefined)
export const listVersion = signal(0)
/** By how many rows what is on the screen moved down, since the view looked last. */
export const listShift = signal(0)
/** Heads of the selected rows. */
export const selection = signal<ReadonlySet<string>>(new Set())
/** Only unread conversations of a folder. */
export const unreadOnly = signal(false)

const kept = new Map<string, MessageList>()

export function openList(place: { mailboxId?: string | undefined; search?: string | undefined }): void {
  const { mailboxId, search } = place
  const key = search === undefined ? `${unreadOnly.value ? 'unread' : 'all'} ${mailboxId}` : `search ${search}`
  if (list.value?.key === key) return
  selection.value = new Set()
  const known = kept.get(key)
  const opened = known ?? makeList(key, mailboxId, search)
  kept.delete(key)
  kept.set(key, opened)
  for (const old of kept.keys()) {
    if (kept.size <= KEPT_LISTS) break
    kept.delete(old)
  }
  list.value = opened
  listVersion.value += 1
  if (known)
    void refreshList().catch(() => undefined) // what is shown is from before; its failure is shown by the row loader
  else ensureRows(0, PAGE - 1)
}

function makeList(key: string, mailboxId: string | undefined, search: string | undefined): MessageList {
  const base = { key, mailboxId, search, total: undefined, failure: undefined, generation: 0 }
  const seen = { from: 0, to: PAGE - 1 }
  const empty = { ids: new Map(), loading: new Set<number>(), snippets: new Map(), seen }
  if (search === undefined) {
    const filter: Filter = { inMailbox: mailboxId!, ...(unreadOnly.value && { notKeyword: '$seen' }) }
    return { ...base, ...empty, filter, hasText: false, unknown: [] }
  }
  const hidden = (['trash', 'junk'] as const).flatMap((role) => mailboxByRole(role)?.id ?? [])
  const mailboxOf = (name: string) => mailboxByName(name)?.id
  const { filter, unknown, hasText } = parseSearch(search, { mailboxId: mailboxOf, hidden, nowMs: Date.now() })
  return { ...base, ...empty, filter, unknown, hasText }
}

/** Forgets how folders looked, as something was moved between them; the one on the screen stays. */
export function forgetOtherLists(): void {
  for (const [key] of kept) if (key !== list.value?.key) kept.delete(key)
}

function callRows(batch: Batch, { filter, hasText }: MessageList, position: number, limit: number) {
  const { accountId } = current()
  const query = batch.call<QueryResponse>('Email/query', {
    accountId,
    filter,
    sort: [{ property: 'receivedAt', isAscending: false }],
    collapseThreads: true,
    position,
    limit,
    calculateTotal: true,
  })
  const heads = batch.call<GetResponse<EmailSummary>>('Email/get', {
    accountId,
    '#ids': query.ref('/ids'),
    properties: SUMMARY,
  })
  const threads = batch.call<GetResponse<{ id: string; emailIds: string[] }>>('Thread/get', {
    accountId,
    '#ids': heads.ref('/list/*/threadId'),
  })
  const others = batch.call<GetResponse<EmailSummary>>('Email/get', {
    accountId,
    '#ids': threads.ref('/list/*/emailIds'),
    properties: SUMMARY,
  })
  const snippets = hasText
    ? batch.call<{ list: Snippet[] }>('SearchSnippet/get', { accountId, filter, '#emailIds': query.ref('/ids') })
    : undefined
  return { query, heads, threads, others, snippets }
}

function takeRows(into: MessageList, rows: ReturnType<typeof callRows>, position: number, { anew = false } = {}): void {
  const answer = rows.query.result()
  const { list: emails, state } = rows.heads.result()
  // A newer one is told of by push; what changed up to it is not known before it was asked for.
  if (knownEmailState() === undefined) takeEmailState(state)
  takeSummaries(emails)
  // Long threads may be more than a request takes: then rows show their newest email alone.
  orElse(() => takeThreads(rows.threads.result().list))
  orElse(() => takeSummaries(rows.others.result().list))
  orElse(() => {
    for (const snippet of rows.snippets?.result().list ?? []) into.snippets.set(snippet.emailId, snippet)
  })
  if (anew) into.ids.clear()
  into.total = answer.total ?? Math.max(into.total ?? 0, position + answer.ids.length)
  for (const [at, id] of answer.ids.entries()) into.ids.set(position + at, id)
  into.failure = undefined
}

function orElse(take: () => void): void {
  try {
    take()
  } catch (error) {
    console.warn(error)
  }
}

/** Loads what is missing between two rows, a page at a time. */
export function ensureRows(from: number, to: number): void {
  const open = list.value
  if (open === undefined) return
  open.seen = { from, to }
  // What failed is asked for again when the person says so, or the connection is back.
  if (held > 0 || open.failure !== undefined) return
  const last = Math.min(to, (open.total ?? Number.POSITIVE_INFINITY) - 1)
  for (let page = Math.floor(from / PAGE); page * PAGE <= last; page++) {
    if (!open.loading.has(page) && isMissing(open, page)) void loadPage(open, page)
  }
}

function isMissing({ ids, total }: MessageList, page: number): boolean {
  const end = Math.min((page + 1) * PAGE, total ?? Number.POSITIVE_INFINITY)
  for (let at = page * PAGE; at < end; at++) if (!ids.has(at)) return true
  return false
}

async function loadPage(open: MessageList, page: number): Promise<void> {
  open.loading.add(page)
  const { generation } = open
  try {
    const batch = openBatch()
    const rows = callRows(batch, open, page * PAGE, PAGE)
    await send(batch)
    if (generation === open.generation) takeRows(open, rows, page * PAGE)
  } catch (error) {
    open.failure = error
  } finally {
    open.loading.delete(page)
    if (list.value === open) listVersion.value += 1
  }
}

/** Asks again for the rows on the screen; all others are asked for when they are seen. */
export async function refreshList(): Promise<void> {
  const open = list.value
  if (open === undefined || held > 0) return
  const { generation } = open
  const from = Math.max(0, open.seen.from - 5)
  const count = Math.min(200, Math.max(PAGE, open.seen.to - from + 10))
  try {
    const batch = openBatch()
    const rows = callRows(batch, open, from, count)
    await send(batch)
    if (generation !== open.generation) return
    const anchor = open.ids.get(open.seen.from)
    takeRows(open, rows, from, { anew: true })
    const movedTo = anchor === undefined ? undefined : positionOf(open, anchor)
    if (movedTo !== undefined && open.seen.from > 0) listShift.value += movedTo - open.seen.from
  } catch (error) {
    open.failure = error
    throw error
  } finally {
    if (list.value === open) listVersion.value += 1
  }
}

export function positionOf({ ids }: MessageList, emailId: string): number | undefined {
  for (const [at, id] of ids) if (id === emailId) return at
  return undefined
}

/** Changes under way of which the server does not know yet: asked meanwhile, it would answer with what is gone here. */
let held = 0

/** Does what changes which rows there are; then asks for those on the screen. */
export async function holdingRows<T>(work: () => Promise<T>): Promise<T> {
  held += 1
  try {
    return await work()
  } finally {
    held -= 1
    await askAnew()
  }
}

/** The rows on the screen, whatever was answered to what was asked for before. */
export async function askAnew(): Promise<void> {
  if (list.value) list.value.generation += 1
  await refreshList().catch(() => undefined) // the list shows its own failure
}

/** Takes rows away before the server is asked, as the person sees them go. */
export function removeRows(emailIds: ReadonlySet<string>): void {
  const open = list.value
  if (open === undefined) return
  const ids = new Map<number, string>()
  let gone = 0
  for (const [at, id] of [...open.ids].toSorted(([a], [b]) => a - b)) {
    if (emailIds.has(id)) gone += 1
    else ids.set(at - gone, id)
  }
  open.ids = ids
  open.generation += 1
  open.total = open.total === undefined ? undefined : Math.max(0, open.total - gone)
  selection.value = new Set([...selection.value].filter((id) => !emailIds.has(id)))
  listVersion.value += 1
}

export function toggleSelected(emailId: string): void {
  const next = new Set(selection.value)
  if (!next.delete(emailId)) next.add(emailId)
  selection.value = next
}

/** Everything between two rows that is loaded, as Shift does. */
export function selectBetween(from: number, to: number): void {
  const open = list.value
  if (open === undefined) return
  const next = new Set(selection.value)
  for (let at = Math.min(from, to); at <= Math.max(from, to); at++) {
    const id = open.ids.get(at)
    if (id) next.add(id)
  }
  selection.value = next
}

export function selectAllLoaded(): void {
  selection.value = new Set(list.value?.ids.values())
}
