import { z } from '@hono/zod-openapi'
import { displayText } from '../../../codec/mime/encoded-word.ts'
import type { Link } from '../../../flows/emails/link-attachment.ts'
import { type ReceivedEmail, showAddresses } from '../../../flows/emails/read-received.ts'
import type { AttachmentPart } from '../../../flows/mailboxes/message-bodies.ts'
import { idParam, timeText } from '../schemas.ts'

const attachmentFields = {
  id: z.string(),
  filename: z.string(),
  content_type: z.string(),
  content_id: z.string().nullable(),
  content_disposition: z.string(),
  size: z.number().int(),
}
export const receivedAttachmentSchema = z.object(attachmentFields).openapi('ReceivedAttachment')
export const linkedAttachmentSchema = z
  .object({ object: z.literal('attachment'), ...attachmentFields, download_url: z.string(), expires_at: z.string() })
  .openapi('LinkedAttachment')

export const sentAttachmentSchema = linkedAttachmentSchema
  .extend({ content_id: z.string().optional() })
  .openapi('SentAttachment')
export const attachmentParam = idParam.extend({ attachment_id: z.string().max(10) })

const fields = {
  id: z.string(),
  to: z.array(z.string()),
  from: z.string(),
  created_at: z.string(),
  subject: z.string(),
  bcc: z.array(z.string()),
  cc: z.array(z.string()),
  reply_to: z.array(z.string()),
  received_for: z.array(z.string()),
  message_id: z.string(),
  attachments: z.array(receivedAttachmentSchema),
}
export const listedReceivedSchema = z.object(fields).openapi('ListedReceivedEmail')
export const receivedSchema = z
  .object({
    object: z.literal('email'),
    ...fields,
    html: z.string().nullable(),
    text: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    raw: z.object({ download_url: z.string(), expires_at: z.string() }),
  })
  .openapi('ReceivedEmail')

export function showListedReceived({ id, envelope, view, attachments }: ReceivedEmail) {
  return {
    id,
    to: showAddresses(view.envelope.to),
    from: showAddresses(view.envelope.from)[0] ?? envelope.reversePath,
    created_at: timeText(envelope.receivedAt),
    subject: displayText(view.envelope.subject ?? ''),
    // A list where there is none, too: null is nothing that Resend's SDK for Rust can read here.
    bcc: showAddresses(view.envelope.bcc),
    cc: showAddresses(view.envelope.cc),
    reply_to: showAddresses(view.envelope.replyTo),
    received_for: envelope.recipients.map(({ address }) => address),
    message_id: view.envelope.messageId ?? '',
    attachments: attachments.map(showAttachment),
  }
}

export function showAttachment({ id, filename, contentType, contentId, disposition, sizeOctets }: AttachmentPart) {
  return {
    id,
    filename,
    content_type: contentType,
    content_id: contentId,
    content_disposition: disposition,
    size: sizeOctets,
  }
}

export function showLink({ url, expiresAt }: Link) {
  return { download_url: url, expires_at: timeText(expiresAt) }
}
