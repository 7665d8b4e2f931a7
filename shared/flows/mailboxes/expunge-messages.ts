import { rangesOf, uidsIn } from '../../codec/uid-ranges.ts'
import type { Operation } from '../../ports/table.ts'
import type { Change } from '../../store/journal-record.ts'
import type { Replica } from '../../store/replica.ts'
import type { TenantStore } from '../../store/store.ts'
import { letGo } from './let-go.ts'
import { settle } from './settle.ts'

/**
 * EXPUNGE and UID EXPUNGE (RFC 9051 §6.4.3, §6.4.9): messages with \Deleted, all or those among `uids` (ascending), in one commit. Returns
 * the UIDs expunged. Throws MailError 'no-such-mailbox', 'too-large', 'try-again'.
 */
export function expungeMessages(store: TenantStore, replica: Replica, uids?: readonly number[]): Promise<number[]> {
  return removeMessages(store, replica, () => {
    const { messages } = replica
    const candidates = uids ?? allUids(replica)
    return candidates.filter((uid) => {
      const row = messages.rowOf(uid)
      return row !== undefined && messages.isDeleted(row)
    })
  })
}

/**
 * Removes what `choose` finds in the replica, in one commit with the operations of `also`; then lets go of the contents. Returns the
 * UIDs removed. Throws as `expungeMessages`, and `AlsoFailedError`.
 */
export async function removeMessages(
  store: TenantStore,
  replica: Replica,
  choose: () => readonly number[],
  also: readonly Operation[] = [],
): Promise<number[]> {
  let plan: RemovalPlan | undefined
  const record = await store.journal.commit(replica.mailbox, async (newest) => {
    if (!(await replica.standAt(newest.modseq))) return 'outdated'
    plan = planRemoval(replica, choose())
    return plan && { changes: [plan.change], also }
  })
  if (plan === undefined) return []
  await settle(store, replica, record)
  await letGo(store, replica.mailbox, plan.copies)
  return [...uidsIn(plan.change.uids)]
}

export interface RemovalPlan {
  change: Extract<Change, { kind: 'expunge' }>
  /** What keeps their contents alive; to be taken away after the commit. */
  copies: { content: ReturnType<Replica['messages']['contentAt']>; token: Uint8Array }[]
}

/** Undefined where none of the UIDs (ascending) is there. */
export function planRemoval(replica: Replica, uids: readonly number[]): RemovalPlan | undefined {
  const { messages } = replica
  const rows = uids.map((uid) => messages.rowOf(uid)).filter((row) => row !== undefined)
  if (rows.length === 0) return undefined
  return {
    change: {
      kind: 'expunge',
      uids: rangesOf(rows.map((row) => messages.uidAt(row))),
      unseen: -rows.filter((row) => !messages.isSeen(row)).length,
      sizeOctets: -rows.reduce((sum, row) => sum + messages.sizeAt(row), 0),
    },
    copies: rows.map((row) => ({ content: messages.contentAt(row), token: messages.tokenAt(row) })),
  }
}

function allUids({ messages }: Replica): number[] {
  return Array.from({ length: messages.count }, (_, row) => messages.uidAt(row))
}
