import { claimRecent } from '../../flows/mailboxes/claim-recent.ts'
import { log } from '../../log.ts'
import { MailError } from '../../mailbox/errors.ts'
import type { SequenceView } from './sequence-view.ts'
import type { Session } from './session.ts'

/**
 * Messages that came while the mailbox is selected are \Recent to one of the sessions told of them (RFC 3501 §2.3.2): the first to get here says so
 * in the journal, by one record for all that came. After EXAMINE they are shown \Recent and left to others.
 */
export async function takeRecent({ store, out }: Session, view: SequenceView): Promise<void> {
  const { replica, readOnly } = view
  const { recentFrom, uidNext } = replica.totals
  if (recentFrom === uidNext) return
  if (readOnly) {
    view.addRecent({ from: recentFrom, before: uidNext })
    return
  }
  await out.flush() // EXISTS need not wait for the record
  try {
    view.addRecent(await claimRecent(store!, replica))
  } catch (error) {
    if (!(error instanceof MailError)) throw error
    // Without it they are \Recent to who asks next, and the client hears of them all the same.
    log.debug('recent-not-claimed', { mailbox: replica.mailbox, error })
  }
}
