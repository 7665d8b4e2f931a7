import { log } from '../../log.ts'
import type { AccountId } from '../../mailbox/ids.ts'
import type { MailboxPath } from '../../mailbox/mailbox-path.ts'
import type { TenantStore } from '../../store/store.ts'
import { formatJob } from '../upkeep/jobs.ts'

/** DELETE (RFC 9051 §6.3.5): the name is gone at once, the content by a job. Throws as `Mailboxes.delete`. */
export async function deleteMailbox(store: TenantStore, account: AccountId, path: MailboxPath): Promise<void> {
  const mailbox = await store.mailboxes.delete(account, path)
  if (mailbox === undefined) return
  await store.replicas.announceEnd(mailbox)
  try {
    await store.engine.queues.jobs.send(formatJob({ kind: 'remove-mailbox', mailbox }))
  } catch (error) {
    log.warn('removal-not-requested', { mailbox, error: error as Error }) // the sweep asks for it
  }
}
