import { tenantOf } from '../mailbox/ids.ts'
import type { Store } from '../store/store.ts'
import { foldMailbox } from './fold-mailbox.ts'
import { parseJob } from './jobs.ts'
import { releaseEmail } from './release-email.ts'
import { removeAccount } from './remove-account.ts'
import { removeMailbox } from './remove-mailbox.ts'
import { removeTenant } from './remove-tenant.ts'

/** Does what a message of the `jobs` queue asks for. Every job can be repeated. */
export async function runJob(store: Store, body: string): Promise<void> {
  const job = parseJob(body)
  switch (job.kind) {
    case 'fold':
      return foldMailbox(store.tenant(tenantOf(job.mailbox)), job.mailbox)
    case 'remove-mailbox':
      return removeMailbox(store.tenant(tenantOf(job.mailbox)), job.mailbox)
    case 'remove-account':
      return removeAccount(store, job.account)
    case 'remove-tenant':
      return removeTenant(store, job.tenant)
    case 'release-email':
      return releaseEmail(store, job.tenant, job.email)
  }
}
