import { displayText } from '../../../codec/mime/encoded-word.ts'
import { foldForSearch } from '../../../codec/mime/fold-text.ts'
import { parseHeader, unfoldedValue } from '../../../codec/mime/header.ts'
import { areKept } from '../../../codec/mime/header-fields.ts'
import type { MessageText } from '../../../store/text-frame.ts'
import type { View } from '../../../store/views.ts'
import { isId, parseUtcDate } from '../arguments.ts'
import { resolveId } from '../get.ts'
import { type Call, invalidArguments, MethodError } from '../method.ts'
import { every, readFilter, type Test } from '../query.ts'
import { bodyStructure, hasAttachment } from './body-parts.ts'
import type { EmailIndex, EmailNumber } from './email-index.ts'
import { isKeyword, keywordTest } from './keywords.ts'
import { searchTerms } from './search-terms.ts'

/** What is known of an Email so far: first what is in memory, then its view or its text, then what only its object tells. */
export interface Facts {
  number: EmailNumber
  view?: View
  text?: MessageText
  /** The whole header, where a field is asked for that views do not keep. */
  header?: Uint8Array
}

export interface EmailFilter {
  test: Test<Facts>
  /** Which of an Email's changes can make it match, or no longer. */
  mutable: { keywords: boolean; mailboxes: boolean; threads: boolean }
  /** More than memory has to be looked at. */
  reads: { text: boolean; view: boolean }
  /** Folded: what is searched for, not what must not be there. */
  terms: string[]
}

/** Words, and conditions that look into messages, of one filter: each is tried on every message. */
const MOST_SEARCHED = 200

const TEXT_FIELDS = ['from', 'to', 'cc', 'bcc', 'subject'] as const
type TextField = (typeof TEXT_FIELDS)[number]

/** A filter of Email/query (RFC 8621 §4.4.1). Throws MethodError 'invalidArguments', 'unsupportedFilter'. */
export function readEmailFilter(call: Call, emails: EmailIndex, filter: unknown): EmailFilter {
  const known: Omit<EmailFilter, 'test'> = {
    mutable: { keywords: false, mailboxes: false, threads: false },
    reads: { text: false, view: false },
    terms: [],
  }
  let fields = 0
  const test = readFilter<Facts>(filter, (condition) =>
    every(
      Object.entries(condition).map(([name, value]) => {
        const testOne = testOf(call, emails, known, name, value)
        if (name === 'header') fields += 1
        if (known.terms.length + fields > MOST_SEARCHED) {
          throw new MethodError('unsupportedFilter', `At most ${MOST_SEARCHED} words are searched for.`)
        }
        return testOne
      }),
    ),
  )
  return { test, ...known }
}

function testOf(
  call: Call,
  emails: EmailIndex,
  known: Omit<EmailFilter, 'test'>,
  name: string,
  value: unknown,
): Test<Facts> {
  switch (name) {
    case 'inMailbox': {
      known.mutable.mailboxes = true
      if (!isId(value)) throw wrong(name)
      const wanted = resolveId(call, value)
      return ({ number }) => emails.isIn(number, wanted)
    }
    case 'inMailboxOtherThan': {
      known.mutable.mailboxes = true
      if (!Array.isArray(value) || !value.every(isId)) throw wrong(name)
      const others = new Set(value.map((id) => resolveId(call, id)))
      return ({ number }) => emails.copiesOf(number).some(({ folder }) => !others.has(folder.id))
    }
    case 'before':
    case 'after': {
      const time = parseUtcDate(value)
      if (time === undefined) throw wrong(name)
      // To the second, as Emails say it.
      const at = (number: EmailNumber) => Math.floor(emails.receivedAt(number) / 1000) * 1000
      return name === 'before' ? ({ number }) => at(number) < time : ({ number }) => at(number) >= time
    }
    case 'minSize':
    case 'maxSize': {
      if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong(name)
      const size = value as number
      return name === 'minSize'
        ? ({ number }) => emails.sizeOf(number) >= size
        : ({ number }) => emails.sizeOf(number) < size
    }
    case 'hasKeyword':
    case 'notKeyword': {
      known.mutable.keywords = true
      const has = keywordTest(keywordOf(name, value))
      return ({ number }) => has(emails.flagsOf(number)) === (name === 'hasKeyword')
    }
    case 'allInThreadHaveKeyword':
    case 'someInThreadHaveKeyword':
    case 'noneInThreadHaveKeyword': {
      known.mutable.keywords = true
      known.mutable.threads = true
      return threadTest(emails, name, keywordOf(name, value))
    }
    case 'hasAttachment':
      known.reads.view = true
      if (typeof value !== 'boolean') throw wrong(name)
      return ({ view }) => (view === undefined ? undefined : hasAttachment(bodyStructure(view.structure)) === value)
    case 'text':
    case 'body':
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
    case 'subject': {
      if (typeof value !== 'string') throw wrong(name)
      known.reads.text = true
      const terms = searchTerms(value)
      known.terms.push(...terms)
      return every(terms.map((term) => termTest(name, term)))
    }
    case 'header':
      known.reads.view = true
      return headerTest(value)
    default:
      throw new MethodError('unsupportedFilter', `Emails are not filtered by ${name.slice(0, 100)}.`)
  }
}

function wrong(name: string): MethodError {
  return invalidArguments(`${name} of a filter has another type.`, 'filter')
}

function keywordOf(name: string, value: unknown): string {
  if (typeof value !== 'string' || !isKeyword(value)) throw wrong(name)
  return value
}

/** Each Thread is looked at once, however many of its Emails are. */
function threadTest(emails: EmailIndex, name: string, keyword: string): Test<Facts> {
  const has = keywordTest(keyword)
  const answers = new Map<EmailNumber, boolean>()
  return ({ number }) => {
    const thread = emails.threadKeyOf(number)
    let answer = answers.get(thread)
    if (answer === undefined) {
      const numbers = emails.threadNumbers(emails.threadOf(number))
      const having = numbers.filter((one) => has(emails.flagsOf(one))).length
      if (name === 'allInThreadHaveKeyword') answer = having === numbers.length
      else answer = name === 'someInThreadHaveKeyword' ? having > 0 : having === 0
      answers.set(thread, answer)
    }
    return answer
  }
}

function termTest(name: 'text' | 'body' | TextField, term: string): Test<Facts> {
  const fields = name === 'text' ? TEXT_FIELDS : name === 'body' ? [] : ([name] as const)
  return ({ text, view }) => {
    if (view !== undefined && fields.some((field) => viewFieldHolds(view, field, term))) return true
    if (text !== undefined) {
      if (view === undefined && fields.some((field) => headerLinesHold(text.header, field, term))) return true
      if (name !== 'text' && name !== 'body') return false
      if (text.body.includes(term)) return true
      return text.whole ? false : undefined
    }
    return view !== undefined && name !== 'text' && name !== 'body' ? false : undefined
  }
}

function viewFieldHolds({ headerFields, envelope }: View, field: TextField, term: string): boolean {
  const block = parseHeader(headerFields)
  for (const each of block) {
    if (
      each.name.toLowerCase() === field &&
      foldForSearch(displayText(unfoldedValue(headerFields, each))).includes(term)
    )
      return true
  }
  if (field === 'subject')
    return envelope.subject !== null && foldForSearch(displayText(envelope.subject)).includes(term)
  // However the field had folded or commented it, an address is whole in the envelope.
  return envelope[field].some(({ mailbox, host }) => foldForSearch(`${mailbox}@${host}`).includes(term))
}

/** In the header's text as segments keep it: folded, a line a field. */
function headerLinesHold(header: string, field: string, term: string): boolean {
  for (let at = header.indexOf(term); at >= 0; at = header.indexOf(term, at + 1)) {
    const start = header.lastIndexOf('\n', at) + 1
    if (header.startsWith(`${field}:`, start) && at > start + field.length) return true
  }
  return false
}

function headerTest(value: unknown): Test<Facts> {
  if (!Array.isArray(value) || value.length < 1 || value.length > 2 || !value.every((one) => typeof one === 'string')) {
    throw wrong('header')
  }
  const field = (value[0] as string).toLowerCase()
  const wanted = value.length === 2 ? foldForSearch(value[1] as string) : ''
  const holds = (block: Uint8Array) =>
    parseHeader(block).some(
      (each) =>
        each.name.toLowerCase() === field && foldForSearch(displayText(unfoldedValue(block, each))).includes(wanted),
    )
  return ({ view, header }) => {
    if (header !== undefined) return holds(header)
    if (view === undefined || !areKept([field], view.headerFieldsMissing)) return undefined
    return holds(view.headerFields)
  }
}
