import type { ContentId, TenantId, ThreadId } from '../../mailbox/ids.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { removeMessages } from '../mailboxes/expunge-messages.ts'
import { sentCopyId } from '../outgoing/file-sent.ts'
import type { Caller } from '../tenants/authenticate-caller.ts'
import type { Inbox } from './administer-inboxes.ts'
import { announceDraft } from './announce-inbox.ts'
import { refuseOwnThreading } from './answer-email.ts'
import { requireDraft, withDrafts } from './read-drafts.ts'
import { requestOfDraft } from './save-draft.ts'
import { type InboxSettings, noteAnswer, sendFromInbox } from './send-from-inbox.ts'

/**
 * Sends a draft and takes it out of Drafts. What is sent has its id from the draft as it was saved last, so that one that is sent again after a
 * crash is the same email. Throws Refusal.
 */
export function sendDraft(
  store: Store,
  tenant: TenantId,
  caller: Caller,
  inbox: Inbox,
  { draftId, headers }: { draftId: string; headers: Readonly<Record<string, string>> },
  settings: InboxSettings,
): Promise<ContentId> {
  refuseOwnThreading(headers)
  const own = store.tenant(tenant)
  return withDrafts(own, inbox.account, async (replica) => {
    const draft = await requireDraft(own, replica, draftId)
    const request = await requestOfDraft(store, own, inbox, draft)
    // An empty message may be sent: its subject says it all.
    const texts = request.html === undefined && request.text === undefined ? { text: '' } : {}
    const id = derivedContentId(draft.content, 'sent')
    await sendFromInbox(store, tenant, caller, inbox, { ...request, ...texts, headers }, id, settings)
    const [parent] = draft.view.messageIds.inReplyTo
    const answered = parent === undefined ? undefined : await own.threads.find(inbox.account, parent)
    if (answered !== undefined) {
      await noteAnswer(own, inbox.account, { thread: answered.thread, email: answered.content }, 'reply')
    }
    const thread = (await threadOfSent(own, inbox, id)) ?? draft.thread
    const sent = { base: draft.content, email_id: id as string, ...(thread !== undefined && { thread_id: thread }) }
    await announceDraft(own, inbox.account, 'inbox.draft.sent', draft, sent)
    await removeMessages(own, replica, () => [draft.uid])
    return id
  })
}

/** Undefined where it is not filed yet. */
async function threadOfSent(own: TenantStore, { account }: Inbox, id: ContentId): Promise<ThreadId | undefined> {
  const content = sentCopyId(id)
  const view = await own.views.find(content)
  return view && own.threads.assign(account, content, view.messageIds)
}
