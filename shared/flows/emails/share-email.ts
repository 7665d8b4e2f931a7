import { safeHtml } from '../../codec/mime/safe-html.ts'
import { type ContentId, isContentId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { Email } from '../../store/emails.ts'
import { tenantOfShare } from '../../store/share-links.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import type { ScanSettings } from '../arrivals/scan-content.ts'
import { attachmentParts, readBodies } from '../mailboxes/message-bodies.ts'
import { openSentContent } from '../outgoing/sent-content.ts'
import { withInlineImages } from './read-received.ts'

/** An email as whoever has the link sees it. */
export interface SharedEmail {
  email: Email
  /** Safe to be shown. */
  html: string | null
  text: string | null
  attachments: readonly { filename: string; sizeOctets: number }[]
}

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const LONGEST_MS = 48 * UNITS_MS.h

/** What opens the email for `expiresIn` (`30m`, `48h`; the longest and the default). Throws Refusal 'invalid-parameter'. */
export async function shareEmail(own: TenantStore, { id }: Email, expiresIn = '48h'): Promise<string> {
  return own.shareLinks.sign(id, own.engine.clock.now() + durationOf(expiresIn))
}

/** Throws Refusal 'not-found' where the link is over, or was never one. */
export async function readSharedEmail(store: Store, token: string, settings: ScanSettings): Promise<SharedEmail> {
  const over = () => new Refusal('not-found', 'The link is over, or was never one.')
  const tenant = tenantOfShare(token)
  const known = tenant && (await store.tenants.get(tenant))
  if (tenant === undefined || known === undefined || known.suspended) throw over()
  const own = store.tenant(tenant)
  const id = await own.shareLinks.verify(token)
  const email = id && isContentId(id) ? await own.emails.get(id as ContentId) : undefined
  const content = email && (await openSentContent(own, email.id, settings))
  if (email === undefined || content === undefined) throw over()
  const attachments = attachmentParts(content.structure)
  const { html, text } = await readBodies(content.structure, content.read)
  const inlined = html === null ? null : await withInlineImages(html, attachments, content.read)
  return { email, html: inlined === null ? null : safeHtml(inlined), text, attachments }
}

function durationOf(text: string): number {
  const [, count, unit] = /^(\d{1,6})\s*(s|m|h|d)/.exec(text.trim().toLowerCase()) ?? []
  const ms = Number(count) * (UNITS_MS[unit as keyof typeof UNITS_MS] ?? Number.NaN)
  if (ms > 0 && ms <= LONGEST_MS) return ms
  throw new Refusal(
    'invalid-parameter',
    'The `expires_in` field is invalid: it takes `30m` or `48h`, 48 hours at most.',
  )
}
