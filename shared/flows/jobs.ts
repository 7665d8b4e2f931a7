/** Work that can wait: what the `jobs` queue carries, as JSON. */
import type { AccountId, ContentId, MailboxId, TenantId } from '../mailbox/ids.ts'
import { isContentId, isTenantId, tenantOf } from '../mailbox/ids.ts'

export type Job =
  /** Fold the journal's tail into a snapshot. */
  | { kind: 'fold'; mailbox: MailboxId }
  /** Take away the content of a mailbox whose name is gone. */
  | { kind: 'remove-mailbox'; mailbox: MailboxId }
  /** Take away what an account held that nobody can sign in to any more. */
  | { kind: 'remove-account'; account: AccountId }
  /** Take away all that a tenant owned. */
  | { kind: 'remove-tenant'; tenant: TenantId }
  /** Submit a scheduled email when its time has come. */
  | { kind: 'release-email'; tenant: TenantId; email: ContentId }

export function formatJob(job: Job): string {
  return JSON.stringify(job)
}

/** Throws on what is no job of ours. */
export function parseJob(body: string): Job {
  const { kind, mailbox, account, tenant, email } = JSON.parse(body) as Record<string, unknown>
  switch (kind) {
    case 'fold':
    case 'remove-mailbox':
      if (isId(mailbox, 3)) return { kind, mailbox: mailbox as MailboxId }
      break
    case 'remove-account':
      if (isId(account, 2)) return { kind, account: account as AccountId }
      break
    case 'remove-tenant':
      if (typeof tenant === 'string' && isTenantId(tenant)) return { kind, tenant }
      break
    case 'release-email':
      if (typeof tenant === 'string' && isTenantId(tenant) && typeof email === 'string' && isContentId(email)) {
        return { kind, tenant, email }
      }
  }
  throw new Error('no such job')
}

function isId(id: unknown, levels: number): boolean {
  return typeof id === 'string' && id.split('/').length === levels && isTenantId(tenantOf(id as AccountId))
}
