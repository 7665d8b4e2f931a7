import { log } from '../../log.ts'
import type { Envelope } from '../../mailbox/envelope.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { AccountId, ContentId, MailboxId } from '../../mailbox/ids.ts'
import type { BlobContent } from '../../ports/blobs.ts'
import type { NewMessage } from '../../store/appends.ts'
import { parseContentName } from '../../store/keys.ts'
import type { Inbox } from '../../store/mailbox-names.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import { requestInboxEmail } from '../inboxes/request-inbox-email.ts'
import { announce } from '../mailboxes/settle.ts'
import type { Kept } from '../outgoing/report-to-sender.ts'
import { announceReceived } from './announce-received.ts'
import { answerVacation } from './answer-vacation.ts'
import { decideHandling } from './apply-rules.ts'
import { forwardByRule, passOn } from './pass-on.ts'
import { type ScanSettings, scanContent } from './scan-content.ts'

/** `wait`: another object must come first; try again later. `gone`: there is no such object any more. */
export type IndexOutcome = 'indexed' | 'wait' | 'dropped' | 'gone'

/** How long an object waits for the last one of its transaction: then the transaction was never acknowledged. */
const AFTER_MS = 24 * 60 * 60 * 1000
const DELIVERIES_AT_ONCE = 20

/**
 * An arrival becomes an indexed message in each recipient's INBOX, or where its rules want it, or in Junk where its envelope says so. Called at least once for each `raw/` object, in any order and by any number at
 * a time; every part of it can be repeated. Throws where it must be tried again.
 */
export async function indexMessage(store: Store, name: string, settings: ScanSettings): Promise<IndexOutcome> {
  const parsed = parseContentName(name)
  if (parsed === undefined) throw new Error(`${name} is no content`)
  const tenant = store.tenant(parsed.tenant)
  const known = await tenant.views.find(parsed.content)
  const blob = await (known === undefined ? tenant.engine.blobs.get(name) : tenant.engine.blobs.head(name))
  if (blob === undefined) return 'gone'
  const envelope = await tenant.envelopes.of(blob)
  if (envelope.origin === 'append') return 'indexed' // APPEND delivers it itself, and answers for it
  if (envelope.after !== undefined && (await store.engine.blobs.head(envelope.after)) === undefined) {
    if (store.engine.clock.now() - envelope.receivedAt < AFTER_MS) return 'wait'
    log.warn('transaction-incomplete', { name, after: envelope.after })
    return 'dropped'
  }
  const view = known ?? (await makeView(tenant, parsed.content, blob as BlobContent, envelope, settings))
  const kept: Kept = { content: parsed.content, info: blob, envelope }
  const accounts = [...new Set(envelope.recipients.flatMap(({ accounts }) => accounts))]
  for (let at = 0; at < accounts.length; at += DELIVERIES_AT_ONCE) {
    const slice = accounts.slice(at, at + DELIVERIES_AT_ONCE)
    await Promise.all(slice.map((account) => deliver(store, tenant, account, kept, view)))
  }
  await announceReceived(tenant, parsed.content, view, envelope)
  await passOn(store, tenant, kept)
  return 'indexed'
}

async function makeView(
  store: TenantStore,
  content: ContentId,
  blob: BlobContent,
  { receivedSha256 }: Envelope,
  settings: ScanSettings,
): Promise<View> {
  const view = await scanContent(blob.content, receivedSha256, settings)
  if (view.objectSha256 !== blob.sha256) throw new Error(`${blob.name} does not have the digest it was written with`)
  await store.views.put(content, view)
  return view
}

/** Into the mailboxes that the account's rules choose, by one commit; and on to whom they name. Every part can be repeated. */
async function deliver(store: Store, own: TenantStore, account: AccountId, kept: Kept, view: View): Promise<void> {
  const { content } = kept
  const [before, inbox] = await Promise.all([own.deliveries.delivered(account, content), own.mailboxes.inbox(account)])
  if (inbox === undefined) {
    // The account was deleted after its address was accepted.
    log.warn('recipient-gone', { account, content })
    return
  }
  const { forwards } = before ?? (await commit(own, account, inbox, kept, view))
  if (forwards.length > 0) {
    const address = (await own.accounts.get(account))?.address
    if (address !== undefined) await forwardByRule(store, own, kept, address, forwards)
  }
  await requestInboxEmail(own, { account, email: content, direction: 'inbound' })
  if (inbox.vacation !== undefined) await answerVacation(store, own, account, inbox.vacation, kept, view)
}

/** What was decided by the commit that delivered it, ours or another's. */
async function commit(
  own: TenantStore,
  account: AccountId,
  inbox: Inbox,
  { content, envelope }: Kept,
  view: View,
): Promise<{ forwards: readonly string[] }> {
  const thread = await own.threads.assign(account, content, view.messageIds)
  const { mailboxes, flags, forwards } = await decideHandling(own, account, inbox, view, envelope)
  const { receivedAt: internalDate } = envelope
  const { sizeOctets, unterminated } = view
  const message = { content, thread, flags, internalDate, sizeOctets, unterminated, arrived: true, forwards }
  const isDone = await appendWhereThere(own, inbox.mailbox, mailboxes, message)
  return isDone ? { forwards } : ((await own.deliveries.delivered(account, content)) ?? { forwards: [] })
}

/** A mailbox that is deleted at this moment gets none; INBOX, which is always there, gets what no other does. False where it was delivered before. */
async function appendWhereThere(
  own: TenantStore,
  inbox: MailboxId,
  mailboxes: readonly MailboxId[],
  message: NewMessage,
): Promise<boolean> {
  try {
    return await append(own, inbox, mailboxes, message)
  } catch (error) {
    const isGone = error instanceof MailError && error.kind === 'no-such-mailbox'
    if (!isGone || mailboxes.every((mailbox) => mailbox === inbox)) throw error
    const left = await own.mailboxes.standing(mailboxes)
    const others = left.length < mailboxes.length && left.length > 0 ? left : [inbox]
    log.info('rule-mailbox-gone', { mailboxes: mailboxes.join(' '), left: others.join(' ') })
    return appendWhereThere(own, inbox, others, message)
  }
}

async function append(
  own: TenantStore,
  inbox: MailboxId,
  mailboxes: readonly MailboxId[],
  message: NewMessage,
): Promise<boolean> {
  const [mailbox, ...others] = mailboxes
  if (mailbox === undefined || others.length > 0) {
    const records = await own.appends.appendToSeveral(mailboxes, message)
    if (records === 'delivered-before') return false
    await Promise.all(mailboxes.map((target, index) => announce(own, target, records[index]!)))
    return true
  }
  const outcome = await own.appends.append(mailbox, [message], { ifThere: mailbox !== inbox })
  if (outcome === 'delivered-before') return false
  await announce(own, mailbox, outcome.record)
  return true
}
