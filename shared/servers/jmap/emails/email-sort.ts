import { displayText } from '../../../codec/mime/encoded-word.ts'
import { foldForSearch } from '../../../codec/mime/fold-text.ts'
import type { ImapAddress } from '../../../codec/mime/structure-types.ts'
import type { TenantStore } from '../../../store/store.ts'
import type { View } from '../../../store/views.ts'
import { baseSubject } from '../../imap/base-subject.ts'
import { Pacer } from '../../imap/pacer.ts'
import { sentTime } from '../../imap/sent-time.ts'
import { invalidArguments } from '../method.ts'
import { type Comparator, readSort } from '../query.ts'
import type { EmailIndex, EmailNumber } from './email-index.ts'
import { viewsOfEmails } from './email-search.ts'
import { isKeyword, keywordTest } from './keywords.ts'

const IN_MEMORY = ['receivedAt', 'size', 'hasKeyword', 'allInThreadHaveKeyword', 'someInThreadHaveKeyword']
const IN_VIEWS = ['from', 'to', 'subject', 'sentAt']
/** Of the words an Email is sorted by: what is beyond decides nothing. */
const KEY_CHARACTERS = 200

export interface EmailSort {
  comparators: readonly Comparator[]
  /** Nothing is to be done: `EmailIndex.byDate` is in that order, or in its reverse. */
  byDate: 'newest-first' | 'oldest-first' | undefined
  readsViews: boolean
  mutable: { keywords: boolean; threads: boolean }
}

/** Throws MethodError 'unsupportedSort', 'invalidArguments'. */
export function readEmailSort(sort: unknown): EmailSort {
  const comparators = readSort(sort, [...IN_MEMORY, ...IN_VIEWS])
  for (const { property, more } of comparators) {
    const needsKeyword = property.endsWith('Keyword')
    if (needsKeyword && !(typeof more['keyword'] === 'string' && isKeyword(more['keyword']))) {
      throw invalidArguments(`To sort by ${property} say which keyword.`, 'sort')
    }
  }
  const [first] = comparators
  const byDate = first === undefined || (first.property === 'receivedAt' && !first.isAscending)
  const reversed = first?.property === 'receivedAt' && first.isAscending
  return {
    comparators,
    byDate: byDate ? 'newest-first' : reversed ? 'oldest-first' : undefined,
    readsViews: comparators.some(({ property }) => IN_VIEWS.includes(property)),
    mutable: {
      keywords: comparators.some(({ property }) => property.endsWith('Keyword')),
      threads: comparators.some(({ property }) => property.endsWith('InThreadHaveKeyword')),
    },
  }
}

type Value = number | string

/** Those that compare alike stay the newest first. `numbers` come in that order. */
export async function sortEmails(
  tenant: TenantStore,
  emails: EmailIndex,
  { comparators, readsViews }: EmailSort,
  numbers: readonly EmailNumber[],
): Promise<EmailNumber[]> {
  const keys = new Map<EmailNumber, Value[]>()
  const keyOf = keyMaker(emails, comparators)
  if (readsViews) {
    const pacer = new Pacer()
    for await (const [number, view] of viewsOfEmails(tenant, emails, numbers)) {
      if (emails.has(number)) keys.set(number, keyOf(number, view))
      if (pacer.due) await pacer.rest()
    }
  }
  const there = numbers.filter((number) => emails.has(number))
  for (const number of there) if (!keys.has(number)) keys.set(number, keyOf(number, undefined))
  return sorted(there, comparators, keys)
}

/** The same of what is in memory. */
export function sortInMemory(
  emails: EmailIndex,
  { comparators }: EmailSort,
  numbers: readonly EmailNumber[],
): EmailNumber[] {
  const keyOf = keyMaker(emails, comparators)
  return sorted(numbers, comparators, new Map(numbers.map((number) => [number, keyOf(number, undefined)])))
}

function sorted(
  numbers: readonly EmailNumber[],
  comparators: readonly Comparator[],
  keys: ReadonlyMap<EmailNumber, Value[]>,
): EmailNumber[] {
  return [...numbers].sort((a, b) => {
    const [first, second] = [keys.get(a)!, keys.get(b)!]
    for (const [index, { isAscending }] of comparators.entries()) {
      const [left, right] = [first[index]!, second[index]!]
      if (left !== right) return left < right === isAscending ? -1 : 1
    }
    return 0 // a stable sort keeps them as they came
  })
}

function keyMaker(emails: EmailIndex, comparators: readonly Comparator[]) {
  const makers = comparators.map(({ property, more }) => {
    const has = typeof more['keyword'] === 'string' ? keywordTest(more['keyword']) : () => false
    const threads = new Map<EmailNumber, boolean>()
    const inThread = (number: EmailNumber, all: boolean) => {
      const thread = emails.threadKeyOf(number)
      let answer = threads.get(thread)
      if (answer === undefined) {
        const numbers = emails.threadNumbers(emails.threadOf(number))
        const having = numbers.filter((one) => has(emails.flagsOf(one))).length
        answer = all ? having === numbers.length : having > 0
        threads.set(thread, answer)
      }
      return Number(answer)
    }
    return (number: EmailNumber, view: View | undefined): Value => {
      switch (property) {
        case 'size':
          return emails.sizeOf(number)
        case 'hasKeyword':
          return Number(has(emails.flagsOf(number)))
        case 'allInThreadHaveKeyword':
          return inThread(number, true)
        case 'someInThreadHaveKeyword':
          return inThread(number, false)
        case 'from':
        case 'to':
          return personKey(view?.envelope[property])
        case 'subject':
          return baseSubject(view?.envelope.subject ?? '').slice(0, KEY_CHARACTERS)
        case 'sentAt':
          return sentTime(view?.envelope.date ?? '') ?? 0
        default:
          return Math.floor(emails.receivedAt(number) / 1000)
      }
    }
  })
  return (number: EmailNumber, view: View | undefined) => makers.map((make) => make(number, view))
}

function personKey(addresses: readonly ImapAddress[] = []): string {
  const first = addresses.find(({ host }) => host !== null)
  if (first === undefined) return ''
  const name = first.name === null ? '' : displayText(first.name).trim()
  return foldForSearch(name || `${first.mailbox}@${first.host}`).slice(0, KEY_CHARACTERS)
}
