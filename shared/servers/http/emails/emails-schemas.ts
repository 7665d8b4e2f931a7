import { z } from '@hono/zod-openapi'
import type { AttachmentRequest, EmailRequest } from '../../../flows/emails/email-request.ts'
import type { LastEvent } from '../../../flows/emails/read-email.ts'
import type { Email } from '../../../store/emails.ts'
import { timeText } from '../schemas.ts'

const MAX_RECIPIENTS = 50
const TAG = /^[A-Za-z0-9_-]{1,256}$/

export const addressesSchema = z.union([z.string(), z.array(z.string()).max(MAX_RECIPIENTS)])

/** Millions of them are looked at one by one, so by no more than it takes. */
const octets = z
  .custom<number[]>((data) => Array.isArray(data) && data.every(isOctet), 'it takes numbers from 0 to 255')
  .openapi({ type: 'array', items: { type: 'integer', minimum: 0, maximum: 255 } })

export const attachmentSchema = z
  .object({
    filename: z.string().max(255).nullish(),
    content: z
      .union([z.string(), octets, z.object({ type: z.literal('Buffer'), data: octets })])
      .nullish()
      .openapi({
        description:
          'Base64, or octets as numbers (Resend’s Go, Rust and Python), or what `JSON.stringify` makes of a Node Buffer.',
      }),
    path: z.string().max(2048).nullish().openapi({ description: 'A public URL that we fetch it from.' }),
    upload_id: z.string().max(64).nullish().openapi({ description: 'What was uploaded before (`POST /uploads`).' }),
    content_type: z.string().max(255).nullish(),
    content_id: z.string().max(128).nullish().openapi({ description: 'For `cid:` in the HTML.' }),
    inline_content_id: z.string().max(128).nullish().openapi({ description: 'The former name of `content_id`.' }),
  })
  .openapi('NewAttachment')

export const newEmailSchema = z
  .object({
    from: z.string().max(1000).openapi({ description: '`Name <local@domain>` or the address, of a verified domain.' }),
    to: addressesSchema,
    subject: z.string().max(2000),
    html: z.string().nullish(),
    text: z.string().nullish(),
    cc: addressesSchema.nullish(),
    bcc: addressesSchema.nullish(),
    reply_to: addressesSchema.nullish(),
    headers: z.record(z.string(), z.string()).nullish(),
    tags: z
      .array(z.object({ name: z.string().regex(TAG), value: z.string().regex(TAG) }))
      .max(50)
      .nullish(),
    scheduled_at: z
      .string()
      .max(100)
      .nullish()
      .openapi({ description: 'ISO 8601, or words: `in 5 minutes`, `tomorrow at 9am`, `Friday at 3pm ET`.' }),
    attachments: z.array(attachmentSchema).nullish(),
  })
  .openapi('NewEmail')

export const lastEventSchema = z.enum([
  'queued',
  'scheduled',
  'sent',
  'delivered',
  'delivery_delayed',
  'bounced',
  'complained',
  'canceled',
  'failed',
  'suppressed',
])

export const sentSchema = z.object({ id: z.string() }).openapi('TakenEmail')

const fields = {
  id: z.string(),
  message_id: z.string(),
  to: z.array(z.string()),
  from: z.string(),
  created_at: z.string(),
  subject: z.string(),
  bcc: z.array(z.string()).nullable(),
  cc: z.array(z.string()).nullable(),
  reply_to: z.array(z.string()).nullable(),
  last_event: lastEventSchema,
  scheduled_at: z.string().nullable(),
}

export const listedEmailSchema = z.object(fields).openapi('ListedEmail')
export const emailSchema = z
  .object({
    object: z.literal('email'),
    ...fields,
    html: z.string().nullable(),
    text: z.string().nullable(),
    tags: z.array(z.object({ name: z.string(), value: z.string() })),
  })
  .openapi('Email')

export function requestOf(email: z.infer<typeof newEmailSchema>): EmailRequest {
  return {
    from: email.from,
    to: listOf(email.to),
    cc: listOf(email.cc),
    bcc: listOf(email.bcc),
    replyTo: listOf(email.reply_to),
    subject: email.subject,
    html: email.html ?? undefined,
    text: email.text ?? undefined,
    headers: email.headers ?? {},
    tags: email.tags ?? [],
    scheduledAt: email.scheduled_at ?? undefined,
    attachments: attachmentsOf(email.attachments),
  }
}

export function attachmentsOf(
  attachments: readonly z.infer<typeof attachmentSchema>[] | null | undefined,
): AttachmentRequest[] {
  return (attachments ?? []).map(
    ({ filename, content, path, upload_id, content_type, content_id, inline_content_id }) => ({
      filename: filename ?? undefined,
      path: path ?? undefined,
      uploadId: upload_id ?? undefined,
      contentType: content_type ?? undefined,
      contentId: content_id ?? inline_content_id ?? undefined,
      content: contentOf(content),
    }),
  )
}

export function showListed(email: Email, lastEvent: LastEvent) {
  const some = (list: readonly string[]) => (list.length > 0 ? [...list] : null)
  return {
    id: email.id,
    message_id: email.messageId,
    to: [...email.to],
    from: email.from,
    created_at: timeText(email.createdAt),
    subject: email.subject,
    bcc: some(email.bcc),
    cc: some(email.cc),
    reply_to: some(email.replyTo),
    last_event: lastEvent,
    scheduled_at: email.scheduledAt === undefined ? null : timeText(email.scheduledAt),
  }
}

export function listOf(value: string | readonly string[] | null | undefined): readonly string[] {
  if (value === undefined || value === null) return []
  return typeof value === 'string' ? [value] : value
}

function contentOf(content: z.infer<typeof attachmentSchema>['content']): Uint8Array | string | undefined {
  if (typeof content !== 'object' || content === null) return content ?? undefined
  return Uint8Array.from(Array.isArray(content) ? content : content.data)
}

function isOctet(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255
}
