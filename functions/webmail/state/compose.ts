/** The message that is being written: kept in this tab with every key, on the server a moment later, and sent with a way back. */
import { signal } from '@preact/signals'
import { upload } from '../jmap/blobs.ts'
import { messageOf, refusal } from '../jmap/failure.ts'
import { MAIL, type SetResponse, SUBMISSION } from '../jmap/types.ts'
import { looksDeliverable } from '../text/addresses.ts'
import { accountSettings } from './account-settings.ts'
import { creationOf, type Draft, type DraftFile, isEmpty, recipients } from './draft.ts'
import { forgetEmails, knownEmailState, takeEmailState } from './emails.ts'
import { needIdentity } from './identities.ts'
import { sync } from './live.ts'
import { callMailboxes, ensureMailbox, takeMailboxes } from './mailboxes.ts'
import { list, refreshList } from './message-list.ts'
import { announce, dismiss, notify, notifyFailure } from './notices.ts'
import { current, openBatch, send, signedIn } from './session.ts'

export const draft = signal<Draft | undefined>(undefined)
export type SaveStatus = 'clean' | 'unsaved' | 'saving' | 'saved' | 'failed'
export const saveStatus = signal<SaveStatus>('clean')
export const sending = signal(false)
export const composeFailure = signal<string | undefined>(undefined)

const KEPT = 'tubepost-draft'
const LEFT = 'tubepost-draft-left'
const SAVE_AFTER_MS = 1_000
const RETRY_MS = 10_000
/** How long going on with what was written before a reload is offered. */
const OFFER_MS = 30_000

let timer: ReturnType<typeof setTimeout> | undefined
let saving: Promise<void> | undefined
const uploads = new Map<string, { done: Promise<void>; abort: AbortController }>()

export function openDraft(opened: Draft, { unsaved = false } = {}): void {
  if (draft.value) void closeDraft()
  draft.value = opened
  composeFailure.value = undefined
  saveStatus.value = opened.emailId && !unsaved ? 'saved' : 'clean'
  keep()
}

/** What the person changed. */
export function editDraft(change: Partial<Draft>): void {
  if (draft.value === undefined) return
  draft.value = { ...draft.value, ...change }
  saveStatus.value = 'unsaved'
  keep()
  saveLater(SAVE_AFTER_MS)
}

function saveLater(ms: number): void {
  clearTimeout(timer)
  timer = setTimeout(() => void saveNow().catch(() => saveLater(RETRY_MS)), ms)
}

/** In this tab, where a reload, a crash of the page and a sign-in leave it. */
function keep(): void {
  const email = signedIn.value?.email
  if (draft.value === undefined || saveStatus.value === 'saved') localStorage.removeItem(LEFT)
  if (draft.value === undefined) sessionStorage.removeItem(KEPT)
  else sessionStorage.setItem(KEPT, JSON.stringify({ email, draft: draft.value, status: saveStatus.value }))
}

/** What was being written when the page went, where it is this person's. */
export function restoreDraft(): void {
  const kept = sessionStorage.getItem(KEPT) ?? localStorage.getItem(LEFT)
  if (kept === null || draft.value) return
  const { email, draft: found, status } = JSON.parse(kept) as { email: string; draft: Draft; status: SaveStatus }
  if (email !== signedIn.value?.email) return
  // An upload ended with the page.
  const restored = { ...found, files: found.files.filter(({ blobId }) => blobId !== undefined) }
  if (status === 'saved') {
    // The server has it: whoever wants to go on is one step away, and nobody's way is blocked.
    sessionStorage.removeItem(KEPT)
    const text = restored.subject === '' ? 'You were writing a message' : `You were writing “${restored.subject}”`
    notify({ kind: 'done', text, action: { label: 'Go on writing', run: () => openDraft(restored) } }, OFFER_MS)
    return
  }
  draft.value = restored
  saveStatus.value = 'unsaved'
  saveLater(SAVE_AFTER_MS)
}

/** A tab that is closed takes its own storage along: what the server does not have yet is left for the next one. */
document.addEventListener('visibilitychange', () => {
  const kept = sessionStorage.getItem(KEPT)
  if (document.hidden && kept !== null && saveStatus.value !== 'saved') localStorage.setItem(LEFT, kept)
  else localStorage.removeItem(LEFT)
})

/** Puts the draft on the server; answers when it holds what was typed when this was called. */
export async function saveNow(): Promise<void> {
  clearTimeout(timer)
  while (saving) await saving.catch(() => undefined) // told where it was asked for; what is written now is saved below
  const written = draft.value
  if (written === undefined || saveStatus.value === 'saved' || (isEmpty(written) && !written.emailId)) return
  saveStatus.value = 'saving'
  saving = save(written).finally(() => {
    saving = undefined
  })
  try {
    await saving
    if (saveStatus.value === 'saving') saveStatus.value = 'saved'
  } catch (error) {
    saveStatus.value = 'failed'
    throw error
  } finally {
    keep()
  }
}

/** An Email never changes (RFC 8621 §4.1.1): the new one is made first, then the old one goes. */
async function save(written: Draft): Promise<void> {
  const draftsId = await ensureMailbox('drafts', 'Drafts')
  const { accountId } = current()
  const batch = openBatch()
  const create = { draft: creationOf(written, needIdentity(written.identityId), draftsId) }
  const done = batch.call<SetResponse>('Email/set', { accountId, create })
  const boxes = callMailboxes(batch)
  await send(batch)
  const { created, notCreated, oldState, newState } = done.result()
  if (notCreated?.['draft']) throw refusal(notCreated['draft'])
  if (oldState === knownEmailState()) takeEmailState(newState)
  takeMailboxes(boxes.result())
  const emailId = created!['draft']!.id
  if (draft.value?.key === written.key) draft.value = { ...draft.value, emailId }
  if (written.emailId) await destroyQuietly(written.emailId)
  if (list.value?.mailboxId === draftsId) await refreshList().catch(() => undefined) // the list shows its own failure
}

/** A draft that was written anew; where it stays it is one draft too many, and no loss. */
async function destroyQuietly(emailId: string): Promise<void> {
  const batch = openBatch()
  const done = batch.call<SetResponse>('Email/set', { accountId: current().accountId, destroy: [emailId] })
  const boxes = callMailboxes(batch)
  try {
    await send(batch)
    const { oldState, newState } = done.result()
    if (oldState === knownEmailState()) takeEmailState(newState)
    takeMailboxes(boxes.result())
    forgetEmails([emailId])
  } catch (error) {
    console.warn(error)
  }
}

/** Closes the editor; what was written stays among the drafts. */
export async function closeDraft(): Promise<void> {
  const written = draft.value
  if (written === undefined) return
  const unsaved = saveStatus.value !== 'saved' && saveStatus.value !== 'clean'
  if (!unsaved || isEmpty(written)) {
    const wasSaved = written.emailId
    shut()
    if (wasSaved && isEmpty(written)) await destroyQuietly(wasSaved)
    return
  }
  try {
    await saveNow()
    if (draft.value?.key === written.key) shut()
    notify({ kind: 'done', text: 'Draft kept' })
  } catch (error) {
    notifyFailure('The draft could not be kept.', error, closeDraft)
  }
}

export async function discardDraft(): Promise<void> {
  const written = draft.value
  if (written === undefined) return
  await saving?.catch(() => undefined) // it is thrown away, saved or not
  const emailId = draft.value?.emailId
  shut()
  if (emailId) {
    await destroyQuietly(emailId)
    await refreshList().catch(() => undefined) // the list shows its own failure
  }
  const restore = () => openDraft({ ...written, emailId: undefined }, { unsaved: true })
  notify({ kind: 'done', text: 'Draft thrown away', action: { label: 'Undo', run: restore } })
}

function shut(): void {
  clearTimeout(timer)
  for (const { abort } of uploads.values()) abort.abort()
  uploads.clear()
  draft.value = undefined
  saveStatus.value = 'clean'
  composeFailure.value = undefined
  keep()
}

export function addFiles(files: Iterable<File>): void {
  const { session, accountId } = current()
  const limit = session.accounts[accountId]?.accountCapabilities[MAIL]?.['maxSizeAttachmentsPerEmail']
  const most = typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY
  for (const file of files) {
    const key = crypto.randomUUID()
    const entry: DraftFile = {
      key,
      name: file.name || 'file',
      type: file.type || 'application/octet-stream',
      size: file.size,
      blobId: undefined,
      progress: 0,
      failure: file.size > most ? 'This file is larger than a message may be.' : undefined,
    }
    editDraft({ files: [...(draft.value?.files ?? []), entry] })
    if (entry.failure === undefined) startUpload(key, file)
  }
}

function startUpload(key: string, file: File): void {
  const abort = new AbortController()
  const { session, accountId } = current()
  const set = (change: Partial<DraftFile>) => {
    const files = draft.value?.files.map((each) => (each.key === key ? { ...each, ...change } : each))
    if (files) editDraft({ files })
  }
  const onProgress = (progress: number) => set({ progress })
  const done = upload(session, accountId, file, { onProgress, signal: abort.signal }).then(
    ({ blobId, size }) => {
      set({ blobId, size, progress: 1 })
      announce(`${file.name} is attached`)
    },
    (error: unknown) => set({ failure: messageOf(error) }),
  )
  uploads.set(key, { done: done.finally(() => uploads.delete(key)), abort })
}

export function removeFile(key: string): void {
  uploads.get(key)?.abort.abort()
  editDraft({ files: draft.value?.files.filter((each) => each.key !== key) ?? [] })
}

/** Why it cannot be sent as it is; undefined: it can. */
function obstacle(written: Draft): string | undefined {
  const to = recipients(written)
  if (to.length === 0) return 'Please say who this is for.'
  const odd = to.find(({ email }) => !looksDeliverable(email))
  if (odd) return `“${odd.email}” is not an email address.`
  if (written.files.some(({ failure }) => failure)) return 'A file could not be attached. Remove it or attach it again.'
  return undefined
}

/** Sends the draft; for some seconds it can be taken back (RFC 8621 §7: `undoStatus`). */
export async function sendDraft(): Promise<void> {
  if (draft.value === undefined || sending.value) return
  sending.value = true
  composeFailure.value = undefined
  try {
    while (uploads.size > 0) await Promise.all([...uploads.values()].map(({ done }) => done))
    const written = draft.value
    if (written === undefined) return
    composeFailure.value = obstacle(written)
    if (composeFailure.value !== undefined) return
    await saveNow()
    const saved = draft.value
    if (saved?.emailId === undefined) return
    const submissionId = await submit(saved, saved.emailId)
    shut()
    offerUndo(saved, submissionId)
  } catch (error) {
    composeFailure.value = `Not sent. ${messageOf(error)}`
  } finally {
    sending.value = false
  }
}

async function submit(saved: Draft, emailId: string): Promise<string> {
  const [draftsId, sentId] = [await ensureMailbox('drafts', 'Drafts'), await ensureMailbox('sent', 'Sent')]
  const { accountId } = current()
  const identity = needIdentity(saved.identityId)
  const seconds = holdSeconds()
  // RFC 4865 by RFC 8621 §7: the server holds it, so that a closed page sends it, too.
  const mailFrom = { email: identity.email, parameters: seconds > 0 ? { HOLDFOR: String(seconds) } : null }
  const envelope = { mailFrom, rcptTo: recipients(saved).map(({ email }) => ({ email, parameters: null })) }
  const batch = openBatch()
  const done = batch.call<SetResponse>('EmailSubmission/set', {
    accountId,
    create: { submission: { emailId, identityId: identity.id, envelope } },
    onSuccessUpdateEmail: {
      '#submission': {
        [`mailboxIds/${draftsId}`]: null,
        [`mailboxIds/${sentId}`]: true,
        'keywords/$draft': null,
      },
    },
  })
  const { about } = saved
  if (about) {
    batch.call('Email/set', { accountId, update: { [about.emailId]: { [`keywords/${about.keyword}`]: true } } })
  }
  const boxes = callMailboxes(batch)
  await send(batch)
  const { created, notCreated } = done.result()
  if (notCreated?.['submission']) throw refusal(notCreated['submission'])
  takeMailboxes(boxes.result())
  sync()
  return created!['submission']!.id
}

function holdSeconds(): number {
  const { session, accountId } = current()
  const most = session.accounts[accountId]?.accountCapabilities[SUBMISSION]?.['maxDelayedSend']
  return Math.min(accountSettings.value.undoSendSeconds, typeof most === 'number' ? most : 0)
}

function offerUndo(saved: Draft, submissionId: string): void {
  const seconds = holdSeconds()
  if (seconds === 0) {
    notify({ kind: 'done', text: 'Message sent' })
    return
  }
  const undo = async () => {
    dismiss(id)
    try {
      await takeBack(saved.emailId!, submissionId)
      openDraft(saved)
      announce('Sending was undone')
    } catch (error) {
      notifyFailure('It could not be taken back.', error)
    }
  }
  // A second less than it is held, as the way to the server takes some.
  const id = notify({ kind: 'done', text: 'Message sent', action: { label: 'Undo', run: undo } }, (seconds - 1) * 1000)
}

async function takeBack(emailId: string, submissionId: string): Promise<void> {
  const draftsId = await ensureMailbox('drafts', 'Drafts')
  const { accountId } = current()
  const batch = openBatch()
  const cancelled = batch.call<SetResponse>('EmailSubmission/set', {
    accountId,
    update: { [submissionId]: { undoStatus: 'canceled' } },
  })
  await send(batch)
  const error = cancelled.result().notUpdated?.[submissionId]
  if (error) throw refusal(error)
  const back = openBatch()
  const done = back.call<SetResponse>('Email/set', {
    accountId,
    update: { [emailId]: { mailboxIds: { [draftsId]: true }, 'keywords/$draft': true } },
  })
  const boxes = callMailboxes(back)
  await send(back)
  const refused = done.result().notUpdated?.[emailId]
  if (refused) throw refusal(refused)
  takeMailboxes(boxes.result())
  await refreshList().catch(() => undefined) // the list shows its own failure
}
