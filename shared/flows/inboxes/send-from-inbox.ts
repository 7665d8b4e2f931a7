import { log } from '../../log.ts'
import { flagsOf, SYSTEM_FLAGS } from '../../mailbox/flags.ts'
import type { AccountId, ContentId, TenantId, ThreadId } from '../../mailbox/ids.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import type { ScanSettings } from '../arrivals/scan-content.ts'
import type { EmailRequest } from '../emails/email-request.ts'
import { checkSending, type EmailSettings, sendEmail } from '../emails/send-email.ts'
import { fileSent } from '../outgoing/file-sent.ts'
import type { Caller } from '../tenants/authenticate-caller.ts'
import { formatJob } from '../upkeep/jobs.ts'
import type { Inbox } from './administer-inboxes.ts'
import { copiesOf, withMailboxes } from './thread-index.ts'
import { storeOn } from './update-thread.ts'

/** Longer than a call takes. */
const FILE_SECONDS = 60

export type InboxSettings = EmailSettings & ScanSettings

/** Sends, and files what was sent. Repeatable under the same id. Throws as `checkSending` and `sendEmail`. */
export async function sendFromInbox(
  store: Store,
  tenant: TenantId,
  caller: Caller,
  { account }: Inbox,
  request: EmailRequest,
  id: ContentId,
  settings: InboxSettings,
): Promise<void> {
  const checked = await checkSending(store, tenant, caller, request)
  const own = store.tenant(tenant)
  // First who files it if this process ends in between: what is out must not be missing from Sent.
  await own.engine.queues.jobs.send(formatJob({ kind: 'file-sent', account, email: id }), {
    delaySeconds: FILE_SECONDS,
  })
  await sendEmail(store, tenant, checked, id, settings)
  try {
    await fileSent(own, account, id, settings)
  } catch (error) {
    log.warn('not-filed-yet', { account, email: id, error: error as Error })
  }
}

const DONE = {
  reply: { system: SYSTEM_FLAGS['\\Answered'], keywords: [] },
  forward: flagsOf(['$Forwarded']), // as clients have it (RFC 5788's registry)
}

/** Says on every copy of a message what was done with it; of one that is gone nothing. */
export async function noteAnswer(
  own: TenantStore,
  account: AccountId,
  { thread, email }: { thread: ThreadId; email: ContentId },
  done: keyof typeof DONE,
): Promise<void> {
  await withMailboxes(own, account, async (mailboxes) => {
    const copies = copiesOf(mailboxes, [thread])
      .get(thread)!
      .filter(({ content }) => content === email)
    await storeOn(own, copies, 'add', DONE[done])
  })
}
