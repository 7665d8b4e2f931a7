import { log } from '../log.ts'
import type { Envelope } from '../mailbox/envelope.ts'
import { MailError } from '../mailbox/errors.ts'
import { NO_FLAGS } from '../mailbox/flags.ts'
import type { AccountId, ContentId } from '../mailbox/ids.ts'
import type { BlobContent } from '../ports/blobs.ts'
import { parseContentName } from '../store/keys.ts'
import type { Store, TenantStore } from '../store/store.ts'
import type { View } from '../store/views.ts'
import { passOn } from './pass-on.ts'
import { type ScanSettings, scanContent } from './scan-content.ts'
import { announce } from './settle.ts'

/** `wait`: another object must come first; try again later. `gone`: there is no such object any more. */
export type IndexOutcome = 'indexed' | 'wait' | 'dropped' | 'gone'

/** How long an object waits for the last one of its transaction: then the transaction was never acknowledged. */
const AFTER_MS = 24 * 60 * 60 * 1000
const DELIVERIES_AT_ONCE = 20

/**
 * An arrival becomes an indexed message in each recipient's INBOX, or in Junk where its envelope says so. Called at least once for each `raw/` object, in any order and by any number at
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
  const accounts = [...new Set(envelope.recipients.flatMap(({ accounts }) => accounts))]
  for (let at = 0; at < accounts.length; at += DELIVERIES_AT_ONCE) {
    const slice = accounts.slice(at, at + DELIVERIES_AT_ONCE)
    await Promise.all(slice.map((account) => deliver(tenant, account, parsed.content, view, envelope)))
  }
  await passOn(store, tenant, { content: parsed.content, info: blob, envelope })
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

async function deliver(
  store: TenantStore,
  account: AccountId,
  content: ContentId,
  view: View,
  { receivedAt, junk }: Envelope,
): Promise<void> {
  if (await store.deliveries.isDelivered(account, content)) return
  const mailbox = (junk && (await junkOf(store, account))) || (await inboxOf(store, account))
  if (mailbox === undefined) {
    log.warn('recipient-gone', { account, content })
    return
  }
  const thread = await store.threads.assign(account, content, view.messageIds)
  const message = { content, thread, flags: NO_FLAGS, internalDate: receivedAt, sizeOctets: view.sizeOctets }
  const outcome = await store.appends.append(mailbox, [message])
  if (outcome === 'delivered-before') return
  await announce(store, mailbox, outcome.record)
}

/** Undefined where the account keeps no mailbox for it. */
async function junkOf(store: TenantStore, account: AccountId) {
  const names = await store.mailboxes.list(account)
  return names.find(({ specialUse, mailbox }) => specialUse === 'Junk' && mailbox !== undefined)?.mailbox
}

/** Undefined where the account was deleted after its address was accepted. */
async function inboxOf(store: TenantStore, account: AccountId) {
  try {
    return await store.mailboxes.mailbox(account, ['INBOX'])
  } catch (error) {
    if (error instanceof MailError && error.kind === 'no-such-mailbox') return undefined
    throw error
  }
}
