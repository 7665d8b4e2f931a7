import { log } from '../../log.ts'
import { NO_FLAGS } from '../../mailbox/flags.ts'
import { type AccountId, accountOf, type ContentId, type MailboxId } from '../../mailbox/ids.ts'
import { type BlobContent, BlobLostError, listAll } from '../../ports/blobs.ts'
import { indexNamePrefix, parseContentName, parseSnapshotName } from '../../store/keys.ts'
import type { TenantStore } from '../../store/store.ts'
import { type ScanSettings, scanContent } from '../arrivals/scan-content.ts'

export interface Reindexed {
  views: number
  mailboxes: number
  /** Messages put back from snapshots, and those found in none. */
  restored: number
  found: number
}

/** A part of the work: contents after an object's name, as long as `mayGoOn`. */
export interface Slice {
  after?: string
  mayGoOn?: () => Promise<boolean>
}

/**
 * Makes the index anew out of the bucket, for a tenant whose table is lost but for its directory (I9): every view exactly as it was; each mailbox from
 * its newest snapshot, where it has no journal; and contents in no mailbox to the INBOX of their recipients. Every mailbox restored gets a new
 * UIDVALIDITY, as UIDs handed out after the snapshot are not known any more. Repeatable: what is there already stays as it is.
 */
export async function reindex(
  store: TenantStore,
  settings: ScanSettings,
  { after, mayGoOn = async () => true }: Slice = {},
): Promise<Reindexed & { next?: string }> {
  const reindexed: Reindexed & { next?: string } = { views: 0, mailboxes: 0, restored: 0, found: 0 }
  // Mailboxes are there before the first content is looked at, so that those found in none are told from the others.
  for (const [mailbox, modseq] of after === undefined ? await newestSnapshots(store) : []) {
    await mayGoOn()
    const restored = await restoreMailbox(store, mailbox, modseq)
    if (restored === undefined) continue
    reindexed.mailboxes += 1
    reindexed.restored += restored
  }
  for await (const { name } of listAll(store.engine.blobs, `raw/${store.tenant}/`, after)) {
    const content = parseContentName(name)?.content
    const blob = content && (await opened(store, name))
    if (content === undefined || blob === undefined) continue
    reindexed.views += 1
    reindexed.found += await restoreContent(store, content, blob, settings)
    if (await mayGoOn()) continue
    reindexed.next = name
    break
  }
  log.info('reindexed', { tenant: store.tenant, ...reindexed })
  return reindexed
}

/** Undefined where it is gone, or its octets are lost: then all others come back nevertheless. */
async function opened(store: TenantStore, name: string): Promise<BlobContent | undefined> {
  try {
    return await store.engine.blobs.get(name)
  } catch (error) {
    if (!(error instanceof BlobLostError)) throw error
    log.error('content-lost', { error })
    return undefined
  }
}

async function newestSnapshots(store: TenantStore): Promise<Map<MailboxId, number>> {
  const newest = new Map<MailboxId, number>()
  for await (const { name } of listAll(store.engine.blobs, indexNamePrefix(store.tenant))) {
    const snapshot = parseSnapshotName(name)
    if (snapshot !== undefined) newest.set(snapshot.mailbox, snapshot.modseq) // ascending: the last one stays
  }
  return newest
}

/** How many messages came back; undefined where the mailbox needs no restoring, or its account is no more. */
async function restoreMailbox(store: TenantStore, mailbox: MailboxId, modseq: number): Promise<number | undefined> {
  const account = accountOf(mailbox)
  if ((await store.accounts.get(account)) === undefined) return undefined
  if (await store.journal.exists(mailbox)) return undefined
  const snapshot = await store.snapshots.read(mailbox, modseq)
  const messages = store.snapshots.tableOf(snapshot)
  for (let row = 0; row < messages.count; row += 1) {
    await store.deliveries.restore(mailbox, messages.contentAt(row), messages.tokenAt(row))
  }
  await store.mailboxes.restore(account, mailbox, snapshot)
  return messages.count
}

/** Rewrites the view; delivers what no recipient has. Returns how many copies that made. */
async function restoreContent(
  store: TenantStore,
  content: ContentId,
  blob: BlobContent,
  settings: ScanSettings,
): Promise<number> {
  const envelope = await store.envelopes.of(blob)
  const view = await scanContent(blob.content, envelope.receivedSha256, settings)
  await store.views.put(content, view)
  let found = 0
  for (const account of new Set(envelope.recipients.flatMap(({ accounts }) => accounts))) {
    found += await deliverFound(store, account, content, view, envelope.receivedAt)
  }
  return found
}

async function deliverFound(
  store: TenantStore,
  account: AccountId,
  content: ContentId,
  view: Awaited<ReturnType<typeof scanContent>>,
  receivedAt: number,
): Promise<number> {
  if ((await store.accounts.get(account)) === undefined || (await store.deliveries.isDelivered(account, content)))
    return 0
  const inbox = await store.mailboxes.mailbox(account, ['INBOX'])
  const thread = await store.threads.assign(account, content, view.messageIds)
  const { sizeOctets, unterminated } = view
  const message = { content, thread, flags: NO_FLAGS, internalDate: receivedAt, sizeOctets, unterminated }
  return (await store.appends.append(inbox, [message])) === 'delivered-before' ? 0 : 1
}
