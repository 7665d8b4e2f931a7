import { foldForSearch } from '../../codec/mime/fold-text.ts'
import { log } from '../../log.ts'
import type { MessageText } from '../../store/segment-codec.ts'
import type { SegmentRef } from '../../store/snapshot-codec.ts'
import type { TextKey } from './search-keys.ts'
import type { Selected } from './session.ts'

/** For fewer messages than this of a segment their objects are read: a segment's text is read whole. */
const WORTH_A_SEGMENT = 16

/**
 * What the text kept in segments says to BODY and TEXT, for messages (numbers, ascending) that are in one. An answer that is missing is not
 * known: the message is longer than what is kept, and only its object tells.
 */
export async function* searchSegments(
  session: Selected,
  numbers: readonly number[],
  keys: readonly TextKey[],
): AsyncGenerator<[number, ReadonlyMap<TextKey, boolean>]> {
  const { view } = session
  const wanted = keys.filter(({ key }) => key !== 'HEADER').map((key) => ({ key, text: foldForSearch(key.text) }))
  if (wanted.length === 0) return
  for (const segment of view.replica.segments) {
    const uids = new Map<number, number>()
    for (const number of numbers) {
      const uid = view.uidOf(number)
      if (uid >= segment.firstUid && uid <= segment.lastUid) uids.set(uid, number)
    }
    if (uids.size < WORTH_A_SEGMENT) continue
    for await (const [uid, text] of textsOf(session, segment)) {
      const number = uids.get(uid)
      if (number !== undefined) yield [number, answersOf(text, wanted)]
    }
  }
}

function answersOf(
  { header, body, whole }: MessageText,
  wanted: readonly { key: TextKey; text: string }[],
): Map<TextKey, boolean> {
  const answers = new Map<TextKey, boolean>()
  for (const { key, text } of wanted) {
    const found = body.includes(text) || (key.key === 'TEXT' && header.includes(text))
    if (found || whole) answers.set(key, found)
  }
  return answers
}

/** Nothing of a segment that cannot be read, which another fold may have replaced: then the objects tell. */
async function* textsOf({ store }: Selected, segment: SegmentRef): AsyncGenerator<[uid: number, MessageText]> {
  try {
    for await (const { uids, texts } of store.segments.textsOf(segment)) {
      for (const [index, uid] of uids.entries()) yield [uid, texts[index]!]
    }
  } catch (error) {
    log.warn('segment-not-read', { segment: segment.name, error: error as Error })
  }
}
