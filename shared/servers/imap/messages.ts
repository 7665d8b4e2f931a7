import {
  exceeds,
  mergeRanges,
  type NumberRanges,
  resolveSequenceSet,
  type SequenceSet,
} from '../../codec/imap/sequence-set.ts'
import { ParseError } from '../../codec/parse-error.ts'
import type { Selected } from './session.ts'

/**
 * Message sequence numbers of those that a command names, ascending. UIDs that are not there are passed over (RFC 9051 §6.4.9);
 * a number beyond the mailbox is the client's error (§9, seq-number): ParseError.
 */
export function resolveMessages(session: Selected, set: SequenceSet, byUid: boolean): number[] {
  const { view } = session
  if (set === '$') return numbersOfUids(session, session.savedResult)
  if (byUid) return numbersOfUids(session, resolveSequenceSet(set, view.lastUid))
  if (exceeds(set, view.count)) throw new ParseError('There are not so many messages')
  const numbers: number[] = []
  for (const [first, last] of resolveSequenceSet(set, view.count)) {
    for (let number = first; number <= last; number += 1) numbers.push(number)
  }
  return numbers
}

/** UIDs of those that a command names, ascending. Throws as `resolveMessages`. */
export function resolveUids(session: Selected, set: SequenceSet, byUid: boolean): number[] {
  return resolveMessages(session, set, byUid).map((number) => session.view.uidOf(number))
}

function numbersOfUids({ view }: Selected, uids: NumberRanges): number[] {
  const numbers: number[] = []
  for (const [first, last] of mergeRanges(uids)) {
    const end = view.firstNumberFrom(last + 1)
    for (let number = view.firstNumberFrom(first); number < end; number += 1) numbers.push(number)
  }
  return numbers
}
