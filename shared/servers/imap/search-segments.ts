import { foldForSearch } from '../../codec/mime/fold-text.ts'
import { areKept } from '../../codec/mime/header-fields.ts'
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
 * What the text kept in segments says to BODY, TEXT and those HEADERs that no listing has, for messages (numbers, ascending) that are in one, some at a
 * time. Answers hold until the next are asked for; one that is missing is not known: the message is longer than what is kept, or holds field and words
 * but perhaps not the ones in the other, and only its object tells.
 */
export async function* searchSegments(
  session: Selected,
  numbers: readonly number[],
  keys: readonly TextKey[],
): AsyncGenerator<Answered[]> {
  const { view } = session
  const wanted = keys
    .filter((key) => key.key !== 'HEADER' || !areKept([key.field], []))
    .map((key) => ({ key, texts: textsOf(key).map((text) => Buffer.from(text)) }))
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
      const found = new Map(wanted.map(({ key, texts }) => [key, findAll(frame, key, texts)]))
      const answered: Answered[] = []
      for (const [index, uid] of uids.entries()) {
        while (next < inSegment.length && view.uidOf(inSegment[next]!) < uid) next += 1
        const number = inSegment[next]
        if (number === undefined) break
        if (view.uidOf(number) !== uid) continue
        const get = (key: TextKey) => answerOf(found.get(key)?.[index], frame, key, index)
        answered.push([number, { get }])
      }
      yield answered
    }
  }
}

const PLACES = { HEADER: 'header', BODY: 'body', TEXT: 'all' } as const

/** What a message that matches holds, folded: of HEADER the field's name, too, as the headers of a message and of its parts are one text. */
function textsOf(key: TextKey): string[] {
  if (key.key !== 'HEADER') return [foldForSearch(key.text)]
  const name = foldForSearch(`${key.field}:`)
  return key.text === '' ? [name] : [name, foldForSearch(key.text)]
}

/** 1 for each message of the frame that holds all the texts. */
function findAll(frame: TextFrame, { key }: TextKey, texts: readonly Uint8Array[]): Uint8Array {
  const [first, ...others] = texts.map((text) => frame.find(text, PLACES[key]))
  for (const other of others) for (let index = 0; index < other.length; index += 1) first![index]! &= other[index]!
  return first!
}

/** `found`: undefined for what was not looked for, else whether it was found. That there is nothing is known if all of the text is here. */
function answerOf(found: number | undefined, frame: TextFrame, { key }: TextKey, index: number): boolean | undefined {
  if (found === undefined) return undefined
  if (key === 'HEADER') return found === 1 ? undefined : false
  return found === 1 || (frame.isWhole(index) ? false : undefined)
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
