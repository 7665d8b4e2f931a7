import { MailError } from '../../mailbox/errors.ts'
import { changeFlags, SEEN } from '../../mailbox/flags.ts'
import type { MailboxId } from '../../mailbox/ids.ts'
import type { Operation } from '../../ports/table.ts'
import { makeCopyToken } from '../../store/copy-token.ts'
import { AlsoFailedError } from '../../store/journal.ts'
import type { Appended } from '../../store/journal-record.ts'
import type { Replica } from '../../store/replica.ts'
import type { TenantStore } from '../../store/store.ts'
import type { FlagsToChange } from './change-flags.ts'
import { commitTransfer } from './commit-transfer.ts'
import { planRemoval } from './expunge-messages.ts'
import { letGo } from './let-go.ts'
import { requireRoom } from './quota.ts'
import { announce, settle } from './settle.ts'

export interface CopiedMessages {
  uidvalidity: number
  /** UIDs of the originals that were there, ascending, and of their copies, in the same order. */
  from: number[]
  to: number[]
}

/** More than one commit can hold; refused before anything is done. */
const MOST_COPIES = 40_000

/**
 * COPY (RFC 9051 §6.4.7): every message or none, with flags and INTERNALDATE. UIDs (ascending) that are gone are passed over.
 * Throws MailError 'no-such-mailbox' (the target), 'over-quota', 'too-large', 'try-again'.
 */
export async function copyMessages(
  store: TenantStore,
  replica: Replica,
  uids: readonly number[],
  target: MailboxId,
): Promise<CopiedMessages> {
  const { uidvalidity } = await store.snapshots.identity(target)
  const wanted = rowsOf(replica, uids)
  await requireRoom(
    store,
    target,
    wanted.reduce((sum, { appended }) => sum + appended.sizeOctets, 0),
  )
  const copies = await tokened(store, target, wanted)
  const messages = copies.map(({ appended }) => appended)
  const record = await releasedOnRefusal(store, target, copies, () =>
    store.journal.commit(target, () =>
      messages.length === 0 ? undefined : { changes: [{ kind: 'append', messages }] },
    ),
  )
  await announce(store, target, record)
  return { uidvalidity, ...uidPairs(copies, record.totals.uidNext) }
}

export interface Moving {
  /** Operations on other items that succeed or fail with the commit. */
  also?: readonly Operation[]
  /** Those of them (UIDs) come into the target as read. */
  read?: ReadonlySet<number>
  /** What becomes of the flags of those of them (UIDs) on the way: their originals are never seen with it. */
  changes?: ReadonlyMap<number, readonly Pick<FlagsToChange, 'change' | 'flags'>[]>
}

/** MOVE (RFC 6851): the same, and the originals are expunged in the same commit. Throws `AlsoFailedError`, too. */
export async function moveMessages(
  store: TenantStore,
  replica: Replica,
  uids: readonly number[],
  target: MailboxId,
  { also = [], read = new Set(), changes = new Map() }: Moving = {},
): Promise<CopiedMessages> {
  const { uidvalidity } = await store.snapshots.identity(target)
  const source = replica.mailbox
  const copies = await tokened(store, target, changed(asRead(rowsOf(replica, uids), read), changes))
  let moved: readonly Copy[] = []
  let removal: ReturnType<typeof planRemoval>
  const plan = () => {
    // Another session may have expunged some of them meanwhile: what is gone must not come back in the target.
    moved = copies.filter(({ uid }) => replica.messages.rowOf(uid) !== undefined)
    removal = planRemoval(
      replica,
      moved.map(({ uid }) => uid),
    )
    const append = { kind: 'append', messages: moved.map(({ appended }) => appended) } as const
    return removal && { append, expunge: removal.change }
  }
  const records = await releasedOnRefusal(store, target, copies, () =>
    commitTransfer(store, replica, target, plan, also),
  )
  await settle(store, replica, records.source)
  if (source !== target) await announce(store, target, records.target)
  await letGo(store, source, removal?.copies ?? [])
  const left = copies.filter((copy) => !moved.includes(copy))
  await releaseTokens(store, target, left)
  return { uidvalidity, ...uidPairs(moved, records.target.totals.uidNext) }
}

function asRead(copies: readonly Copy[], read: ReadonlySet<number>): readonly Copy[] {
  if (read.size === 0) return copies
  return copies.map(({ uid, appended }) => {
    if (!read.has(uid)) return { uid, appended }
    const { system, keywords } = appended.flags
    return { uid, appended: { ...appended, flags: { system: system | SEEN, keywords } } }
  })
}

function changed(copies: readonly Copy[], changes: NonNullable<Moving['changes']>): readonly Copy[] {
  if (changes.size === 0) return copies
  return copies.map(({ uid, appended }) => {
    let { flags } = appended
    for (const { change, flags: operand } of changes.get(uid) ?? []) flags = changeFlags(flags, change, operand)
    return { uid, appended: { ...appended, flags } }
  })
}

interface Copy {
  uid: number
  appended: Appended
}

function rowsOf({ messages }: Replica, uids: readonly number[]): Copy[] {
  if (uids.length > MOST_COPIES) throw new MailError('too-large', `${uids.length} copies in one command`)
  return uids.flatMap((uid) => {
    const row = messages.rowOf(uid)
    if (row === undefined) return []
    const appended: Appended = {
      content: messages.contentAt(row),
      thread: messages.threadAt(row),
      flags: messages.flagsAt(row),
      internalDate: messages.dateAt(row),
      sizeOctets: messages.sizeAt(row),
      unterminated: messages.isUnterminated(row),
      token: new Uint8Array(),
      furtherCopy: false,
    }
    return [{ uid, appended }]
  })
}

/** Tokens come before the commit that shows the copies: a content that is about to be deleted takes none, and is passed over (I7). */
async function tokened(store: TenantStore, target: MailboxId, wanted: readonly Copy[]): Promise<Copy[]> {
  const { clock, ids } = store.engine
  const now = clock.now()
  const proposed = wanted.map(({ appended }) => ({
    content: appended.content,
    token: makeCopyToken(now, ids.random(8)),
  }))
  const added = new Map((await store.deliveries.addTokens(target, proposed)).map((copy) => [copy.token, copy]))
  return wanted.flatMap(({ uid, appended }, index) => {
    const copy = added.get(proposed[index]!.token)
    return copy === undefined
      ? []
      : [{ uid, appended: { ...appended, token: copy.token, furtherCopy: copy.furtherCopy } }]
  })
}

/** After an unknown outcome the tokens stay: the copies may be there. What was for nothing, the sweep takes away. */
async function releasedOnRefusal<T>(
  store: TenantStore,
  target: MailboxId,
  copies: readonly Copy[],
  commit: () => Promise<T>,
): Promise<T> {
  try {
    return await commit()
  } catch (error) {
    if (error instanceof MailError || error instanceof AlsoFailedError) await releaseTokens(store, target, copies)
    throw error
  }
}

async function releaseTokens(store: TenantStore, target: MailboxId, copies: readonly Copy[]): Promise<void> {
  await letGo(
    store,
    target,
    copies.map(({ appended }) => appended),
  )
}

/** `uidNext` is the target's after the copies. */
function uidPairs(copies: readonly Copy[], uidNext: number) {
  const first = uidNext - copies.length
  return { from: copies.map(({ uid }) => uid), to: copies.map((_, index) => first + index) }
}
