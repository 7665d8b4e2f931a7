import { tenantOf } from '../../mailbox/ids.ts'
import type { Store } from '../../store/store.ts'
import type { ScanSettings } from '../arrivals/scan-content.ts'
import { releaseEmail } from '../emails/release-email.ts'
import { announceInboxEmail } from '../inboxes/announce-inbox-email.ts'
import { foldMailbox } from '../mailboxes/fold-mailbox.ts'
import { removeMailbox } from '../mailboxes/remove-mailbox.ts'
import { fileSent } from '../outgoing/file-sent.ts'
import { releaseSubmission } from '../outgoing/release-submission.ts'
import { settleIdentity } from '../outgoing/sending-identity.ts'
import { removeAccount } from '../tenants/remove-account.ts'
import { removeTenant } from '../tenants/remove-tenant.ts'
import { deliverWebhook, type WebhookSender } from '../webhooks/deliver-webhook.ts'
import { parseJob } from './jobs.ts'
import { reindexTenant } from './reindex-tenant.ts'

/** What jobs need besides the store. */
export interface JobServices extends ScanSettings {
  webhooks: WebhookSender
}

/** Does what a message of the `jobs` queue asks for. Every job can be repeated. */
export async function runJob(store: Store, body: string, { webhooks, ...scan }: JobServices): Promise<void> {
  const job = parseJob(body)
  switch (job.kind) {
    case 'fold':
      return foldMailbox(store.tenant(tenantOf(job.mailbox)), job.mailbox, job.modseq)
    case 'remove-mailbox':
      return removeMailbox(store.tenant(tenantOf(job.mailbox)), job.mailbox)
    case 'remove-account':
      return removeAccount(store, job.account)
    case 'remove-tenant':
      return removeTenant(store, job.tenant)
    case 'release-submission':
      return releaseSubmission(store, job.account, job.submission)
    case 'sending-identity':
      return settleIdentity(store, job.tenant, job.domain)
    case 'reindex':
      return reindexTenant(store, job.tenant, scan)
    case 'release-email':
      return releaseEmail(store, job.tenant, job.email)
    case 'file-sent':
      return fileSent(store.tenant(tenantOf(job.account)), job.account, job.email, scan)
    case 'announce-inbox-email':
      return announceInboxEmail(store.tenant(tenantOf(job.account)), job)
    case 'deliver-webhook':
      return deliverWebhook(store.tenant(job.tenant), job, webhooks)
    case 'remove-webhook':
      return store.tenant(job.tenant).webhookDeliveries.forget(job.webhook)
  }
}
