import { log } from '../../log.ts'
import { MailError } from '../../mailbox/errors.ts'
import { accountOf, type MailboxId, type Modseq } from '../../mailbox/ids.ts'
import type { TenantStore } from '../../store/store.ts'
import { formatJob } from '../upkeep/jobs.ts'
import { countArrivals } from '../usage/count-usage.ts'
import { extendSegments } from './extend-segments.ts'

/** A tail of so many records is folded. */
const FOLD_EVERY = 500
/** Folded records are kept for clients that resynchronise by MODSEQ (RFC 7162); an older client is told everything anew. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000

/** Asks for a fold when a commit completes another so many. The commit stands whatever becomes of the request. */
export async function requestFold(store: TenantStore, mailbox: MailboxId, modseq: Modseq): Promise<void> {
  if (modseq % FOLD_EVERY !== 0) return
  try {
    await store.engine.queues.jobs.send(formatJob({ kind: 'fold', mailbox, modseq }))
  } catch (error) {
    log.warn('fold-not-requested', { mailbox, error: error as Error })
  }
}

/**
 * Makes the journal so far into a snapshot, with the segments of its messages, then deletes records that were folded and are old; never the newest.
 * Nothing is done where there is a snapshot of `upTo` or newer. Repeatable, and harmless beside another fold of the same mailbox: one of them wins;
 * in one process they wait for each other, as each would make the same segments.
 */
export async function foldMailbox(store: TenantStore, mailbox: MailboxId, upTo?: Modseq): Promise<void> {
  return store.snapshots.inTurn(mailbox, () => fold(store, mailbox, upTo))
}

async function fold(store: TenantStore, mailbox: MailboxId, upTo: Modseq | undefined): Promise<void> {
  try {
    await store.replicas.use(mailbox, async (replica) => {
      const { uidvalidity, snapshot: replaces } = await store.snapshots.identity(mailbox)
      if (upTo !== undefined && upTo <= replaces) return
      // The replica may be older than the newest snapshot, and not know its segments.
      let segments = replaces === 0 ? [] : (await store.snapshots.read(mailbox, replaces)).segments
      const { modseq, totals } = replica
      if (modseq > replaces) {
        // Columns are copied before anything is awaited: the replica goes on growing.
        const { messages } = replica
        const { columns, keywordSets } = messages.toColumns()
        const contents = Array.from(columns.uids, (uid, row) => ({ uid, content: messages.contentAt(row) }))
        const { path, specialUse } = await nameOf(store, mailbox)
        segments = await extendSegments(store, mailbox, modseq, contents, segments)
        const named = { uidvalidity, path, ...(specialUse !== undefined && { specialUse }) }
        const snapshot = { ...named, modseq, totals, columns, keywordSets, segments }
        if (!(await store.snapshots.publish(mailbox, snapshot, replaces))) return
      }
      await countArrivals(store, mailbox) // before what says it is forgotten
      await store.journal.forgetFolded(mailbox, modseq, store.engine.clock.now() - KEPT_MS)
      await store.snapshots.forgetOlder(mailbox, modseq, segments)
    })
  } catch (error) {
    if (error instanceof MailError && error.kind === 'no-such-mailbox') return // deleted meanwhile
    throw error
  }
}

async function nameOf(store: TenantStore, mailbox: MailboxId) {
  const name = (await store.mailboxes.list(accountOf(mailbox))).find((candidate) => candidate.mailbox === mailbox)
  return { path: name?.path ?? [], specialUse: name?.specialUse }
}
