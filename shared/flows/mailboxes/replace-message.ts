import { MailError } from '../../mailbox/errors.ts'
import { accountOf, type MailboxId } from '../../mailbox/ids.ts'
import { makeCopyToken } from '../../store/copy-token.ts'
import type { Appended } from '../../store/journal-record.ts'
import type { Replica } from '../../store/replica.ts'
import type { TenantStore } from '../../store/store.ts'
import type { ScanSettings } from '../arrivals/scan-content.ts'
import { type AppendedMessage, placeContent } from './append-messages.ts'
import { commitTransfer } from './commit-transfer.ts'
import { planRemoval } from './expunge-messages.ts'
import { letGo } from './let-go.ts'
import { requireRoom } from './quota.ts'
import { announce, settle } from './settle.ts'

/**
 * REPLACE (RFC 8508 §3): the message comes into `target` as the one of `uid` goes from the replica's mailbox, in one commit. Throws MailError
 * 'no-such-message' (there is nothing to replace), 'no-such-mailbox', 'over-quota', 'too-many', 'try-again'; then nothing is done.
 */
export async function replaceMessage(
  store: TenantStore,
  replica: Replica,
  uid: number,
  target: MailboxId,
  message: AppendedMessage,
  settings: ScanSettings,
): Promise<{ uidvalidity: number; uid: number }> {
  const { uidvalidity } = await store.snapshots.identity(target)
  const row = replica.messages.rowOf(uid)
  const freed = row === undefined ? 0 : replica.messages.sizeAt(row)
  await requireRoom(store, target, Math.max(0, message.source.length - freed))
  const placed = await placeContent(store, target, message, settings)
  const { clock, ids } = store.engine
  const appended: Appended = { ...placed, token: makeCopyToken(clock.now(), ids.random(8)), furtherCopy: false }
  let removal: ReturnType<typeof planRemoval>
  const plan = () => {
    removal = planRemoval(replica, [uid])
    if (removal === undefined) throw new MailError('no-such-message', `${replica.mailbox} has no UID ${uid}`)
    return { append: { kind: 'append', messages: [appended] } as const, expunge: removal.change }
  }
  const delivered = store.deliveries.deliver(accountOf(target), appended.content, [
    { mailbox: target, token: appended.token },
  ])
  const records = await commitTransfer(store, replica, target, plan, [delivered])
  await settle(store, replica, records.source)
  if (replica.mailbox !== target) await announce(store, target, records.target)
  await letGo(store, replica.mailbox, removal?.copies ?? [])
  return { uidvalidity, uid: records.target.totals.uidNext - 1 }
}
