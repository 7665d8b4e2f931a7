import type { Replica } from '../../store/replica.ts'
import type { TenantStore } from '../../store/store.ts'

/**
 * The session that selects first after a message came is the one that sees it \Recent (RFC 3501 §2.3.2): a journal record says so to all
 * others, also in other processes. UIDs `from` up to, not including, `before` are this session's.
 */
export async function claimRecent(store: TenantStore, replica: Replica): Promise<{ from: number; before: number }> {
  let claim = { from: replica.totals.uidNext, before: replica.totals.uidNext }
  if (replica.totals.recentFrom === replica.totals.uidNext) return claim
  const record = await store.journal.commit(replica.mailbox, ({ totals: { recentFrom, uidNext } }) => {
    claim = { from: recentFrom, before: uidNext }
    return recentFrom === uidNext ? undefined : { changes: [{ kind: 'recent', before: uidNext }] }
  })
  // Others need not hear of it now: whoever claims next finds the record in its way.
  if (!replica.take(record)) await replica.refresh()
  return claim
}
