import type { JournalRecord } from '../../store/journal-record.ts'
import type { Replica } from '../../store/replica.ts'
import type { TenantStore } from '../../store/store.ts'
import { requestFold } from './fold-mailbox.ts'

/** After a commit: the replica takes it in, and other sessions are told. */
export async function settle(store: TenantStore, replica: Replica, record: JournalRecord): Promise<void> {
  if (!replica.take(record)) await replica.refresh()
  await announce(store, replica.mailbox, record)
}

/** After a commit without a replica: sessions are told, and a tail that has grown long is folded. */
export async function announce(store: TenantStore, mailbox: Replica['mailbox'], record: JournalRecord): Promise<void> {
  await store.replicas.announce(mailbox, record.modseq)
  await requestFold(store, mailbox, record.modseq)
}
