import type { ContentId, TenantId } from '../../mailbox/ids.ts'
import type { Store } from '../../store/store.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { removeMessages } from '../mailboxes/expunge-messages.ts'
import type { Caller } from '../tenants/authenticate-caller.ts'
import type { Inbox } from './administer-inboxes.ts'
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
    await removeMessages(own, replica, () => [draft.uid])
    return id
  })
}
