/** A message that is being written, and what the server is given of it. */
import type { Email, EmailAddress, Identity } from '../jmap/types.ts'
import { parseAddresses, withoutRepeats } from '../text/addresses.ts'
import { htmlToText } from '../text/html-to-text.ts'

export interface DraftFile {
  key: string
  name: string
  type: string
  size: number
  /** undefined: not uploaded, or not yet. */
  blobId: string | undefined
  /** The Content-ID by which the forwarded message shows it. */
  cid?: string | undefined
  /** 0–1 */
  progress: number
  failure: string | undefined
}

export interface Draft {
  key: string
  title: string
  identityId: string | undefined
  to: string
  cc: string
  bcc: string
  subject: string
  /** What is written: HTML of the editor's few elements. */
  html: string
  /** A message below it that stays as it was: HTML that was made safe. */
  attachedHtml: string | undefined
  attachedText: string | undefined
  files: readonly DraftFile[]
  inReplyTo: readonly string[] | null
  references: readonly string[] | null
  /** What it answers or passes on, and the keyword that says so (RFC 8621 §4.1.1). */
  about: { emailId: string; keyword: '$answered' | '$forwarded' } | undefined
  /** Where the server has it. */
  emailId: string | undefined
}

export function recipients(draft: Draft): EmailAddress[] {
  return withoutRepeats([draft.to, draft.cc, draft.bcc].flatMap(parseAddresses))
}

export function isEmpty(draft: Draft): boolean {
  const texts = [draft.to, draft.cc, draft.bcc, draft.subject, htmlToText(draft.html)]
  return texts.every((text) => text.trim() === '') && draft.files.length === 0
}

/** The text of both bodies: what was written, then what is attached below. */
export function bodiesOf(draft: Draft): { text: string; html: string } {
  const text = htmlToText(draft.html)
  return {
    text: draft.attachedText === undefined ? text : `${text.trimEnd()}\n\n${draft.attachedText}`,
    html: `<div>${draft.html}</div>${draft.attachedHtml ?? ''}`,
  }
}

/** For Email/set (RFC 8621 §4.6). */
export function creationOf(draft: Draft, identity: Identity, draftsId: string): Record<string, unknown> {
  const { text, html } = bodiesOf(draft)
  const list = (typed: string) => {
    const found = parseAddresses(typed)
    return found.length > 0 ? found : null
  }
  const files = draft.files.filter(({ blobId }) => blobId !== undefined)
  return {
    mailboxIds: { [draftsId]: true },
    keywords: { $draft: true, $seen: true },
    from: [{ name: identity.name || null, email: identity.email }],
    ...(identity.replyTo && identity.replyTo.length > 0 && { replyTo: identity.replyTo }),
    to: list(draft.to),
    cc: list(draft.cc),
    bcc: list(draft.bcc),
    subject: draft.subject,
    inReplyTo: draft.inReplyTo,
    references: draft.references,
    textBody: [{ partId: 'text', type: 'text/plain' }],
    htmlBody: [{ partId: 'html', type: 'text/html' }],
    bodyValues: { text: { value: text }, html: { value: html } },
    attachments: files.map(({ blobId, name, type, cid }) => ({
      blobId,
      name,
      type,
      disposition: cid === undefined ? 'attachment' : 'inline',
      ...(cid !== undefined && { cid }),
    })),
  }
}

/** RFC 5322 §3.6.4 */
export function referencesTo({ messageId, references, inReplyTo }: Email): string[] | null {
  const before = references ?? inReplyTo ?? []
  return messageId ? [...before, ...messageId] : null
}
