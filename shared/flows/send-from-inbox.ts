import { formatAddress } from '../codec/smtp/address.ts'
import { flagsOf, SYSTEM_FLAGS } from '../mailbox/flags.ts'
import type { AccountId, ContentId, TenantId, ThreadId } from '../mailbox/ids.ts'
import type { Store, TenantStore } from '../store/store.ts'
import type { Inbox } from './administer-inboxes.ts'
import type { Caller } from './authenticate-caller.ts'
import type { EmailRequest } from './email-request.ts'
import { fileSent } from './file-sent.ts'
import type { ScanSettings } from './scan-content.ts'
import { checkSending, type EmailSettings, sendEmail } from './send-email.ts'
import { copiesOf, withMailboxes } from './thread-index.ts'
import { storeOn } from './update-thread.ts'

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
  await sendEmail(store, tenant, checked, id, settings)
  const bcc = checked.addresses.bcc.map(({ address }) => formatAddress(address))
  const { mimeLevels, mimeParts } = settings
  await fileSent(store.tenant(tenant), account, id, { bcc, mimeLevels, mimeParts })
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
