import type { AccountId, ContentId } from '../../mailbox/ids.ts'
import type { WebhookEvent } from '../../mailbox/webhook-events.ts'
import type { Label } from '../../store/labels.ts'
import type { TenantStore } from '../../store/store.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { localOf } from '../tenants/administer-accounts.ts'
import { announceDone } from '../webhooks/announce-events.ts'
import { requireThread } from './list-threads.ts'
import { type Draft, describeDraft } from './read-drafts.ts'
import { showLabel, showThread } from './shown-inboxes.ts'
import type { Folder } from './thread-index.ts'

/** What a program does by the API. What people do in a mail client is done to messages, and is not told. */
const SOURCE = 'api'

export async function announceInbox(
  own: TenantStore,
  type: 'inbox.created' | 'inbox.updated',
  account: AccountId,
  describe: () => Promise<object>,
): Promise<void> {
  await announceDone(own, type, async () => ({ ...placeOf(account), inbox: await describe() }))
}

export async function announceInboxDeleted(own: TenantStore, account: AccountId): Promise<void> {
  await announceDone(own, 'inbox.deleted', () => placeOf(account))
}

export async function announceFolder(
  own: TenantStore,
  account: AccountId,
  thread: string,
  { from, to }: { from: Folder; to: Folder },
): Promise<void> {
  await announceDone(own, 'inbox.thread.folder.updated', async () => ({
    ...{ from, to },
    ...(await threadOf(own, account, thread)),
  }))
}

/** An event carries one label. */
export async function announceLabels(
  own: TenantStore,
  account: AccountId,
  thread: string,
  { added, removed }: { added: readonly Label[]; removed: readonly Label[] },
): Promise<void> {
  for (const [label, isAdded] of [
    ...added.map((one) => [one, true] as const),
    ...removed.map((one) => [one, false] as const),
  ]) {
    await announceDone(own, 'inbox.thread.labels.updated', async () => ({
      added: isAdded ? [showLabel(label)] : [],
      removed: isAdded ? [] : [showLabel(label)],
      ...(await threadOf(own, account, thread)),
    }))
  }
}

type DraftEvent = Extract<WebhookEvent, `inbox.draft.${string}`>

/** `base`: what the event follows from, where a repeat of what was done is to find it. */
export async function announceDraft(
  own: TenantStore,
  account: AccountId,
  type: DraftEvent,
  draft: Draft | undefined,
  { base, ...more }: { base?: ContentId; thread_id?: string; email_id?: string } = {},
): Promise<void> {
  if (draft === undefined) return // another one was first to take it away
  const describe = async () => ({
    ...placeOf(account),
    ...(draft.thread !== undefined && { thread_id: draft.thread }),
    ...more,
    draft_id: draft.id,
    draft: await describeDraft(own, account, draft),
  })
  await announceDone(own, type, describe, base && derivedContentId(base, type))
}

function placeOf(account: AccountId) {
  return { source: SOURCE, inbox_id: localOf(account) }
}

async function threadOf(own: TenantStore, account: AccountId, thread: string) {
  return { ...placeOf(account), thread_id: thread, thread: showThread(await requireThread(own, account, thread)) }
}
