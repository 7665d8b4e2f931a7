/** What Compose, Reply, Reply all, Forward and a saved draft begin with. */
import type { BodyPart, Email, EmailAddress, Identity } from '../jmap/types.ts'
import { safeHtml, simpleBody, simpleHtml } from '../safe/safe-html.ts'
import { formatAddress, formatAddresses, sameAddress, withoutRepeats } from '../text/addresses.ts'
import { htmlToText } from '../text/html-to-text.ts'
import { escapeHtml } from '../text/plain-text.ts'
import { attribution, FORWARDED, forwardFields, forwardSubject, forwardText, replySubject } from '../text/quote.ts'
import { openDraft } from './compose.ts'
import { type Draft, type DraftFile, referencesTo } from './draft.ts'
import { identities, identityById } from './identities.ts'
import { signedIn } from './session.ts'

/** Marks, in the HTML of a draft, where what was written ends and the forwarded message begins. */
const FORWARD_CLASS = 'tubepost-forwarded'

function emptyDraft(title: string, identity: Identity | undefined): Draft {
  return {
    key: crypto.randomUUID(),
    title,
    identityId: identity?.id,
    to: '',
    cc: '',
    bcc: formatAddresses(identity?.bcc),
    subject: '',
    html: signatureOf(identity),
    attachedHtml: undefined,
    attachedText: undefined,
    files: [],
    inReplyTo: null,
    references: null,
    about: undefined,
    emailId: undefined,
  }
}

/** Below an empty line to write in; `-- ` is what marks it everywhere (RFC 3676 §4.3). */
export function signatureOf(identity: Identity | undefined): string {
  const { htmlSignature = '', textSignature = '' } = identity ?? {}
  const html = htmlSignature ? simpleHtml(htmlSignature) : textHtml(textSignature)
  return html.trim() === '' ? '' : `<div><br></div><div>-- </div>${html}`
}

export function textHtml(text: string): string {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  if (text.trim() === '') return ''
  return lines.map((line) => `<div>${line === '' ? '<br>' : escapeHtml(line)}</div>`).join('')
}

export function compose(fields: Partial<Draft> = {}): void {
  openDraft({ ...emptyDraft('New message', identityById(undefined)), ...fields })
}

function isOwn({ email }: EmailAddress): boolean {
  const own = [signedIn.value?.email ?? '', ...identities.value.map((each) => each.email)]
  return own.some((address) => address.toLowerCase() === email.toLowerCase())
}

/** The identity that a message came to, so that the answer comes from it. */
function identityFor({ to, cc, bcc, from }: Email): Identity | undefined {
  const addressed = [to, cc, bcc, from].flatMap((each) => each ?? [])
  return (
    identities.value.find(({ email }) => addressed.some((each) => sameAddress(each, { name: null, email }))) ??
    identityById(undefined)
  )
}

export function reply(email: Email, { all }: { all: boolean }): void {
  const author = email.replyTo && email.replyTo.length > 0 ? email.replyTo : (email.from ?? [])
  // Who answers a message of their own goes on writing to its recipients.
  const toAuthor = author.every(isOwn) ? (email.to ?? []) : author
  const to = all ? withoutRepeats([...toAuthor, ...(email.to ?? []).filter((each) => !isOwn(each))]) : toAuthor
  const cc = all ? (email.cc ?? []).filter((each) => !isOwn(each) && !to.some((known) => sameAddress(known, each))) : []
  const identity = identityFor(email)
  const quote = `<div><br></div><div>${escapeHtml(attribution(email))}</div><blockquote>${quotableHtml(email)}</blockquote>`
  openDraft({
    ...emptyDraft(all ? 'Reply all' : 'Reply', identity),
    to: formatAddresses(to),
    cc: formatAddresses(cc),
    subject: replySubject(email.subject),
    html: `<div><br></div>${signatureOf(identity)}${quote}`,
    inReplyTo: email.messageId,
    references: referencesTo(email),
    about: { emailId: email.id, keyword: '$answered' },
  })
}

export function forward(email: Email): void {
  const identity = identityFor(email)
  const rows = forwardFields(email).map(([name, value]) => `<div><b>${name}:</b> ${escapeHtml(value)}</div>`)
  const { html, text } = wholeBody(email)
  const head = `<div>${FORWARDED}</div>${rows.join('')}<div><br></div>`
  openDraft({
    ...emptyDraft('Forward', identity),
    subject: forwardSubject(email.subject),
    html: `<div><br></div>${signatureOf(identity)}`,
    attachedHtml: `<div class="${FORWARD_CLASS}">${head}${html}</div>`,
    attachedText: forwardText(email, text).trimStart(),
    files: email.attachments.filter(({ blobId }) => blobId !== null).map(fileOf),
    references: referencesTo(email),
    about: { emailId: email.id, keyword: '$forwarded' },
  })
}

function fileOf({ blobId, name, type, size, cid, disposition }: BodyPart): DraftFile {
  const shown = name ?? (type === 'message/rfc822' ? 'message.eml' : 'attachment')
  const inline = cid !== null && disposition === 'inline' ? cid : undefined
  return {
    key: crypto.randomUUID(),
    name: shown,
    type,
    size,
    blobId: blobId!,
    cid: inline,
    progress: 1,
    failure: undefined,
  }
}

/** Its HTML as it goes on to others: safe, images and all, parts named by cid:. */
function wholeBody(email: Email): { html: string; text: string } {
  const html = htmlOf(email)
  const text = textOf(email)
  if (html === undefined) return { html: textHtml(text), text }
  const { body, css } = safeHtml(html, { remote: true, partUrl: (cid) => `cid:${cid}` })
  const style = css === '' ? '' : `<style>${css}</style>`
  return { html: style + body.innerHTML, text: text === '' ? htmlToText(html) : text }
}

/** As it stands under a reply: words, lists, links and emphasis. */
function quotableHtml(email: Email): string {
  const html = htmlOf(email)
  return html === undefined ? textHtml(textOf(email)) : simpleHtml(html)
}

/** Undefined where the message has no HTML. */
export function htmlOf({ htmlBody, bodyValues }: Email): string | undefined {
  if (!htmlBody.some(({ type }) => type === 'text/html')) return undefined
  return htmlBody
    .filter(({ type, partId }) => type.startsWith('text/') && partId !== null)
    .map(({ type, partId }) => {
      const value = bodyValues[partId!]?.value ?? ''
      return type === 'text/html' ? value : `<pre>${escapeHtml(value)}</pre>`
    })
    .join('<hr>')
}

export function textOf({ textBody, bodyValues }: Email): string {
  return textBody
    .filter(({ type, partId }) => type === 'text/plain' && partId !== null)
    .map(({ partId }) => bodyValues[partId!]?.value ?? '')
    .join('\n')
}

/** A draft of the server's, to go on with. */
export function editSaved(email: Email): void {
  const html = htmlOf(email)
  const parts = html === undefined ? undefined : apart(html)
  openDraft({
    ...emptyDraft('Draft', identityFor(email)),
    to: formatAddresses(email.to),
    cc: formatAddresses(email.cc),
    bcc: formatAddresses(email.bcc),
    subject: email.subject ?? '',
    html: parts?.written ?? textHtml(textOf(email)),
    attachedHtml: parts?.attachedHtml,
    attachedText: parts?.attachedHtml && htmlToText(parts.attachedHtml),
    files: email.attachments.filter(({ blobId }) => blobId !== null).map(fileOf),
    inReplyTo: email.inReplyTo,
    references: email.references,
    emailId: email.id,
  })
}

function apart(html: string): { written: string; attachedHtml: string | undefined } {
  const { body } = safeHtml(html, { remote: true, partUrl: (cid) => `cid:${cid}` })
  const attached = body.querySelector(`.${FORWARD_CLASS}`)
  attached?.remove()
  return { written: simpleBody(body.innerHTML).innerHTML, attachedHtml: attached?.outerHTML }
}

/** `mailto:` (RFC 6068), as links in messages have it. */
export function composeMailto(href: string): void {
  const url = new URL(href)
  const fields = new URLSearchParams(url.search)
  const list = (name: string) => [...fields].filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
  const to = [decodeURIComponent(url.pathname), ...list('to')].filter((each) => each !== '').join(', ')
  const identity = identityById(undefined)
  compose({
    to,
    cc: list('cc').join(', '),
    bcc: list('bcc').join(', '),
    subject: list('subject')[0] ?? '',
    html: textHtml(list('body').join('\n')) + signatureOf(identity),
  })
}

export function composeTo(address: EmailAddress): void {
  compose({ to: formatAddress(address) })
}
