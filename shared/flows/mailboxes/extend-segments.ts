import type { ContentId, MailboxId, Modseq } from '../../mailbox/ids.ts'
import type { SegmentEntry } from '../../store/segment-codec.ts'
import type { SegmentRef } from '../../store/snapshot-codec.ts'
import type { TenantStore } from '../../store/store.ts'
import { readMessageText } from './message-text.ts'

/** Characters of a message's text that a segment keeps for SEARCH. */
const KEPT_CHARACTERS = 64 * 1024
const MESSAGES_PER_SEGMENT = 1000
/** Texts read at once: each is an object of its own. */
const READ_AT_ONCE = 16

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
    const entries = await entriesOf(store, waiting.slice(at, at + MESSAGES_PER_SEGMENT))
    made.push(await store.segments.put(mailbox, modseq, entries))
  }
  return [...inUse, ...made]
}

async function entriesOf(
  store: TenantStore,
  messages: readonly { uid: number; content: ContentId }[],
): Promise<SegmentEntry[]> {
  const entries: SegmentEntry[] = []
  for (let at = 0; at < messages.length; at += READ_AT_ONCE) {
    const slice = messages.slice(at, at + READ_AT_ONCE)
    const views = await store.views.getMany(slice.map(({ content }) => content))
    const texts = await Promise.all(
      slice.map(({ content }, index) => readMessageText(store, content, views[index]!.structure, KEPT_CHARACTERS)),
    )
    for (const [index, { uid }] of slice.entries()) {
      entries.push({ uid, view: views[index]!, text: texts[index]! })
    }
  }
  return entries
}
