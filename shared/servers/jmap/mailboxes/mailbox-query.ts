import { foldForSearch } from '../../../codec/mime/fold-text.ts'
import { bool, readArguments, withDefault } from '../arguments.ts'
import { resolveId } from '../get.ts'
import { type Call, invalidArguments } from '../method.ts'
import {
  type Comparator,
  every,
  QUERY_ARGS,
  QUERY_CHANGES_ARGS,
  readFilter,
  readSort,
  refuseTooMany,
  type Test,
  windowOf,
} from '../query.ts'
import { unknownState } from '../state.ts'
import { type Mailbox, mailboxObjects } from './mailbox-objects.ts'

const AS_TREE = { sortAsTree: withDefault(bool, false), filterAsTree: withDefault(bool, false) }

/** Mailbox/query (RFC 8621 §2.3). */
export function mailboxQuery(call: Call, given: Record<string, unknown>) {
  const args = readArguments(given, { ...QUERY_ARGS, ...AS_TREE })
  const ids = findMailboxes(call, args)
  const anchor = args.anchor && resolveId(call, args.anchor)
  return { queryState: stateOf(ids), canCalculateChanges: true, ...windowOf({ ...args, anchor }, ids) }
}

/** Mailbox/queryChanges (RFC 8621 §2.4). There are few Mailboxes: the state is the results themselves. */
export function mailboxQueryChanges(call: Call, given: Record<string, unknown>) {
  const args = readArguments(given, { ...QUERY_CHANGES_ARGS, ...AS_TREE })
  const before = parseState(args.sinceQueryState)
  const now = findMailboxes(call, args)
  const inBoth = (ids: readonly string[], others: readonly string[]) => {
    const set = new Set(others)
    return ids.filter((id) => set.has(id))
  }
  const [stood, stands] = [inBoth(before, now), inBoth(now, before)]
  // From the first that has changed its place on all are put in anew.
  const same = stands.findIndex((id, index) => stood[index] !== id)
  const kept = new Set(same < 0 ? stands : stands.slice(0, same))
  const removed = before.filter((id) => !kept.has(id))
  const added = now.flatMap((id, index) => (kept.has(id) ? [] : [{ id, index }]))
  refuseTooMany(removed.length + added.length, args.maxChanges)
  return {
    oldQueryState: args.sinceQueryState,
    newQueryState: stateOf(now),
    removed,
    added,
    ...(args.calculateTotal && { total: now.length }),
  }
}

interface MailboxQuery {
  filter: unknown
  sort: unknown
  sortAsTree: boolean
  filterAsTree: boolean
}

function findMailboxes(call: Call, { filter, sort, sortAsTree, filterAsTree }: MailboxQuery): string[] {
  const all = mailboxObjects(call.mail)
  const matches = readFilter<Mailbox>(filter, (condition) => testOf(call, condition))
  const comparators = readSort(sort, ['sortOrder', 'name', 'parent/name'])
  const matching = new Set([...all.values()].filter((mailbox) => matches(mailbox) === true))
  const included = [...matching].filter(
    (mailbox) => !filterAsTree || ancestorsOf(all, mailbox).every((above) => matching.has(above)),
  )
  const compare = (a: Mailbox, b: Mailbox) => compareMailboxes(comparators, a, b)
  included.sort((a, b) => (sortAsTree ? compareInTree(all, compare, a, b) : compare(a, b)))
  return included.map(({ id }) => id)
}

function testOf(call: Call, condition: Record<string, unknown>): Test<Mailbox> {
  return every(
    Object.entries(condition).map(([property, value]): Test<Mailbox> => {
      switch (property) {
        case 'parentId': {
          const parent =
            typeof value === 'string' ? resolveId(call, value) : requireType(value === null, property, null)
          return ({ parentId }) => parentId === parent
        }
        case 'name': {
          const wanted = foldForSearch(requireType(typeof value === 'string', property, value as string))
          return ({ name }) => foldForSearch(name).includes(wanted)
        }
        case 'role':
          requireType(value === null || typeof value === 'string', property, value)
          return ({ role }) => role === value
        case 'hasAnyRole':
          requireType(typeof value === 'boolean', property, value)
          return ({ role }) => (role !== null) === value
        case 'isSubscribed':
          requireType(typeof value === 'boolean', property, value)
          return ({ isSubscribed }) => isSubscribed === value
        default:
          throw invalidArguments(`Mailboxes are not filtered by ${property.slice(0, 100)}.`, 'filter')
      }
    }),
  )
}

function requireType<T>(is: boolean, property: string, value: T): T {
  if (!is) throw invalidArguments(`${property} of a filter has another type.`, 'filter')
  return value
}

function compareMailboxes(comparators: readonly Comparator[], a: Mailbox, b: Mailbox): number {
  for (const { property, isAscending } of comparators) {
    const compared =
      property === 'sortOrder' ? a.sortOrder - b.sortOrder : compareText(foldForSearch(a.name), foldForSearch(b.name))
    if (compared !== 0) return isAscending ? compared : -compared
  }
  return 0
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Ancestors first; others as their ancestors below the same parent compare (RFC 8621 §2.3). */
function compareInTree(
  all: ReadonlyMap<string, Mailbox>,
  compare: (a: Mailbox, b: Mailbox) => number,
  a: Mailbox,
  b: Mailbox,
): number {
  const [first, second] = [a, b].map((mailbox) => [...ancestorsOf(all, mailbox).reverse(), mailbox]) as [
    Mailbox[],
    Mailbox[],
  ]
  let level = 0
  while (level < first.length && level < second.length && first[level] === second[level]) level += 1
  const [left, right] = [first[level], second[level]]
  if (left === undefined || right === undefined) return first.length - second.length
  return compare(left, right) || compareText(left.name, right.name)
}

function ancestorsOf(all: ReadonlyMap<string, Mailbox>, mailbox: Mailbox): Mailbox[] {
  const above: Mailbox[] = []
  let at = mailbox.parentId === null ? undefined : all.get(mailbox.parentId)
  while (at !== undefined) {
    above.push(at)
    at = at.parentId === null ? undefined : all.get(at.parentId)
  }
  return above
}

function stateOf(ids: readonly string[]): string {
  return `q,${ids.join(',')}`
}

function parseState(state: string): string[] {
  const [kind, ...ids] = state.split(',')
  if (kind !== 'q') throw unknownState()
  return ids.filter((id) => id !== '')
}
