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
  const whole = typeof mailbox === 'string' && mailbox.split('/').length === 3 && isTenantId(tenantOf(mailbox))
  if (!whole || (kind !== 'fold' && kind !== 'remove-mailbox')) throw new Error('no such job')
  return { kind, mailbox }
}
