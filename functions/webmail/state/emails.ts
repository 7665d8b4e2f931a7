/** What is known of emails: summaries by id, the emails of each thread, and whole emails of conversations that were opened. */
import { signal } from '@preact/signals'
import type { Email, EmailSummary } from '../jmap/types.ts'

/** What is asked of the emails that a list shows, and of each other email of their threads. */
export const SUMMARY = [
  'id',
  'threadId',
  'mailboxIds',
  'keywords',
  'receivedAt',
  'from',
  'to',
  'subject',
  'preview',
  'hasAttachment',
  'size',
] as const

export const WHOLE = [
  ...SUMMARY,
  'blobId',
  'sentAt',
  'messageId',
  'inReplyTo',
  'references',
  'sender',
  'cc',
  'bcc',
  'replyTo',
  'textBody',
  'htmlBody',
  'attachments',
  'bodyValues',
  'header:List-Id:asText',
] as const

const summaries = new Map<string, EmailSummary>()
const threads = new Map<string, readonly string[]>()
const wholes = new Map<string, Email>()
/** Whole emails have bodies; beyond this the longest unused go. */
const MAX_WHOLES = 300

/** Grows with every change; who reads the caches reads it, too. */
export const emailsVersion = signal(0)
/** The newest state seen (RFC 8620 §5.1). */
let emailState: string | undefined

export function knownEmailState(): string | undefined {
  return emailState
}

export function takeEmailState(state: string): void {
  emailState = state
}

export function takeSummaries(list: readonly EmailSummary[]): void {
  for (const email of list) {
    summaries.set(email.id, { ...summaries.get(email.id), ...email })
    const whole = wholes.get(email.id)
    if (whole) wholes.set(email.id, { ...whole, ...email })
  }
  changed()
}

export function takeWholes(list: readonly Email[]): void {
  for (const email of list) {
    wholes.delete(email.id)
    wholes.set(email.id, email)
    summaries.set(email.id, email)
  }
  for (const id of wholes.keys()) {
    if (wholes.size <= MAX_WHOLES) break
    wholes.delete(id)
  }
  changed()
}

export function takeThreads(list: readonly { id: string; emailIds: string[] }[]): void {
  for (const { id, emailIds } of list) threads.set(id, emailIds)
  changed()
}

export function forgetEmails(ids: readonly string[]): void {
  for (const id of ids) {
    const threadId = summaries.get(id)?.threadId
    if (threadId)
      threads.set(
        threadId,
        threadEmailIds(threadId).filter((each) => each !== id),
      )
    summaries.delete(id)
    wholes.delete(id)
  }
  changed()
}

export function summaryOf(id: string): EmailSummary | undefined {
  return summaries.get(id)
}

export function wholeOf(id: string): Email | undefined {
  return wholes.get(id)
}

export function threadEmailIds(threadId: string): readonly string[] {
  return threads.get(threadId) ?? []
}

export function threadSummaries(threadId: string): EmailSummary[] {
  return threadEmailIds(threadId).flatMap((id) => summaries.get(id) ?? [])
}

export function knownSummaries(): IterableIterator<EmailSummary> {
  return summaries.values()
}

/** Changes what is known before the server does; answers what it was. */
export function patchEmails(
  ids: readonly string[],
  patch: (email: EmailSummary) => Pick<EmailSummary, 'keywords' | 'mailboxIds'>,
): void {
  for (const id of ids) {
    const summary = summaries.get(id)
    if (summary === undefined) continue
    const { keywords, mailboxIds } = patch(summary)
    summaries.set(id, { ...summary, keywords, mailboxIds })
    const whole = wholes.get(id)
    if (whole) wholes.set(id, { ...whole, keywords, mailboxIds })
  }
  changed()
}

function changed(): void {
  emailsVersion.value += 1
}
