import type { ContentId, MailboxId, Modseq } from '../../mailbox/ids.ts'
import type { SegmentEntry } from '../../store/segment-codec.ts'
import type { SegmentRef } from '../../store/snapshot-codec.ts'
import type { TenantStore } from '../../store/store.ts'
import { encodeText } from '../../store/text-frame.ts'
import type { View } from '../../store/views.ts'
import { messageText, readMessageText } from './message-text.ts'

/** Characters of a message's text that a segment keeps for SEARCH. */
const KEPT_CHARACTERS = 64 * 1024
const MESSAGES_PER_SEGMENT = 1000
/** Messages read at once: each is an object of its own. */
const READ_AT_ONCE = 16
/** Up to this a message is read whole, once; of a larger one its headers and text parts are, each by itself. */
const WHOLE_OCTETS = 256 * 1024

/**
 * Makes segments of the messages (ascending) that are in none, a thousand at a time; the rest waits for the next fold. Returns all segments of the
 * mailbox that still hold one of its messages.
 */
export async function extendSegments(
  store: TenantStore,
  mailbox: MailboxId,
  modseq: Modseq,
  messages: readonly { uid: number; content: ContentId }[],
  existing: readonly SegmentRef[],
): Promise<SegmentRef[]> {
  const inUse = existing.filter(({ firstUid, lastUid }) =>
    messages.some(({ uid }) => firstUid <= uid && uid <= lastUid),
  )
  const covered = existing.at(-1)?.lastUid ?? 0
  const waiting = messages.filter(({ uid }) => uid > covered)
  const made: SegmentRef[] = []
  for (let at = 0; at + MESSAGES_PER_SEGMENT <= waiting.length; at += MESSAGES_PER_SEGMENT) {
    const entries = entriesOf(store, waiting.slice(at, at + MESSAGES_PER_SEGMENT))
    made.push(await store.segments.put(mailbox, modseq, entries))
  }
  return [...inUse, ...made]
}

async function* entriesOf(
  store: TenantStore,
  messages: readonly { uid: number; content: ContentId }[],
): AsyncGenerator<SegmentEntry> {
  for (let at = 0; at < messages.length; at += READ_AT_ONCE) {
    const slice = messages.slice(at, at + READ_AT_ONCE)
    const contents = slice.map(({ content }) => content)
    const views = await store.views.getMany(contents)
    const small = contents.filter((_, index) => views[index]!.sizeOctets <= WHOLE_OCTETS)
    const read = await store.contents.readMany(small)
    const wholes = new Map(small.map((content, index) => [content, read[index]]))
    for (const [index, { uid, content }] of slice.entries()) {
      const view = views[index]!
      // In octets, text by text: strings of a thousand messages would be copied by each collection of garbage.
      yield { uid, view, text: encodeText(await textOf(store, content, view, wholes.get(content))) }
    }
  }
}

function textOf(store: TenantStore, content: ContentId, { structure }: View, whole: Uint8Array | undefined) {
  if (whole === undefined) return readMessageText(store, content, structure, KEPT_CHARACTERS)
  return messageText(structure, ({ start, end }) => [whole.subarray(start, end)], KEPT_CHARACTERS)
}
