import { MailError } from '../../mailbox/errors.ts'
import { type Flags, MOST_KEYWORDS } from '../../mailbox/flags.ts'
import { accountOf, type MailboxId } from '../../mailbox/ids.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import { MOST_APPENDED_TOGETHER, type NewMessage } from '../../store/appends.ts'
import { contentName } from '../../store/keys.ts'
import type { TenantStore } from '../../store/store.ts'
import { type ScanSettings, scanContent } from '../arrivals/scan-content.ts'
import { placedEnvelope } from '../placed-envelope.ts'
import { requireRoom } from './quota.ts'
import { announce } from './settle.ts'

export interface AppendedMessage {
  source: BlobSource
  flags: Flags
  /** Milliseconds since 1970; absent: now. */
  internalDate?: number
}

/**
 * APPEND and MULTIAPPEND (RFC 9051 §6.3.12, RFC 3502): every message or none, under ascending UIDs.
 * Throws MailError 'no-such-mailbox', 'over-quota', 'too-many', 'try-again'.
 */
export async function appendMessages(
  store: TenantStore,
  mailbox: MailboxId,
  messages: readonly AppendedMessage[],
  settings: ScanSettings,
): Promise<{ uidvalidity: number; uids: number[] }> {
  if (messages.length > MOST_APPENDED_TOGETHER)
    throw new MailError('too-many', `${messages.length} messages in one APPEND`)
  const { uidvalidity } = await store.snapshots.identity(mailbox)
  await requireRoom(
    store,
    mailbox,
    messages.reduce((sum, { source }) => sum + source.length, 0),
  )
  const placed: NewMessage[] = []
  for (const message of messages) placed.push(await placeContent(store, mailbox, message, settings))
  const outcome = await store.appends.append(mailbox, placed)
  // Content ids are new with each APPEND: only a repeat of this very commit can find them delivered, and the journal settles those.
  if (outcome === 'delivered-before') throw new MailError('try-again', `${mailbox} has a new content already`)
  await announce(store, mailbox, outcome.record)
  return { uidvalidity, uids: outcome.uids }
}

/** One content that is new to the mailbox: room is for its caller to ask. Puts the octets and their view in place; until the commit nobody sees them, and if it never comes they are swept up. */
export async function placeContent(
  store: TenantStore,
  mailbox: MailboxId,
  { source, flags, internalDate }: AppendedMessage,
  settings: ScanSettings,
): Promise<NewMessage> {
  if (flags.keywords.length > MOST_KEYWORDS) throw new MailError('too-many', 'too many keywords')
  const { clock, ids, blobs } = store.engine
  const content = ids.content()
  const now = clock.now()
  const account = accountOf(mailbox)
  const envelope = placedEnvelope(account, source, now)
  const view = await scanContent(source.open(), source.sha256, settings)
  const metadata = await store.envelopes.prepare(content, envelope)
  // Together, which is one flush where they share it; whichever is there alone shows nobody anything. Its Message-ID outlives the content anyway.
  const [thread] = await Promise.all([
    store.threads.assign(account, content, view.messageIds),
    store.views.put(content, view),
    // Whoever indexes arrivals would find that this one is ours to deliver.
    blobs.put(contentName(store.tenant, content), source, metadata, { unannounced: true }),
  ])
  const { unterminated } = view
  return { content, thread, flags, internalDate: internalDate ?? now, sizeOctets: source.length, unterminated }
}
