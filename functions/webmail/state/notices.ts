import { signal } from '@preact/signals'
import { Failure, messageOf } from '../jmap/failure.ts'

/** A line at the edge of the screen: what was done, with its way back, or what failed, with its retry. */
export interface Notice {
  id: number
  text: string
  kind: 'done' | 'failed'
  action?: { label: string; run(): unknown }
}

export const notices = signal<readonly Notice[]>([])
/** What screen readers are told without a line on the screen. */
export const announcement = signal('')

const DONE_MS = 8_000
let next = 0

export function notify(notice: Omit<Notice, 'id'>, forMs = notice.kind === 'done' ? DONE_MS : undefined): number {
  next += 1
  const id = next
  // One line of what was done at a time: an Undo that no longer stands for the last thing done would mislead.
  const kept = notices.value.filter(({ kind }) => kind === 'failed' && notice.kind !== kind).slice(-2)
  notices.value = [...kept, { ...notice, id }]
  if (forMs !== undefined) setTimeout(() => dismiss(id), forMs)
  return id
}

export function dismiss(id: number): void {
  if (notices.value.some((each) => each.id === id)) notices.value = notices.value.filter((each) => each.id !== id)
}

/** Tells of a failure, with a button that tries again. An ended session tells of itself. */
export function notifyFailure(what: string, error: unknown, retry?: () => unknown): void {
  if (!(error instanceof Failure)) console.error(error)
  if (error instanceof Failure && error.kind === 'signed-out') return
  const text = `${what} ${messageOf(error)}`
  notify({ text, kind: 'failed', ...(retry && { action: { label: 'Try again', run: retry } }) })
}

export function announce(text: string): void {
  // The same words twice are read twice only when the text changes.
  announcement.value = announcement.value === text ? `${text}\u00a0` : text
}
