/** What is typed into the search box, as JMAP's filter (RFC 8621 §4.4.1): `from:ann has:attachment "exact words" -not`. */
import type { Filter, FilterCondition } from '../jmap/types.ts'
import { parseSize } from './sizes.ts'

interface Word {
  not: boolean
  /** Before the colon, in lower case; undefined: a word of any place. */
  operator: string | undefined
  value: string
}

export interface SearchContext {
  /** The mailbox of that name or role; undefined: there is none. */
  mailboxId(name: string): string | undefined
  /** Where nothing is found unless asked for by `in:`: Trash and Junk. */
  hidden: readonly string[]
  nowMs: number
}

export interface SearchQuery {
  filter: Filter
  /** Words that could not be understood, as they were typed; they are searched for as text. */
  unknown: string[]
  /** Whether snippets have something to mark. */
  hasText: boolean
}

/** What completes in the search box and the help says. */
export const OPERATORS = [
  ['from:', 'who sent it'],
  ['to:', 'who got it'],
  ['subject:', 'in the subject'],
  ['body:', 'in the text'],
  ['in:', 'a folder: in:archive'],
  ['is:', 'unread, read, flagged, answered, draft'],
  ['has:attachment', 'with files'],
  ['before:', 'a day: 2026-05-01, or 7d for a week ago'],
  ['after:', 'a day, or 7d, 2m, 1y'],
  ['larger:', 'a size: 5MB'],
  ['smaller:', 'a size: 100k'],
] as const

export function parseSearch(text: string, context: SearchContext): SearchQuery {
  const words = wordsOf(text)
  const unknown: string[] = []
  const conditions: Filter[] = words.map((word) => {
    const condition = conditionOf(word, context)
    if (condition === undefined) unknown.push(`${word.operator}:${word.value}`)
    const found = condition ?? { text: `${word.operator}:${word.value}` }
    return word.not ? { operator: 'NOT', conditions: [found] } : found
  })
  const scoped = words.some(({ operator }) => operator === 'in')
  if (!scoped && context.hidden.length > 0) conditions.push({ inMailboxOtherThan: [...context.hidden] })
  const hasText = words.some(({ operator, not }) => !not && (operator === undefined || TEXT_OPERATORS.has(operator)))
  const filter: Filter = conditions.length === 1 ? conditions[0]! : { operator: 'AND', conditions }
  return { filter, unknown, hasText }
}

const TEXT_OPERATORS = new Set(['subject', 'body', 'from', 'to'])

/** Words by spaces; a quoted piece is one word, and a colon before it belongs to it: `from:"Ann Lee"`. */
function wordsOf(text: string): Word[] {
  const words: Word[] = []
  let at = 0
  while (at < text.length) {
    if (isSpace(text[at]!)) {
      at += 1
      continue
    }
    const not = text[at] === '-' && at + 1 < text.length && !isSpace(text[at + 1]!)
    if (not) at += 1
    let operator: string | undefined
    let value = ''
    while (at < text.length && !isSpace(text[at]!)) {
      const character = text[at]!
      if (QUOTES.includes(character)) {
        const end = endOfQuote(text, at + 1)
        value += text.slice(at + 1, end)
        at = end + 1
      } else if (
        character === ':' &&
        operator === undefined &&
        value.length <= LONGEST &&
        KNOWN.has(value.toLowerCase())
      ) {
        operator = value.toLowerCase()
        value = ''
        at += 1
      } else {
        value += character
        at += 1
      }
    }
    if (value !== '') words.push({ not, operator, value })
  }
  return words
}

const QUOTES = '"“”'
const KNOWN = new Set([
  ...['from', 'to', 'cc', 'bcc', 'subject', 'body', 'in', 'is', 'has', 'before', 'after', 'older', 'newer', 'on'],
  ...['larger', 'smaller'],
])

/** What is longer is not looked up: in `::::::` each colon would be, with all before it. */
const LONGEST = Math.max(...[...KNOWN].map((name) => name.length))

function endOfQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (QUOTES.includes(text[at]!)) return at
  return text.length
}

function isSpace(character: string): boolean {
  return character.trim() === ''
}

const STATES: Record<string, FilterCondition> = {
  unread: { notKeyword: '$seen' },
  read: { hasKeyword: '$seen' },
  flagged: { hasKeyword: '$flagged' },
  starred: { hasKeyword: '$flagged' },
  unflagged: { notKeyword: '$flagged' },
  answered: { hasKeyword: '$answered' },
  replied: { hasKeyword: '$answered' },
  unanswered: { notKeyword: '$answered' },
  forwarded: { hasKeyword: '$forwarded' },
  draft: { hasKeyword: '$draft' },
}

function conditionOf({ operator, value }: Word, context: SearchContext): Filter | undefined {
  switch (operator) {
    case undefined:
      return { text: value }
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
    case 'subject':
    case 'body':
      return { [operator]: value }
    case 'in': {
      const id = context.mailboxId(value)
      if (value.toLowerCase() === 'anywhere') return {}
      return id === undefined ? undefined : { inMailbox: id }
    }
    case 'is':
      return STATES[value.toLowerCase()]
    case 'has':
      if (['attachment', 'attachments', 'file', 'files'].includes(value.toLowerCase())) return { hasAttachment: true }
      return value.toLowerCase() === 'flag' ? { hasKeyword: '$flagged' } : undefined
    case 'before':
    case 'older': {
      const day = dayOf(value, context.nowMs)
      return day && { before: day.toISOString() }
    }
    case 'after':
    case 'newer': {
      const day = dayOf(value, context.nowMs)
      return day && { after: day.toISOString() }
    }
    case 'on': {
      const day = dayOf(value, context.nowMs)
      if (day === undefined) return undefined
      const next = new Date(day)
      next.setDate(day.getDate() + 1)
      return { after: day.toISOString(), before: next.toISOString() }
    }
    case 'larger': {
      const size = parseSize(value)
      return size === undefined ? undefined : { minSize: size }
    }
    case 'smaller': {
      const size = parseSize(value)
      return size === undefined ? undefined : { maxSize: size }
    }
    default:
      return undefined
  }
}

/** The start of a day where the person is: `2026-05-01`, `2026/5/1`, `2026-05`, `today`, `yesterday`, or so long ago: `7d`, `2w`, `3m`, `1y`. */
function dayOf(text: string, nowMs: number): Date | undefined {
  const today = new Date(nowMs)
  today.setHours(0, 0, 0, 0)
  const word = text.toLowerCase()
  if (word === 'today') return today
  if (word === 'yesterday') return new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1)
  const count = Number(word.slice(0, -1))
  const unit = word.at(-1)!
  if ('dwmy'.includes(unit) && Number.isInteger(count) && word.length > 1 && count >= 0 && count < 10_000) {
    const ago = new Date(today)
    if (unit === 'd') ago.setDate(ago.getDate() - count)
    if (unit === 'w') ago.setDate(ago.getDate() - 7 * count)
    if (unit === 'm') ago.setMonth(ago.getMonth() - count)
    if (unit === 'y') ago.setFullYear(ago.getFullYear() - count)
    return ago
  }
  const [year, month = 1, day = 1, ...more] = text.split(text.includes('/') ? '/' : '-').map(Number)
  if (year === undefined || more.length > 0) return undefined
  const date = new Date(year, month - 1, day)
  const real = date.getFullYear() === year && date.getMonth() === month - 1 && date.getDate() === day
  return real && year > 1900 ? date : undefined
}
