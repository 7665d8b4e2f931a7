import type { MailboxId } from '../../mailbox/ids.ts'
import type { Operation } from '../../ports/table.ts'
import type { Change, JournalRecord } from '../../store/journal-record.ts'
import type { Replica } from '../../store/replica.ts'
import type { TenantStore } from '../../store/store.ts'

/** What goes from the one mailbox and what comes into the other. */
export interface Transfer {
  append: Change
  expunge: Change
}

/**
 * Messages leave the replica's mailbox as others come into `target`, which may be the same: one commit, with the operations of `also`. `plan` is
 * asked again where somebody else was first; undefined from it: nothing is to be done. Throws as `Journal.commit`.
 */
export async function commitTransfer(
  store: TenantStore,
  replica: Replica,
  target: MailboxId,
  plan: () => Transfer | undefined,
  also: readonly Operation[] = [],
): Promise<{ source: JournalRecord; target: JournalRecord }> {
  const source = replica.mailbox
  if (source === target) {
    const record = await store.journal.commit(source, async (newest) => {
      if (!(await replica.standAt(newest.modseq))) return 'outdated'
      const planned = plan()
      return planned && { changes: [planned.append, planned.expunge], also }
    })
    return { source: record, target: record }
  }
  const records = await store.journal.commitTogether([source, target], async ([newest]) => {
    if (!(await replica.standAt(newest!.modseq))) return 'outdated'
    const planned = plan()
    return planned && { changes: [[planned.expunge], [planned.append]], also }
  })
  return { source: records[0]!, target: records[1]! }
}
