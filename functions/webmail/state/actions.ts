/** What a person does to conversations. It shows at once; what the server refuses is put back, and said. */

import { refusal } from '../jmap/failure.ts'
import type { EmailSummary, SetResponse } from '../jmap/types.ts'
import { conversation } from './conversation.ts'
import {
  forgetEmails,
  knownEmailState,
  patchEmails,
  summaryOf,
  takeEmailState,
  threadEmailIds,
  threadSummaries,
} from './emails.ts'
import { callMailboxes, ensureMailbox, mailboxById, mailboxByRole, nameOf, takeMailboxes } from './mailboxes.ts'
import { askAnew, forgetOtherLists, holdingRows, list, positionOf, removeRows, selection } from './message-list.ts'
import { notify, notifyFailure } from './notices.ts'
import { go, route } from './route.ts'
import { current, openBatch, send } from './session.ts'

/** Of one Email/set. */
const CHUNK = 200

type Patch = Record<string, unknown>

/** The rows that a command is for: those selected, else the open conversation's. */
export function subjects(): string[] {
  if (selection.value.size > 0) return [...selection.value]
  const threadId = conversation.value?.threadId
  if (threadId === undefined) return []
  const head = [...(list.value?.ids.values() ?? [])].find((id) => summaryOf(id)?.threadId === threadId)
  const first = head ?? threadEmailIds(threadId).at(-1)
  return first === undefined ? [] : [first]
}

/** The emails of a row's thread that a command is for: those in this folder; in a search all but what was sent, drafted or thrown away. */
function emailsOf(head: string): EmailSummary[] {
  const summary = summaryOf(head)
  if (summary === undefined) return []
  const thread = threadSummaries(summary.threadId)
  const all = thread.length > 0 ? thread : [summary]
  const here = list.value?.mailboxId
  if (here !== undefined) return all.filter(({ mailboxIds }) => mailboxIds[here])
  const apart = (['sent', 'drafts', 'trash', 'junk'] as const).flatMap((role) => mailboxByRole(role)?.id ?? [])
  return all.filter(
    ({ id, mailboxIds }) => id === head || !Object.keys(mailboxIds).every((each) => apart.includes(each)),
  )
}

async function update(patches: ReadonlyMap<string, Patch>): Promise<void> {
  const entries = [...patches]
  for (let at = 0; at < entries.length; at += CHUNK) {
    const batch = openBatch()
    const { accountId } = current()
    const part = Object.fromEntries(entries.slice(at, at + CHUNK))
    const done = batch.call<SetResponse>('Email/set', { accountId, update: part })
    const boxes = callMailboxes(batch)
    await send(batch)
    const { oldState, newState, notUpdated } = done.result()
    if (oldState === knownEmailState()) takeEmailState(newState)
    takeMailboxes(boxes.result())
    const error = Object.values(notUpdated ?? {}).find(({ type }) => type !== 'notFound')
    if (error) throw refusal(error)
  }
}

/** Keywords of whole conversations (RFC 8621 §4.1.1); of one email where `only` says so. */
export async function setKeyword(heads: readonly string[], keyword: string, on: boolean, only?: readonly string[]) {
  const ids = only ?? heads.flatMap((head) => keywordTargets(head, keyword, on))
  if (ids.length === 0) return
  const set = (value: boolean) =>
    patchEmails(ids, ({ keywords: { [keyword]: _, ...rest }, mailboxIds }) => ({
      mailboxIds,
      keywords: value ? { ...rest, [keyword]: true } : rest,
    }))
  set(on)
  const open = list.value
  try {
    await update(new Map(ids.map((id) => [id, { [`keywords/${keyword}`]: on ? true : null }])))
    // A search that was opened meanwhile may have been answered without this.
    if (list.value !== open) await askAnew()
  } catch (error) {
    set(!on)
    notifyFailure('That was not kept.', error, () => setKeyword(heads, keyword, on, only))
  }
}

/** To mark unread or flag, the newest email alone; to take either back, all of the thread. */
function keywordTargets(head: string, keyword: string, on: boolean): string[] {
  const emails = emailsOf(head)
  if (keyword === '$seen' && !on) return [head]
  if (keyword === '$flagged' && on) return [head]
  return emails.filter(({ keywords }) => Boolean(keywords[keyword]) !== on).map(({ id }) => id)
}

export function isUnread(head: string): boolean {
  return emailsOf(head).some(({ keywords }) => !keywords['$seen'])
}

export function isFlagged(head: string): boolean {
  return emailsOf(head).some(({ keywords }) => keywords['$flagged'])
}

export async function archive(heads: readonly string[]): Promise<void> {
  await moveByRole(heads, 'archive', 'Archive', 'Archived')
}

export async function toInbox(heads: readonly string[]): Promise<void> {
  await moveByRole(heads, 'inbox', 'Inbox', 'Moved to Inbox')
}

export async function junk(heads: readonly string[]): Promise<void> {
  await moveByRole(heads, 'junk', 'Junk', 'Moved to Junk', { 'keywords/$junk': true, 'keywords/$notjunk': null })
}

export async function notJunk(heads: readonly string[]): Promise<void> {
  await moveByRole(heads, 'inbox', 'Inbox', 'Not junk', { 'keywords/$notjunk': true, 'keywords/$junk': null })
}

export async function toTrash(heads: readonly string[]): Promise<void> {
  await moveByRole(heads, 'trash', 'Trash', 'Moved to Trash')
}

type MoveRole = 'archive' | 'inbox' | 'junk' | 'trash'

async function moveByRole(heads: readonly string[], role: MoveRole, name: string, done: string, patch: Patch = {}) {
  try {
    await move(heads, await ensureMailbox(role, name), done, patch)
  } catch (error) {
    notifyFailure('That could not be moved.', error, () => moveByRole(heads, role, name, done, patch))
  }
}

/** Out of this folder into another. */
export async function move(heads: readonly string[], to: string, done?: string, patch: Patch = {}): Promise<void> {
  const here = list.value?.mailboxId
  const keep = (['sent', 'drafts'] as const).flatMap((role) => mailboxByRole(role)?.id ?? [])
  const leaves = (from: string, email: EmailSummary) =>
    here === undefined ? email.id === heads[0] || !keep.includes(from) : from === here
  const emails = heads
    .flatMap(emailsOf)
    .filter(({ mailboxIds }) => !mailboxIds[to] || Object.keys(mailboxIds).length > 1)
  if (emails.length === 0) return
  const before = new Map(emails.map((email) => [email.id, email.mailboxIds]))
  const after = new Map(
    emails.map((email) => {
      const stays = Object.keys(email.mailboxIds).filter((from) => !leaves(from, email))
      return [email.id, Object.fromEntries([...stays, to].map((id) => [id, true]))]
    }),
  )
  const count = heads.length
  const text = done ?? `Moved to ${nameOf(mailboxById(to) ?? ({ name: 'the folder', role: null } as never))}`
  const put = (where: typeof before, also: Patch) =>
    update(new Map([...where].map(([id, mailboxIds]) => [id, { mailboxIds, ...also }])))
  try {
    await holdingRows(async () => {
      take(after, heads)
      await put(after, patch)
    })
  } catch (error) {
    back(before)
    notifyFailure('That could not be moved.', error, () => move(heads, to, done, patch))
    return
  }
  forgetOtherLists()
  const undo = async () => {
    try {
      await holdingRows(() => put(before, Object.fromEntries(Object.keys(patch).map((key) => [key, null]))))
      back(before)
    } catch (error) {
      notifyFailure('That could not be undone.', error, undo)
    }
  }
  notify({
    kind: 'done',
    text: count > 1 ? `${text}: ${count} conversations` : text,
    action: { label: 'Undo', run: undo },
  })
}

function take(where: ReadonlyMap<string, Record<string, boolean>>, heads: readonly string[]): void {
  patchEmails([...where.keys()], ({ id, keywords }) => ({ keywords, mailboxIds: where.get(id)! }))
  leave(heads)
}

/** Rows go, and the open conversation where it is one of them; the row that follows is where the keyboard goes on. */
function leave(heads: readonly string[]): void {
  const open = list.value
  const threadId = conversation.value?.threadId
  const isOpen = heads.some((head) => summaryOf(head)?.threadId === threadId)
  if (open && heads[0]) {
    const at = positionOf(open, heads[0])
    if (at !== undefined) focusRowNext(at)
  }
  removeRows(new Set(heads))
  const to = route.value
  if (isOpen && to.view === 'mail') go({ ...to, thread: undefined })
}

/** Set by the list's view, which knows its rows. */
let focusRow: (position: number) => void = () => undefined
export function onFocusRow(focus: (position: number) => void): void {
  focusRow = focus
}
function focusRowNext(position: number): void {
  requestAnimationFrame(() => focusRow(position))
}

function back(where: ReadonlyMap<string, Record<string, boolean>>): void {
  patchEmails([...where.keys()], ({ id, keywords }) => ({ keywords, mailboxIds: where.get(id)! }))
}

/** For good: what was in Trash, or a draft. */
export async function destroy(emailIds: readonly string[], heads: readonly string[]): Promise<void> {
  try {
    await holdingRows(async () => {
      leave(heads)
      await destroyAll(emailIds)
    })
    forgetEmails(emailIds)
    notify({ kind: 'done', text: 'Deleted for good' })
  } catch (error) {
    notifyFailure('That could not be deleted.', error, () => destroy(emailIds, heads))
  }
}

async function destroyAll(emailIds: readonly string[]): Promise<void> {
  for (let at = 0; at < emailIds.length; at += CHUNK) {
    const batch = openBatch()
    const ids = emailIds.slice(at, at + CHUNK)
    const done = batch.call<SetResponse>('Email/set', { accountId: current().accountId, destroy: ids })
    const boxes = callMailboxes(batch)
    await send(batch)
    const error = Object.values(done.result().notDestroyed ?? {}).find(({ type }) => type !== 'notFound')
    if (error) throw refusal(error)
    takeMailboxes(boxes.result())
  }
}

export function emailIdsOf(heads: readonly string[]): string[] {
  return heads.flatMap(emailsOf).map(({ id }) => id)
}
