import { foldForSearch } from '../../codec/mime/fold-text.ts'
import { log } from '../../log.ts'
import type { SegmentRef } from '../../store/snapshot-codec.ts'
import type { TextFrame } from '../../store/text-frame.ts'
import type { TextAnswers, TextKey } from './search-keys.ts'
import type { Selected } from './session.ts'

/** For fewer messages than this of a segment their objects are read: a segment's text is read whole. */
const WORTH_A_SEGMENT = 16

/** A message by its number. */
type Answered = [number: number, read: TextAnswers]

/**
 * What the text kept in segments says to BODY and TEXT, for messages (numbers, ascending) that are in one, some at a time. Answers hold until the next are
 * asked for; one that is missing is not known: the message is longer than what is kept, and only its object tells.
 */
export async function* searchSegments(
  session: Selected,
  numbers: readonly number[],
  keys: readonly TextKey[],
): AsyncGenerator<Answered[]> {
  const { view } = session
  const wanted = keys
    .filter(({ key }) => key !== 'HEADER')
    .map((key) => ({ key, octets: Buffer.from(foldForSearch(key.text)) }))
  if (wanted.length === 0) return
  let from = 0
  for (const segment of view.replica.segments) {
    while (from < numbers.length && view.uidOf(numbers[from]!) < segment.firstUid) from += 1
    let to = from
    while (to < numbers.length && view.uidOf(numbers[to]!) <= segment.lastUid) to += 1
    const inSegment = numbers.slice(from, to)
    from = to
    if (inSegment.length < WORTH_A_SEGMENT) continue
    let next = 0
    for await (const { uids, frame } of framesOf(session, segment)) {
      const found = new Map(
        wanted.map(({ key, octets }) => [key, frame.find(octets, key.key === 'BODY' ? 'body' : 'all')]),
      )
      const answered: Answered[] = []
      for (const [index, uid] of uids.entries()) {
        while (next < inSegment.length && view.uidOf(inSegment[next]!) < uid) next += 1
        const number = inSegment[next]
        if (number === undefined) break
        if (view.uidOf(number) !== uid) continue
        const get = (key: TextKey) => (found.get(key)?.[index] === 1 ? true : answerWithout(found, frame, key, index))
        answered.push([number, { get }])
      }
      yield answered
    }
  }
}

/** Where nothing was found: that there is nothing, if all of the text is here. */
function answerWithout(
  found: ReadonlyMap<TextKey, Uint8Array>,
  frame: TextFrame,
  key: TextKey,
  index: number,
): false | undefined {
  return found.has(key) && frame.isWhole(index) ? false : undefined
}

/** Nothing of a segment that cannot be read, which another fold may have replaced: then the objects tell. */
async function* framesOf(
  { store }: Selected,
  segment: SegmentRef,
): AsyncGenerator<{ uids: readonly number[]; frame: TextFrame }> {
  try {
    yield* store.segments.framesOf(segment)
  } catch (error) {
    log.warn('segment-not-read', { segment: segment.name, error: error as Error })
  }
}
