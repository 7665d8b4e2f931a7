/** What changes while the app is open: told by EventSource (RFC 8620 §7.3), asked for every minute where that does not come. */
import { signal } from '@preact/signals'
import { expand } from '../jmap/blobs.ts'
import { Failure } from '../jmap/failure.ts'
import type { ChangesResponse, EmailSummary, GetResponse } from '../jmap/types.ts'
import { shortName } from '../text/addresses.ts'
import { conversation, openConversation } from './conversation.ts'
import { forgetEmails, knownEmailState, SUMMARY, takeEmailState, takeSummaries, wholeOf } from './emails.ts'
import { callMailboxes, knownMailboxState, mailboxByRole, takeMailboxes } from './mailboxes.ts'
import { forgetOtherLists, list, refreshList } from './message-list.ts'
import { announce } from './notices.ts'
import { current, openBatch, send } from './session.ts'

/** Whether the server answered the last time it was asked. */
export const online = signal(true)

const PING_S = 60
const POLL_MS = 60_000
const RETRY_MS = 5_000
const LOOK_AFTER_MS = 200
const MAX_CHANGES = 200

let source: EventSource | undefined
let running: Promise<void> | undefined
let again = false
/** Types that others want to know of (RFC 8620 §7.1), and who. */
const watchers = new Map<string, () => void>()

export function watchType(type: string, changed: () => void): void {
  watchers.set(type, changed)
}

export function startLive(): void {
  connect()
  setInterval(() => {
    if (source?.readyState !== EventSource.OPEN) sync()
  }, POLL_MS)
  addEventListener('online', sync)
  addEventListener('offline', () => {
    online.value = false
  })
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) sync()
  })
}

/** Newest states that were told, and the moment after which they are looked at: what this page did itself it knows from the answer. */
let told: Record<string, string> = {}
let looking: ReturnType<typeof setTimeout> | undefined

function look(): void {
  const { Email: email, Mailbox: mailbox } = told
  told = {}
  const isNews = (state: string | undefined, known: string | undefined) => state !== undefined && state !== known
  if (isNews(email, knownEmailState()) || isNews(mailbox, knownMailboxState())) sync()
}

function connect(): void {
  source?.close()
  const url = expand(current().session.eventSourceUrl, { types: '*', closeafter: 'no', ping: String(PING_S) })
  source = new EventSource(url)
  let opened = false
  source.addEventListener('open', () => {
    // After a break something may have happened in it.
    if (opened || !online.value) sync()
    opened = true
  })
  source.addEventListener('state', (event) => {
    const { changed } = JSON.parse((event as MessageEvent<string>).data) as {
      changed: Record<string, Record<string, string>>
    }
    const types = changed[current().accountId] ?? {}
    for (const type of Object.keys(types)) watchers.get(type)?.()
    told = { ...told, ...types }
    clearTimeout(looking)
    looking = setTimeout(look, LOOK_AFTER_MS)
  })
  source.addEventListener('error', () => {
    // The browser tries again by itself, except where the answer was no event stream.
    if (source?.readyState === EventSource.CLOSED) setTimeout(connect, POLL_MS)
  })
}

/** Brings what is on the screen up to the server's; calls while it runs make it run once more. */
export function sync(): void {
  if (running) {
    again = true
    return
  }
  running = syncOnce()
    .then(() => {
      online.value = true
    })
    .catch((error: unknown) => {
      const offline = error instanceof Failure && error.kind === 'offline'
      if (offline) online.value = false
      if (offline || (error instanceof Failure && error.kind === 'busy')) setTimeout(sync, RETRY_MS)
      else if (!(error instanceof Failure)) console.error(error)
    })
    .finally(() => {
      running = undefined
      if (again) {
        again = false
        sync()
      }
    })
}

async function syncOnce(): Promise<void> {
  const sinceState = knownEmailState()
  const { accountId } = current()
  const batch = openBatch()
  const boxes = callMailboxes(batch)
  const changes =
    sinceState === undefined
      ? undefined
      : batch.call<ChangesResponse>('Email/changes', { accountId, sinceState, maxChanges: MAX_CHANGES })
  const get = (path: string) =>
    batch.call<GetResponse<EmailSummary>>('Email/get', { accountId, '#ids': changes!.ref(path), properties: SUMMARY })
  const created = changes && get('/created')
  const updated = changes && get('/updated')
  await send(batch)
  takeMailboxes(boxes.result())
  if (changes) {
    try {
      const { destroyed, newState, hasMoreChanges } = changes.result()
      const fresh = created!.result().list
      takeSummaries(fresh)
      const other = updated!.result().list
      takeSummaries(other)
      forgetEmails(destroyed)
      takeEmailState(newState)
      if (hasMoreChanges) again = true
      tell(fresh)
      reopen([...fresh, ...other])
    } catch (error) {
      // Too long ago to be told (RFC 8620 §5.2): the rows on the screen are asked for below, all else when it is shown.
      if (!(error instanceof Failure) || error.type !== 'cannotCalculateChanges') throw error
    }
  }
  forgetOtherLists()
  if (list.value) await refreshList()
}

function tell(fresh: readonly EmailSummary[]): void {
  const inbox = mailboxByRole('inbox')?.id
  const arrived = fresh.filter(
    ({ mailboxIds, keywords }) => inbox !== undefined && mailboxIds[inbox] && !keywords['$seen'],
  )
  const last = arrived.at(-1)
  if (last === undefined) return
  const who = last.from?.[0] ? shortName(last.from[0]) : 'somebody'
  announce(arrived.length === 1 ? `New message from ${who}: ${last.subject ?? ''}` : `${arrived.length} new messages`)
}

/** A message that comes while its conversation is read shows in it. */
function reopen(emails: readonly EmailSummary[]): void {
  const threadId = conversation.value?.threadId
  if (threadId === undefined) return
  if (emails.some((email) => email.threadId === threadId && wholeOf(email.id) === undefined)) {
    void openConversation(threadId, { again: true })
  }
}
