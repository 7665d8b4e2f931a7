/** Work that can wait: what the `jobs` queue carries, as JSON. */
import type { AccountId, ContentId, MailboxId, Modseq, TenantId } from '../../mailbox/ids.ts'
import { isContentId, isTenantId, tenantOf } from '../../mailbox/ids.ts'

export type Job =
  /** Fold the journal's tail into a snapshot, unless there is one of `modseq` or newer. */
  | { kind: 'fold'; mailbox: MailboxId; modseq?: Modseq }
  /** Take away the content of a mailbox whose name is gone. */
  | { kind: 'remove-mailbox'; mailbox: MailboxId }
  /** Take away what an account held that nobody can sign in to any more. */
  | { kind: 'remove-account'; account: AccountId }
  /** Take away all that a tenant owned. */
  | { kind: 'remove-tenant'; tenant: TenantId }
  /** Tell the relay whether the tenant sends from the domain. */
  | { kind: 'sending-identity'; tenant: TenantId; domain: string }
  /** Make the index of a tenant anew, a slice of it. */
  | { kind: 'reindex'; tenant: TenantId }
  /** Submit a scheduled email when its time has come. */
  | { kind: 'release-email'; tenant: TenantId; email: ContentId }
  /** Submit what an account holds back when its time has come. */
  | { kind: 'release-submission'; account: AccountId; submission: ContentId }
  /** File what was sent from an inbox, where that was cut off. */
  | { kind: 'file-sent'; account: AccountId; email: ContentId }
  /** Tell a webhook of an event, when that is due. */
  | { kind: 'deliver-webhook'; tenant: TenantId; webhook: string; event: string }
  /** Tell webhooks of a message that came into an inbox or was sent from it. */
  | ({ kind: 'announce-inbox-email' } & InboxEmail)
  /** Take away what a webhook was told that is gone. */
  | { kind: 'remove-webhook'; tenant: TenantId; webhook: string }

/** A copy of the account's, by its content. */
export interface InboxEmail {
  account: AccountId
  email: ContentId
  direction: 'inbound' | 'outbound'
}

export function formatJob(job: Job): string {
  return JSON.stringify(job)
}

/** Throws on what is no job of ours. */
export function parseJob(body: string): Job {
  const { kind, mailbox, modseq, account, tenant, domain, email, direction, submission, webhook, event } = JSON.parse(
    body,
  ) as Record<string, unknown>
  switch (kind) {
    case 'fold':
      if (isId(mailbox, 3) && (modseq === undefined || Number.isSafeInteger(modseq)))
        return { kind, mailbox: mailbox as MailboxId, ...(modseq !== undefined && { modseq: modseq as Modseq }) }
      break
    case 'remove-mailbox':
      if (isId(mailbox, 3)) return { kind, mailbox: mailbox as MailboxId }
      break
    case 'remove-account':
      if (isId(account, 2)) return { kind, account: account as AccountId }
      break
    case 'release-submission':
      if (isId(account, 2) && typeof submission === 'string' && isContentId(submission)) {
        return { kind, account: account as AccountId, submission }
      }
      break
    case 'file-sent':
      if (isId(account, 2) && isUuid(email)) return { kind, account: account as AccountId, email: email as ContentId }
      break
    case 'announce-inbox-email':
      if (isId(account, 2) && isUuid(email) && (direction === 'inbound' || direction === 'outbound'))
        return { kind, account: account as AccountId, email: email as ContentId, direction }
      break
    case 'reindex':
    case 'remove-tenant':
      if (typeof tenant === 'string' && isTenantId(tenant)) return { kind, tenant }
      break
    case 'sending-identity':
      if (typeof tenant === 'string' && isTenantId(tenant) && typeof domain === 'string')
        return { kind, tenant, domain }
      break
    case 'release-email':
      if (typeof tenant === 'string' && isTenantId(tenant) && typeof email === 'string' && isContentId(email)) {
        return { kind, tenant, email }
      }
      break
    case 'deliver-webhook':
      if (typeof tenant === 'string' && isTenantId(tenant) && isUuid(webhook) && isUuid(event)) {
        return { kind, tenant, webhook, event }
      }
      break
    case 'remove-webhook':
      if (typeof tenant === 'string' && isTenantId(tenant) && isUuid(webhook)) return { kind, tenant, webhook }
  }
  throw new Error('no such job')
}

function isUuid(id: unknown): id is string {
  return typeof id === 'string' && isContentId(id)
}

function isId(id: unknown, levels: number): boolean {
  return typeof id === 'string' && id.split('/').length === levels && isTenantId(tenantOf(id as AccountId))
}
