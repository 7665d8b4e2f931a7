import { idTime } from '../../mailbox/id-time.ts'
import type { AccountId, ContentId, ThreadId } from '../../mailbox/ids.ts'
import type { WebhookEvent } from '../../mailbox/webhook-events.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { localOf } from '../tenants/administer-accounts.ts'
import type { InboxEmail } from '../upkeep/jobs.ts'
import { announceEvents } from '../webhooks/announce-events.ts'
import { describeThreads } from './list-threads.ts'
import { emailIdOf, emailOf } from './read-thread.ts'
import { INBOX_EMAIL_EVENTS } from './request-inbox-email.ts'
import { showEmail, showThread } from './shown-inboxes.ts'
import { copiesOf, findHead, messagesOf, threadHeads, withMailboxes } from './thread-index.ts'

/** The job: tells that the message came or went, and before it of the conversation that it began. Repeatable. */
export async function announceInboxEmail(
  own: TenantStore,
  { account, email: content, direction }: InboxEmail,
): Promise<void> {
  const type = INBOX_EMAIL_EVENTS[direction]
  const [holder, view] = await Promise.all([own.accounts.get(account), own.views.find(content)])
  if (holder === undefined || view === undefined) return // deleted meanwhile
  const thread = await own.threads.assign(account, content, view.messageIds) // the one that it has
  const shown = await lookAt(own, { account, address: holder.address }, thread, content, view)
  const data = {
    source: direction === 'inbound' ? 'system' : 'api',
    inbox_id: localOf(account),
    thread_id: thread,
    email_id: emailIdOf(content, view),
    ...(shown && { thread: shown.thread, email: shown.email }),
  }
  const happened = (what: WebhookEvent) => ({
    id: derivedContentId(content, account, what),
    type: what,
    at: idTime(content),
    data,
  })
  await announceEvents(own, shown?.isFirst ? [happened('inbox.thread.created'), happened(type)] : [happened(type)])
}

/** Undefined where it is in no mailbox any more. */
function lookAt(
  own: TenantStore,
  { account, address }: { account: AccountId; address: string },
  thread: ThreadId,
  content: ContentId,
  view: View,
) {
  return withMailboxes(own, account, async (mailboxes) => {
    const messages = messagesOf(copiesOf(mailboxes, [thread]).get(thread)!)
    const copy = messages.find((one) => one.content === content)
    const head = findHead(threadHeads(mailboxes), thread)
    if (copy === undefined || head === undefined) return undefined
    const [listed] = await describeThreads(own, mailboxes, [head], await own.labels.list(account))
    const email = showEmail(await emailOf(own, copy, view, address))
    // Ids ascend with time, whatever is moved and in whatever order messages are indexed.
    const isFirst = messages.every((one) => one.content >= content)
    return { thread: showThread(listed!), email, isFirst }
  })
}
