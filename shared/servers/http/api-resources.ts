import { accounts } from './administration/accounts.ts'
import { aliases } from './administration/aliases.ts'
import { apiKeys } from './administration/api-keys.ts'
import { appPasswords } from './administration/app-passwords.ts'
import { autoconfiguration } from './administration/autoconfiguration.ts'
import { deletions } from './administration/deletions.ts'
import { domainClaims } from './administration/domain-claims.ts'
import { domains } from './administration/domains.ts'
import { imports } from './administration/imports.ts'
import { logs } from './administration/logs.ts'
import { mailboxes } from './administration/mailboxes.ts'
import { pop3Settings } from './administration/pop3-settings.ts'
import { reindexings } from './administration/reindexings.ts'
import { suppressions } from './administration/suppressions.ts'
import { tenants } from './administration/tenants.ts'
import { usage } from './administration/usage.ts'
import { webhookEvents } from './administration/webhook-events.ts'
import { webhooks } from './administration/webhooks.ts'
import { documents } from './documents.ts'
import { downloads } from './downloads.ts'
import { captured } from './emails/captured.ts'
import { emailBatches } from './emails/email-batches.ts'
import { emailEvents } from './emails/email-events.ts'
import { emailMetrics } from './emails/email-metrics.ts'
import { emails } from './emails/emails.ts'
import { receivedEmails } from './emails/received-emails.ts'
import { sentAttachments } from './emails/sent-attachments.ts'
import { sharedEmails } from './emails/shared-emails.ts'
import { uploads } from './emails/uploads.ts'
import { health } from './health.ts'
import { inboxDrafts } from './inboxes/inbox-drafts.ts'
import { inboxLabels } from './inboxes/inbox-labels.ts'
import { inboxThreadEmails } from './inboxes/inbox-thread-emails.ts'
import { inboxThreads } from './inboxes/inbox-threads.ts'
import { inboxes } from './inboxes/inboxes.ts'
import type { Resource } from './serve-resources.ts'

/** Administration, sending and receiving by program: everything by its resource, each in its file. */
export const API_RESOURCES: readonly Resource[] = [
  health,
  autoconfiguration,
  tenants,
  deletions,
  reindexings,
  domains,
  domainClaims,
  apiKeys,
  accounts,
  mailboxes,
  imports,
  appPasswords,
  pop3Settings,
  aliases,
  receivedEmails, // before `/emails/{id}`, as the next
  emailBatches,
  emailMetrics,
  emails,
  emailEvents,
  sentAttachments,
  sharedEmails,
  uploads,
  inboxes,
  inboxLabels,
  inboxThreads,
  inboxThreadEmails,
  inboxDrafts,
  webhooks,
  webhookEvents,
  suppressions,
  usage,
  captured,
  logs,
  downloads,
  documents, // of all that came before
]
