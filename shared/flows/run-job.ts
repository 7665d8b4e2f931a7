import { tenantOf } from '../mailbox/ids.ts'
import type { Store } from '../store/store.ts'
import { foldMailbox } from './fold-mailbox.ts'
import { parseJob } from './jobs.ts'
import { removeMailbox } from './remove-mailbox.ts'

/** Does what a message of the `jobs` queue asks for. Every job can be repeated. */
export async function runJob(store: Store, body: string): Promise<void> {
  const job = parseJob(body)
  const own = store.tenant(tenantOf(job.mailbox))
  switch (job.kind) {
    case 'fold':
      return foldMailbox(own, job.mailbox)
    case 'remove-mailbox':
      return removeMailbox(own, job.mailbox)
  }
}
