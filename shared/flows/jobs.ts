/** Work that can wait: what the `jobs` queue carries, as JSON. */
import type { MailboxId } from '../mailbox/ids.ts'
import { isTenantId, tenantOf } from '../mailbox/ids.ts'

export type Job =
  /** Fold the journal's tail into a snapshot. */
  | { kind: 'fold'; mailbox: MailboxId }
  /** Take away the content of a mailbox whose name is gone. */
  | { kind: 'remove-mailbox'; mailbox: MailboxId }

export function formatJob(job: Job): string {
  return JSON.stringify(job)
}

/** Throws on what is no job of ours. */
export function parseJob(body: string): Job {
  const { kind, mailbox } = JSON.parse(body) as Partial<Job>
  if ((kind !== 'fold' && kind !== 'remove-mailbox') || typeof mailbox !== 'string') throw new Error('no such job')
  if (!isTenantId(tenantOf(mailbox)) || accountOf(mailbox) === tenantOf(mailbox))
    throw new Error('a job for no mailbox')
  return { kind, mailbox }
}
