import { accounts } from './accounts.ts'
import { aliases } from './aliases.ts'
import { apiKeys } from './api-keys.ts'
import { appPasswords } from './app-passwords.ts'
import { autoconfiguration } from './autoconfiguration.ts'
import { captured } from './captured.ts'
import { deletions } from './deletions.ts'
import { documents } from './documents.ts'
import { domainClaims } from './domain-claims.ts'
import { domains } from './domains.ts'
import { downloads } from './downloads.ts'
import { emailBatches } from './email-batches.ts'
import { emailEvents } from './email-events.ts'
import { emailMetrics } from './email-metrics.ts'
import { emails } from './emails.ts'
import { health } from './health.ts'
import { imports } from './imports.ts'
import { inboxDrafts } from './inbox-drafts.ts'
import { inboxLabels } from './inbox-labels.ts'
import { inboxThreadEmails } from './inbox-thread-emails.ts'
import { inboxThreads } from './inbox-threads.ts'
import { inboxes } from './inboxes.ts'
import { logs } from './logs.ts'
import { mailboxes } from './mailboxes.ts'
import { pop3Settings } from './pop3-settings.ts'
import { receivedEmails } from './received-emails.ts'
import { reindexings } from './reindexings.ts'
import { sentAttachments } from './sent-attachments.ts'
import type { Resource } from './serve-resources.ts'
import { sharedEmails } from './shared-emails.ts'
import { suppressions } from './suppressions.ts'
import { tenants } from './tenants.ts'
import { uploads } from './uploads.ts'
import { usage } from './usage.ts'
import { webhookEvents } from './webhook-events.ts'
import { webhooks } from './webhooks.ts'

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
