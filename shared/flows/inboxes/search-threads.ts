import { foldForSearch } from '../../codec/mime/fold-text.ts'
import type { ImapAddress } from '../../codec/mime/structure-types.ts'
import { log } from '../../log.ts'
import type { AccountId, ContentId, ThreadId } from '../../mailbox/ids.ts'
import type { PageOf, PageRequest } from '../../store/pages.ts'
import type { SegmentRef } from '../../store/snapshot-codec.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import { showAddresses } from '../emails/read-received.ts'
import { attachmentParts } from '../mailboxes/message-bodies.ts'
import { readMessageText } from '../mailboxes/message-text.ts'
import { describeThreads, type ListedThread, subjectOf, type ThreadFilter, threadFilter } from './list-threads.ts'
import { emailIdOf } from './read-thread.ts'
import {
  type Copy,
  copyAt,
  type OpenMailbox,
  pageOfHeads,
  threadHeads,
  viewsOfCopies,
  withMailboxes,
} from './thread-index.ts'

/** What one message of a conversation has to be like. */
export interface MessageFilter {
  /** In its header or its text. */
  query?: string | undefined
  /** In one of the addresses or names of the field: one of these. */
  from?: readonly string[] | undefined
  to?: readonly string[] | undefined
  cc?: readonly string[] | undefined
  bcc?: readonly string[] | undefined
  hasAttachment?: boolean | undefined
  /** INTERNALDATE, milliseconds since 1970; `until` is exclusive. */
  since?: number | undefined
  until?: number | undefined
}

export interface FoundThread extends ListedThread {
  /** The newest message that is as was asked for; undefined where only conversations were asked for. */
  matchedEmail: ContentId | undefined
}

const VIEWS_AT_ONCE = 500
/** For fewer messages of a segment their objects are read: a segment's text is read whole. */
const WORTH_A_SEGMENT = 16
/** Of one message, where its text is in no segment. */
const SEARCHED_CHARACTERS = 1024 * 1024

/** Conversations with a message that fits, the one that was active last first. */
export function searchThreads(
  own: TenantStore,
  account: AccountId,
  filter: ThreadFilter & MessageFilter,
  page: PageRequest,
): Promise<PageOf<FoundThread>> {
  return withMailboxes(own, account, async (mailboxes) => {
    const labels = await own.labels.list(account)
    const heads = threadHeads(mailboxes).filter(threadFilter(filter, labels))
    const asked = Object.values(messageFilterOf(filter)).some((value) => value !== undefined)
    const matches = asked ? await matchesIn(own, mailboxes, new Set(heads.map(({ id }) => id)), filter) : undefined
    const fitting = matches === undefined ? heads : heads.filter(({ id }) => matches.has(id))
    const { items, hasMore } = pageOfHeads(fitting, page)
    const described = await describeThreads(own, mailboxes, items, labels)
    return {
      items: described.map((thread) => ({ ...thread, matchedEmail: matches?.get(thread.id)?.id })),
      hasMore,
    }
  })
}

function messageFilterOf({ query, from, to, cc, bcc, hasAttachment, since, until }: MessageFilter): MessageFilter {
  return { query, from, to, cc, bcc, hasAttachment, since, until }
}

/** The newest message that fits of each conversation that has one. */
async function matchesIn(
  own: TenantStore,
  mailboxes: readonly OpenMailbox[],
  threads: ReadonlySet<ThreadId>,
  filter: MessageFilter,
): Promise<ReadonlyMap<ThreadId, { id: ContentId; date: number }>> {
  const found = new Map<ThreadId, { id: ContentId; date: number }>()
  for (const mailbox of mailboxes) {
    if (mailbox.folder === 'drafts') continue
    const candidates = copiesWithin(mailbox, threads, filter)
    const undecided: { copy: Copy; view: View }[] = []
    const note = ({ copy, view }: { copy: Copy; view: View }) => {
      const thread = mailbox.table.threadAt(copy.row)
      const known = found.get(thread)
      if (known === undefined || known.date < copy.date) {
        found.set(thread, { id: emailIdOf(copy.content, view), date: copy.date })
      }
    }
    for (let at = 0; at < candidates.length; at += VIEWS_AT_ONCE) {
      const batch = candidates.slice(at, at + VIEWS_AT_ONCE)
      const views = await viewsOfCopies(own, batch)
      for (const copy of batch) {
        const view = views.get(copy.content)!
        if (!fits(view, filter)) continue
        if (filter.query === undefined || headHolds(view, foldForSearch(filter.query))) note({ copy, view })
        else undecided.push({ copy, view })
      }
    }
    if (filter.query === undefined) continue
    for await (const one of textHolds(own, mailbox, undecided, foldForSearch(filter.query))) note(one)
  }
  return found
}

function copiesWithin(mailbox: OpenMailbox, threads: ReadonlySet<ThreadId>, { since, until }: MessageFilter): Copy[] {
  const { table, count } = mailbox
  const copies: Copy[] = []
  for (let row = 0; row < count; row += 1) {
    const date = table.dateAt(row)
    if ((since !== undefined && date < since) || (until !== undefined && date >= until)) continue
    if (threads.has(table.threadAt(row))) copies.push(copyAt(mailbox, row))
  }
  return copies
}

function fits({ envelope, structure }: View, { from, to, cc, bcc, hasAttachment }: MessageFilter): boolean {
  return (
    holdsOne(envelope.from, from) &&
    holdsOne(envelope.to, to) &&
    holdsOne(envelope.cc, cc) &&
    holdsOne(envelope.bcc, bcc) &&
    (hasAttachment === undefined || attachmentParts(structure).length > 0 === hasAttachment)
  )
}

function holdsOne(addresses: readonly ImapAddress[], wanted: readonly string[] | undefined): boolean {
  if (wanted === undefined) return true
  const texts = showAddresses(addresses).map(foldForSearch)
  return wanted.some((one) => texts.some((text) => text.includes(foldForSearch(one.trim()))))
}

/** What the view alone tells. */
function headHolds(view: View, wanted: string): boolean {
  const { from, to, cc } = view.envelope
  const texts = [subjectOf(view) ?? '', ...showAddresses([...from, ...to, ...cc])]
  return texts.some((text) => foldForSearch(text).includes(wanted))
}

/** Those whose text holds the words: by segments where many of one are asked for, else by their objects. */
async function* textHolds(
  own: TenantStore,
  { replica }: OpenMailbox,
  asked: readonly { copy: Copy; view: View }[],
  wanted: string,
): AsyncGenerator<{ copy: Copy; view: View }> {
  const left = new Map(asked.map((one) => [one.copy.uid, one]))
  for (const segment of replica.segments) {
    const inSegment = asked.filter(({ copy: { uid } }) => uid >= segment.firstUid && uid <= segment.lastUid)
    if (inSegment.length < WORTH_A_SEGMENT) continue
    for await (const { uid, holds } of segmentAnswers(own, segment, wanted)) {
      const one = left.get(uid)
      left.delete(uid)
      if (one !== undefined && holds) yield one
    }
  }
  for (const one of left.values()) {
    const { copy, view } = one
    const { header, body } = await readMessageText(own, copy.content, view.structure, SEARCHED_CHARACTERS)
    if (header.includes(wanted) || body.includes(wanted)) yield one
  }
}

/** Says nothing of messages longer than what is kept, nor where the segment cannot be read: their objects tell. */
async function* segmentAnswers(
  own: TenantStore,
  segment: SegmentRef,
  wanted: string,
): AsyncGenerator<{ uid: number; holds: boolean }> {
  const octets = Buffer.from(wanted)
  try {
    for await (const { uids, frame } of own.segments.framesOf(segment)) {
      const found = frame.find(octets, 'all')
      for (const [index, uid] of uids.entries()) {
        const holds = found[index] === 1
        if (holds || frame.isWhole(index)) yield { uid, holds }
      }
    }
  } catch (error) {
    log.warn('segment-not-read', { segment: segment.name, error: error as Error })
  }
}
