import type { FlagChange, Flags } from '../../mailbox/flags.ts'
import type { Change } from '../../store/journal-record.ts'
import type { Replica } from '../../store/replica.ts'
import type { TenantStore } from '../../store/store.ts'
import { settle } from './settle.ts'
import { planFlagChange } from './store-flags.ts'

/** What is to become of the flags of some messages; UIDs ascend. */
export interface FlagsToChange {
  uids: readonly number[]
  change: FlagChange
  flags: Flags
}

/**
 * Several changes of flags in one mailbox by one commit, each of other flags where they are about the same messages. UIDs that are gone are passed over.
 * Throws MailError 'no-such-mailbox', 'too-large', 'too-many', 'try-again'.
 */
export async function changeFlagsOf(
  store: TenantStore,
  replica: Replica,
  wanted: readonly FlagsToChange[],
): Promise<void> {
  const record = await store.journal.commit(replica.mailbox, async (newest) => {
    if (!(await replica.standAt(newest.modseq))) return 'outdated'
    const changes: Change[] = []
    for (const { uids, change, flags } of wanted) {
      const planned = planFlagChange(replica, uids, change, flags).change
      if (planned !== undefined) changes.push(planned)
    }
    return changes.length === 0 ? undefined : { changes }
  })
  await settle(store, replica, record)
}
