/** The open conversation. Everything it shows comes in one round trip (RFC 8621 §4.10), which marks it read, too. */
import { effect, signal } from '@preact/signals'
import type { Email, GetResponse, SetResponse } from '../jmap/types.ts'
import {
  emailsVersion,
  knownEmailState,
  patchEmails,
  takeEmailState,
  takeThreads,
  takeWholes,
  threadEmailIds,
  threadSummaries,
  WHOLE,
  wholeOf,
} from './emails.ts'
import { callMailboxes, mailboxByRole, mailboxes, takeMailboxes } from './mailboxes.ts'
import { notifyFailure } from './notices.ts'
import { route } from './route.ts'
import { current, openBatch, send, signedIn } from './session.ts'

/** Of one body; what is longer is cut, and says so. */
const MAX_BODY_OCTETS = 512 * 1024

export interface Conversation {
  threadId: string
  status: 'loading' | 'ready' | 'failed'
  /** What was unread as it was opened. */
  fresh: ReadonlySet<string>
  failure?: unknown
}

export const conversation = signal<Conversation | undefined>(undefined)

let awaited = 0

export async function openConversation(threadId: string, { again = false } = {}): Promise<void> {
  awaited += 1
  const turn = awaited
  const ids = threadEmailIds(threadId)
  const isKnown = ids.length > 0 && ids.every((id) => wholeOf(id) !== undefined)
  const unread = threadSummaries(threadId)
    .filter(({ keywords }) => !keywords['$seen'])
    .map(({ id }) => id)
  const before = conversation.value?.threadId === threadId ? conversation.value.fresh : []
  const fresh = new Set([...before, ...unread])
  conversation.value = { threadId, status: isKnown || again ? 'ready' : 'loading', fresh }
  if (isKnown && !again && unread.length === 0) return
  try {
    const batch = openBatch()
    const { accountId } = current()
    const threads = batch.call<GetResponse<{ id: string; emailIds: string[] }>>('Thread/get', {
      accountId,
      ids: [threadId],
    })
    const emails = batch.call<GetResponse<Email>>('Email/get', {
      accountId,
      '#ids': threads.ref('/list/*/emailIds'),
      properties: WHOLE,
      bodyProperties: ['partId', 'blobId', 'size', 'name', 'type', 'charset', 'disposition', 'cid'],
      fetchTextBodyValues: true,
      fetchHTMLBodyValues: true,
      maxBodyValueBytes: MAX_BODY_OCTETS,
    })
    const seen = unread.length === 0 ? undefined : callSeen(batch, unread)
    await send(batch)
    takeThreads(threads.result().list)
    takeWholes(emails.result().list)
    if (turn === awaited) conversation.value = { threadId, status: 'ready', fresh }
    if (seen) takeSeen(seen, unread)
  } catch (failure) {
    if (turn === awaited) conversation.value = { threadId, status: 'failed', failure, fresh }
  }
}

function callSeen(batch: ReturnType<typeof openBatch>, ids: readonly string[]) {
  const update = Object.fromEntries(ids.map((id) => [id, { 'keywords/$seen': true }]))
  const done = batch.call<SetResponse>('Email/set', { accountId: current().accountId, update })
  return { done, boxes: callMailboxes(batch) }
}

/** A conversation that is read and cannot be marked so is no failure of reading it. */
function takeSeen({ done, boxes }: ReturnType<typeof callSeen>, unread: readonly string[]): void {
  try {
    const { oldState, newState } = done.result()
    patchEmails(unread, ({ keywords, mailboxIds }) => ({ mailboxIds, keywords: { ...keywords, $seen: true } }))
    if (oldState === knownEmailState()) takeEmailState(newState)
    takeMailboxes(boxes.result())
  } catch (error) {
    notifyFailure('The conversation could not be marked as read.', error)
  }
}

/** What is shown of it: what lies in Trash or Junk only where all of it does, or the person looks there. */
export function conversationEmails(threadId: string, inMailbox: string | undefined): Email[] {
  emailsVersion.value // what is read here changes with it
  const hidden = (['trash', 'junk'] as const).flatMap((role) => mailboxByRole(role)?.id ?? [])
  const all = threadEmailIds(threadId).flatMap((id) => wholeOf(id) ?? [])
  if (inMailbox !== undefined && hidden.includes(inMailbox)) {
    return all.filter(({ mailboxIds }) => mailboxIds[inMailbox])
  }
  const shown = all.filter(({ mailboxIds }) => !Object.keys(mailboxIds).every((id) => hidden.includes(id)))
  return shown.length > 0 ? shown : all
}

effect(() => {
  const to = route.value
  const isReady = Boolean(signedIn.value) && mailboxes.value !== undefined
  const threadId = to.view === 'mail' && isReady ? to.thread : undefined
  if (threadId === conversation.peek()?.threadId) return
  if (threadId === undefined) conversation.value = undefined
  else queueMicrotask(() => void openConversation(threadId))
})
