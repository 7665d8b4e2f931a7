import type { SearchKey } from '../../codec/imap/search.ts'
import { contains, type NumberRanges, resolveSequenceSet, type SequenceSet } from '../../codec/imap/sequence-set.ts'
import { displayText } from '../../codec/mime/encoded-word.ts'
import { foldForSearch } from '../../codec/mime/fold-text.ts'
import { parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import { areKept } from '../../codec/mime/header-fields.ts'
import { SYSTEM_FLAGS, type SystemFlag } from '../../mailbox/flags.ts'
import { WantedFields } from '../../store/field-list.ts'
import type { Listing } from '../../store/listing.ts'
import type { SectionName } from '../../store/segment-codec.ts'
import type { View } from '../../store/views.ts'
import { sentDay } from './sent-day.ts'
import type { Place } from './sequence-view.ts'
import type { Selected } from './session.ts'

/** What is known of a message so far: first its row alone, then its listing, then what its object holds. */
export interface Facts {
  place: Place
  listing?: Listing
  /** Answers of its text, by the key that asked. */
  read?: TextAnswers
}

/** Undefined: not known. */
export interface TextAnswers {
  get(key: TextKey): boolean | undefined
}

export type TextKey = Extract<SearchKey, { key: 'HEADER' | 'BODY' | 'TEXT' }>

/** Whether a message has what is asked for; undefined: more must be known of it. */
export type Matcher = (facts: Facts) => boolean | undefined

const DAY_MS = 86_400_000

/** A key as a test. Sets of messages are resolved now, as the client counts now. */
export function matcherOf(session: Selected, key: SearchKey): Matcher {
  switch (key.key) {
    case 'ALL':
    case 'SAVEDATESUPPORTED':
      return () => true
    case 'AND':
      return every(key.keys.map((each) => matcherOf(session, each)))
    case 'OR': {
      const none = every(key.keys.map((each) => not(matcherOf(session, each))))
      return not(none)
    }
    case 'NOT':
      return not(matcherOf(session, key.not))
    case 'MESSAGES':
      return ofMessages(session, key.messages)
    case 'UID':
      return ofUids(rangesOfUids(session, key.messages))
    case 'FLAG':
      return ofFlag(session, key.flag, key.set)
    case 'DATE':
      return ofDate(key)
    case 'OLDER':
    case 'YOUNGER': {
      const edge = session.services.store.engine.clock.now() - key.seconds * 1000
      const older = key.key === 'OLDER'
      return ({ place: { table, row } }) => (older ? table.dateAt(row) <= edge : table.dateAt(row) >= edge)
    }
    case 'LARGER':
      return ({ place: { table, row } }) => table.sizeAt(row) > key.sizeOctets
    case 'SMALLER':
      return ({ place: { table, row } }) => table.sizeAt(row) < key.sizeOctets
    case 'MODSEQ':
      return ({ place: { table, row } }) => table.modseqAt(row) >= key.modseq
    case 'EMAILID':
      return ({ place: { table, row } }) => table.contentAt(row) === key.id
    case 'THREADID':
      return ({ place: { table, row } }) => table.threadAt(row) === key.id
    case 'HEADER':
      return ofHeader(key)
    case 'BODY':
    case 'TEXT':
      return ofText(key)
  }
}

function every(matchers: readonly Matcher[]): Matcher {
  return (facts) => {
    let result: boolean | undefined = true
    for (const matches of matchers) {
      const one = matches(facts)
      if (one === false) return false
      if (one === undefined) result = undefined
    }
    return result
  }
}

function not(matches: Matcher): Matcher {
  return (facts) => {
    const result = matches(facts)
    return result === undefined ? undefined : !result
  }
}

function ofMessages(session: Selected, set: SequenceSet): Matcher {
  if (set === '$') return ofUids(session.savedResult)
  const ranges = resolveSequenceSet(set, session.view.count)
  return ({ place }) => contains(ranges, place.number)
}

function rangesOfUids({ savedResult, view }: Selected, set: SequenceSet): NumberRanges {
  return set === '$' ? savedResult : resolveSequenceSet(set, view.lastUid)
}

function ofUids(ranges: NumberRanges): Matcher {
  return ({ place: { table, row } }) => contains(ranges, table.uidAt(row))
}

function ofFlag({ view }: Selected, flag: string, set: boolean): Matcher {
  if (flag === '\\Recent') return ({ place: { table, row } }) => view.isRecent(table.uidAt(row)) === set
  const bit = Object.hasOwn(SYSTEM_FLAGS, flag) ? SYSTEM_FLAGS[flag as SystemFlag] : undefined
  if (bit !== undefined) return ({ place: { table, row } }) => ((table.systemFlagsAt(row) & bit) !== 0) === set
  const lower = flag.toLowerCase()
  return ({ place: { table, row } }) =>
    table.flagsAt(row).keywords.some((keyword) => keyword.toLowerCase() === lower) === set
}

/** Days as the server sees them, in UTC, and of SENT as the sender wrote them (RFC 9051 §6.4.4: time and zone do not count). */
function ofDate({ of, is, day }: Extract<SearchKey, { key: 'DATE' }>): Matcher {
  const compare = (other: number) => (is === 'BEFORE' ? other < day : is === 'ON' ? other === day : other >= day)
  if (of === 'INTERNALDATE') return ({ place: { table, row } }) => compare(Math.floor(table.dateAt(row) / DAY_MS))
  if (of === 'SAVED') return ({ place: { table, row } }) => compare(Math.floor(table.savedAt(row) / DAY_MS))
  return ({ listing }) => {
    if (listing === undefined) return undefined
    const { date } = listing.view.envelope
    const sent = date === null ? undefined : sentDay(date)
    return sent !== undefined && compare(sent)
  }
}

function ofHeader(key: Extract<SearchKey, { key: 'HEADER' }>): Matcher {
  const wanted = foldForSearch(key.text)
  const fields = new WantedFields([key.field])
  return ({ listing, read }) => {
    if (listing === undefined) return read?.get(key) // of a field that is in no listing
    if (asksEnvelope(key) && addressesHold(listing.view, key.field, wanted)) return true
    const block = listing.headerFields(fields)
    if (block === undefined) return read?.get(key)
    if (isPlainHeader(block) && !block.toLowerCase().includes(wanted)) return false
    return headerHolds(Buffer.from(block, 'latin1'), key.field, wanted)
  }
}

/** Such a header says what stands there: US-ASCII, nothing encoded, nothing folded, no tabs, and line ends where lines end. */
function isPlainHeader(block: string): boolean {
  return !/[^\x01-\x08\x0a-\x7f]|=\?|\n |\r(?!\n)/.test(block)
}

const ADDRESS_FIELDS = new Set(['from', 'to', 'cc', 'bcc'])

/** FROM, TO, CC and BCC look at the envelope (RFC 3501 §6.4.4), where an address is whole however the field had folded or commented it. */
function asksEnvelope({ field, text }: Extract<SearchKey, { key: 'HEADER' }>): boolean {
  return ADDRESS_FIELDS.has(field) && text.includes('@')
}

function addressesHold(view: View, field: string, wanted: string): boolean {
  const addresses = view.envelope[field as 'from' | 'to' | 'cc' | 'bcc']
  return addresses.some(({ mailbox, host }) => foldForSearch(`${mailbox}@${host}`).includes(wanted))
}

/** Sections of a segment without which the matchers of a search cannot ask its listings; 'views' also where objects may have to be read. */
export function sectionsOf(key: SearchKey): readonly SectionName[] {
  switch (key.key) {
    case 'AND':
    case 'OR':
      return [...new Set(key.keys.flatMap(sectionsOf))]
    case 'NOT':
      return sectionsOf(key.not)
    case 'HEADER':
      return areKept([key.field], []) && !asksEnvelope(key) ? ['fields'] : ['fields', 'views']
    default:
      return ['views']
  }
}

/** Whether a field of that name (lower case) holds the text, which is folded already; '' asks whether there is one. */
export function headerHolds(block: Uint8Array, field: string, wanted: string): boolean {
  for (const each of parseHeader(block)) {
    if (each.name.toLowerCase() !== field) continue
    if (wanted === '' || foldForSearch(displayText(unfoldedValue(block, each))).includes(wanted)) return true
  }
  return false
}

function ofText(key: TextKey): Matcher {
  if (key.text === '') return () => true
  return ({ read }) => read?.get(key)
}

/** Keys that may have to read objects, in a search. */
export function textKeysOf(key: SearchKey): TextKey[] {
  if (key.key === 'AND' || key.key === 'OR') return key.keys.flatMap(textKeysOf)
  if (key.key === 'NOT') return textKeysOf(key.not)
  return key.key === 'HEADER' || key.key === 'BODY' || key.key === 'TEXT' ? [key] : []
}

/** Whether a search says anything of MODSEQ, which its answer then repeats (RFC 7162 §3.1.5). */
export function namesModseq(key: SearchKey): boolean {
  if (key.key === 'AND' || key.key === 'OR') return key.keys.some(namesModseq)
  if (key.key === 'NOT') return namesModseq(key.not)
  return key.key === 'MODSEQ'
}
