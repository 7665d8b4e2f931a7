import { MailError } from '../../mailbox/errors.ts'
import type { ContentId, MailboxId, ThreadId } from '../../mailbox/ids.ts'
import type { TenantStore } from '../../store/store.ts'
import type { ScanSettings } from '../arrivals/scan-content.ts'
import { type AppendedMessage, placeContent } from './append-messages.ts'
import { requireRoom } from './quota.ts'
import { announce } from './settle.ts'

/**
 * A new message into mailboxes of one account (one at least, each named once): into all of them or into none, by one write.
 * Throws MailError 'no-such-mailbox', 'over-quota', 'too-many', 'try-again'.
 */
export async function appendToMailboxes(
  store: TenantStore,
  mailboxes: readonly MailboxId[],
  message: AppendedMessage,
  settings: ScanSettings,
): Promise<{ content: ContentId; thread: ThreadId }> {
  const [first, ...others] = mailboxes
  if (first === undefined) throw new RangeError('a message without a mailbox')
  await Promise.all(mailboxes.map((mailbox) => store.snapshots.identity(mailbox)))
  await requireRoom(store, first, message.source.length * mailboxes.length)
  const placed = await placeContent(store, first, message, settings)
  const { content, thread } = placed
  if (others.length === 0) {
    const outcome = await store.appends.append(first, [placed], { ifThere: true })
    if (outcome === 'delivered-before') throw repeated(content)
    await announce(store, first, outcome.record)
  } else {
    const records = await store.appends.appendToSeveral(mailboxes, placed)
    if (records === 'delivered-before') throw repeated(content)
    for (const [index, mailbox] of mailboxes.entries()) await announce(store, mailbox, records[index]!)
  }
  return { content, thread }
}

/** Its id is new: only a repeat of this very commit can find it delivered, and the journal settles those. */
function repeated(content: ContentId): MailError {
  return new MailError('try-again', `${content} is delivered already`)
}
