import { rangesOf } from '../../codec/uid-ranges.ts'
import { MailError } from '../../mailbox/errors.ts'
import {
  changeFlags,
  changeSystemFlags,
  type FlagChange,
  type Flags,
  MOST_KEYWORDS,
  SEEN,
  sameFlags,
} from '../../mailbox/flags.ts'
import type { Modseq } from '../../mailbox/ids.ts'
import type { Change } from '../../store/journal-record.ts'
import type { Replica } from '../../store/replica.ts'
import type { TenantStore } from '../../store/store.ts'
import { settle } from './settle.ts'

export interface StoredFlags {
  /** The commit's, or the newest where nothing had to change. */
  modseq: Modseq
  /** The commit is this one's: some flags became others. */
  changed: boolean
  /** UIDs that changed after `unchangedSince` and were left alone (RFC 7162 §3.1.3). */
  modified: number[]
}

/**
 * STORE on any number of messages, in one commit (RFC 9051 §6.4.6). `uids` ascend; those that are gone are passed over.
 * Throws MailError 'no-such-mailbox', 'too-large', 'try-again'.
 */
export async function storeFlags(
  store: TenantStore,
  replica: Replica,
  uids: readonly number[],
  change: FlagChange,
  flags: Flags,
  { unchangedSince }: { unchangedSince?: number } = {},
): Promise<StoredFlags> {
  let modified: number[] = []
  let changed = false
  const record = await store.journal.commit(replica.mailbox, async (newest) => {
    if (!(await replica.standAt(newest.modseq))) return 'outdated'
    const planned = planFlagChange(replica, uids, change, flags, unchangedSince)
    modified = planned.modified
    changed = planned.change !== undefined
    return planned.change && { changes: [planned.change] }
  })
  await settle(store, replica, record)
  return { modseq: record.modseq, changed, modified }
}

/** The change of those messages whose flags really become others; undefined where there is none. */
export function planFlagChange(
  replica: Replica,
  uids: readonly number[],
  change: FlagChange,
  flags: Flags,
  unchangedSince = Number.POSITIVE_INFINITY,
): { change: Change | undefined; modified: number[] } {
  const { messages } = replica
  const modified: number[] = []
  const changing: number[] = []
  let unseen = 0
  const plain = flags.keywords.length === 0
  for (const row of messages.rowsOf(uids)) {
    const uid = messages.uidAt(row)
    if (messages.modseqAt(row) > unchangedSince) {
      modified.push(uid)
      continue
    }
    if (plain && !messages.hasKeywords(row)) {
      const before = messages.systemFlagsAt(row)
      const after = changeSystemFlags(before, change, flags.system)
      if (before === after) continue
      changing.push(uid)
      unseen += Number((after & SEEN) === 0) - Number((before & SEEN) === 0)
      continue
    }
    const before = messages.flagsAt(row)
    const after = changeFlags(before, change, flags)
    if (sameFlags(before, after)) continue
    if (after.keywords.length > MOST_KEYWORDS) throw new MailError('too-many', `${after.keywords.length} keywords`)
    changing.push(uid)
    unseen += Number((after.system & SEEN) === 0) - Number((before.system & SEEN) === 0)
  }
  if (changing.length === 0) return { change: undefined, modified }
  return { change: { kind: 'flags', uids: rangesOf(changing), change, flags, unseen }, modified }
}
