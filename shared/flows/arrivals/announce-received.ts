import { displayText } from '../../codec/mime/encoded-word.ts'
import type { Envelope } from '../../mailbox/envelope.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import type { TenantStore } from '../../store/store.ts'
import type { View } from '../../store/views.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { showAddresses } from '../emails/read-received.ts'
import { attachmentParts } from '../mailboxes/message-bodies.ts'
import { announceEvents, isWanted } from '../webhooks/announce-events.ts'

/** Tells webhooks that a message came in. To be called whenever its arrival is worked on: a repeat changes nothing. */
export async function announceReceived(
  own: TenantStore,
  content: ContentId,
  { envelope: imap, structure }: View,
  { receivedAt, recipients, reversePath }: Envelope,
): Promise<void> {
  if (!(await isWanted(own, ['email.received']))) return
  const data = {
    email_id: content,
    created_at: new Date(receivedAt).toISOString(),
    from: showAddresses(imap.from)[0] ?? reversePath,
    to: showAddresses(imap.to),
    cc: showAddresses(imap.cc),
    bcc: showAddresses(imap.bcc),
    received_for: recipients.map(({ address }) => address),
    message_id: imap.messageId ?? '',
    subject: displayText(imap.subject ?? ''),
    attachments: attachmentParts(structure).map(({ id, filename, contentType, disposition, contentId }) => ({
      id,
      filename,
      content_type: contentType,
      content_disposition: disposition,
      content_id: contentId,
    })),
  }
  const id = derivedContentId(content, 'email.received')
  await announceEvents(own, [{ id, type: 'email.received', at: receivedAt, data }])
}
