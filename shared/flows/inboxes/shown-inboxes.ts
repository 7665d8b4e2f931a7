/** Inboxes and what is in them, in the shapes of Resend's API: for its answers and for what webhooks are told. */
import type { Label } from '../../store/labels.ts'
import { showAddresses } from '../emails/read-received.ts'
import type { AttachmentPart } from '../mailboxes/message-bodies.ts'
import type { Inbox, InboxState } from './administer-inboxes.ts'
import { type ListedThread, subjectOf } from './list-threads.ts'
import type { Draft } from './read-drafts.ts'
import type { ThreadEmail } from './read-thread.ts'

export function showInbox({ address, profile }: Inbox, id: string, state: InboxState) {
  return {
    id,
    name: profile.name ?? address,
    email_address: address,
    from_name: profile.fromName ?? null,
    unread: state.unread,
    last_received: state.lastReceived === undefined ? null : timeText(state.lastReceived),
    created_at: timeText(state.createdAt),
    updated_at: timeText(state.updatedAt),
  }
}

export function showLabel({ id, name, color: shade }: Label) {
  return { id, name, color: shade }
}

export function showThread({ id, subject, folder: place, labels, read }: ListedThread) {
  return { object: 'inbox_thread' as const, id, subject, folder: place, labels: labels.map(showLabel), read }
}

/** Without its texts. */
export function showEmail({ id, outbound, view, attachments, read, receivedAt }: ThreadEmail) {
  const { envelope } = view
  return {
    id,
    direction: outbound ? ('outbound' as const) : ('inbound' as const),
    from: showAddresses(envelope.from)[0] ?? '',
    to: showAddresses(envelope.to),
    cc: showAddresses(envelope.cc),
    bcc: showAddresses(envelope.bcc),
    reply_to: showAddresses(envelope.replyTo),
    subject: subjectOf(view),
    message_id: envelope.messageId,
    attachments: attachments.map(({ id: part, filename, sizeOctets }) => ({ id: part, filename, size: sizeOctets })),
    read,
    received_at: timeText(receivedAt),
  }
}

/** `parent`: the id of the message that it answers. */
export function showDraft(draft: Draft, parent: string | undefined) {
  const { envelope } = draft.view
  const to = showAddresses(envelope.to)
  return {
    id: draft.id,
    type: draft.thread === undefined ? ('standalone' as const) : ('reply' as const),
    to: to.length > 0 ? to : null,
    cc: showAddresses(envelope.cc),
    bcc: showAddresses(envelope.bcc),
    subject: subjectOf(draft.view),
    thread_id: draft.thread ?? null,
    reply_to_email_id: parent ?? null,
    updated_at: timeText(draft.updatedAt),
    attachments: draft.attachments.map(showDraftAttachment),
  }
}

function showDraftAttachment({ id, filename, contentType, sizeOctets }: AttachmentPart) {
  return { id, filename, content_type: contentType, size: sizeOctets }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString()
}
