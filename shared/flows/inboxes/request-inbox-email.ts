import type { WebhookEvent } from '../../mailbox/webhook-events.ts'
import type { TenantStore } from '../../store/store.ts'
import { formatJob, type InboxEmail } from '../upkeep/jobs.ts'
import { isWanted } from '../webhooks/announce-events.ts'

export const INBOX_EMAIL_EVENTS = {
  inbound: 'inbox.email.received',
  outbound: 'inbox.email.sent',
} as const satisfies Record<string, WebhookEvent>

/**
 * Asks for webhooks to be told of a message that is in the account's mailboxes now. To be called after the commit that shows it, by whoever repeats that after a crash. What
 * they are told takes a look at the whole conversation, for which nobody's delivery waits: it is a job. Without such webhooks nothing is asked or read.
 */
export async function requestInboxEmail(own: TenantStore, news: InboxEmail): Promise<void> {
  if (!(await isWanted(own, [INBOX_EMAIL_EVENTS[news.direction], 'inbox.thread.created']))) return
  await own.engine.queues.jobs.send(formatJob({ kind: 'announce-inbox-email', ...news }))
}
