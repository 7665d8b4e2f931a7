import { z } from '@hono/zod-openapi'
import type { ListedThread } from '../../../flows/inboxes/list-threads.ts'
import type { ThreadEmail } from '../../../flows/inboxes/read-thread.ts'
import { showEmail, showLabel } from '../../../flows/inboxes/shown-inboxes.ts'
import { FOLDERS } from '../../../flows/inboxes/thread-index.ts'
import type { MessageBodies } from '../../../flows/mailboxes/message-bodies.ts'
import { pageQuery } from '../lists.ts'
import { idText, timeText } from '../schemas.ts'

/** A line that people read. */
const NAME = /^[^\p{Cc}]*$/u
export const nameText = z
  .string()
  .min(1)
  .max(200)
  .regex(NAME, 'it holds control characters')
  .openapi({ pattern: NAME.source }) // in a document it stands without its flags

export const inboxParam = z.object({ id: idText.openapi({ description: 'Id or address of the inbox.' }) })
export const threadParam = inboxParam.extend({ thread_id: z.string().max(64) })
export const threadEmailParam = threadParam.extend({ email_id: z.string().max(64) })

export const newInboxSchema = z
  .object({
    email_address: z.string().max(320),
    name: nameText.nullish(),
    forwarding: z.boolean().nullish().openapi({ description: 'Mail is forwarded to it from where the MX points.' }),
    from_name: nameText.nullish(),
  })
  .openapi('NewInbox')
export const inboxChangeSchema = z
  .object({ name: nameText.nullish(), from_name: nameText.nullish() })
  .openapi('InboxChange')
export const inboxIdSchema = z.object({ object: z.literal('inbox'), id: z.string() }).openapi('InboxId')

const listedInboxFields = {
  id: z.string(),
  name: z.string(),
  email_address: z.string(),
  from_name: z.string().nullable(),
  unread: z.number().int(),
  last_received: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
}
export const listedInboxSchema = z.object(listedInboxFields).openapi('ListedInbox')
export const inboxSchema = z
  .object({
    object: z.literal('inbox'),
    ...listedInboxFields,
    domain_id: z.string(),
    receiving_address: z.string().nullable(),
    drafts: z.number().int(),
  })
  .openapi('Inbox')

const color = z.string().regex(/^#[0-9A-Fa-f]{6}$/, 'it takes #RRGGBB')
const labelName = nameText.max(64)
export const newLabelSchema = z.object({ name: labelName, color: color.nullish() }).openapi('NewInboxLabel')
export const labelChangeSchema = z
  .object({ name: labelName.nullish(), color: color.nullish() })
  .openapi('InboxLabelChange')
export const labelIdSchema = z.object({ object: z.literal('inbox_label'), id: z.string() }).openapi('InboxLabelId')
const threadLabelFields = { id: z.string(), name: z.string(), color: z.string() }
export const threadLabelSchema = z.object(threadLabelFields).openapi('InboxThreadLabel')
export const labelSchema = z.object({ ...threadLabelFields, created_at: z.string() }).openapi('InboxLabel')
export const labelListSchema = z.object({ object: z.literal('list'), data: z.array(labelSchema) })
export const threadLabelListSchema = z
  .object({ object: z.literal('list'), data: z.array(threadLabelSchema) })
  .openapi('InboxThreadLabels')

const folder = z.enum(FOLDERS)
/** Lists come as one value with commas. */
const commas = <T extends z.ZodType<unknown, string>>(element: T) =>
  z
    .string()
    .max(4000)
    .transform((text) => text.split(','))
    .pipe(z.array(element).max(100))
    .openapi({ type: 'string', description: 'Several with commas between them.' })
const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

const threadFilterFields = {
  folders: commas(folder).optional(),
  labels: commas(z.string()).optional(),
  read: flag.optional(),
}
export const threadsQuery = pageQuery.safeExtend(threadFilterFields)
const date = z
  .string()
  .max(40)
  .refine((text) => !Number.isNaN(Date.parse(text)), 'it is no date of ISO 8601')
export const threadSearchQuery = pageQuery.safeExtend({
  ...threadFilterFields,
  query: z.string().max(500).optional(),
  from: commas(z.string()).optional(),
  to: commas(z.string()).optional(),
  cc: commas(z.string()).optional(),
  bcc: commas(z.string()).optional(),
  has_attachment: flag.optional(),
  start_date: date.optional(),
  end_date: date.optional(),
})

const threadFields = {
  id: z.string(),
  subject: z.string().nullable(),
  from: z.string().nullable(),
  to: z.array(z.string()),
  cc: z.array(z.string()),
  bcc: z.array(z.string()),
  labels: z.array(threadLabelSchema),
  email_count: z.number().int(),
  has_attachment: z.boolean(),
  has_draft: z.boolean(),
  read: z.boolean(),
  received_at: z.string(),
  folder,
}
export const listedThreadSchema = z.object(threadFields).openapi('ListedInboxThread')
export const foundThreadSchema = z
  .object({ ...threadFields, matched_email_id: z.string().nullable() })
  .openapi('FoundInboxThread')
export const threadSchema = z
  .object({
    object: z.literal('inbox_thread'),
    id: z.string(),
    subject: z.string().nullable(),
    folder,
    labels: z.array(threadLabelSchema),
    read: z.boolean(),
  })
  .openapi('InboxThread')
export const threadChangeSchema = z
  .object({ read: z.boolean().nullish(), folder: folder.exclude(['sent']).nullish() })
  .openapi('InboxThreadChange')
export const threadLabelsSchema = z.object({ labels: z.array(z.string().max(64)).max(10) }).openapi('InboxLabelIds')

export function showListedThread(thread: ListedThread) {
  return {
    id: thread.id,
    subject: thread.subject,
    from: thread.from,
    to: [...thread.to],
    cc: [...thread.cc],
    bcc: [...thread.bcc],
    labels: thread.labels.map(showLabel),
    email_count: thread.emailCount,
    has_attachment: thread.hasAttachment,
    has_draft: thread.hasDraft,
    read: thread.read,
    received_at: timeText(thread.receivedAt),
    folder: thread.folder,
  }
}

export const threadEmailSchema = z
  .object({
    id: z.string(),
    direction: z.enum(['inbound', 'outbound']),
    from: z.string(),
    to: z.array(z.string()),
    cc: z.array(z.string()),
    bcc: z.array(z.string()),
    reply_to: z.array(z.string()),
    subject: z.string().nullable(),
    message_id: z.string().nullable(),
    html: z.string().nullable(),
    text: z.string().nullable(),
    attachments: z.array(
      z.object({ id: z.string(), filename: z.string().nullable(), size: z.number().int().nullable() }),
    ),
    read: z.boolean(),
    received_at: z.string(),
  })
  .openapi('InboxEmail')

export function showThreadEmail({ html, text, ...email }: ThreadEmail & MessageBodies) {
  return { ...showEmail(email), html, text }
}

const draftFields = {
  id: z.string(),
  type: z.enum(['standalone', 'reply']),
  to: z.array(z.string()).nullable(),
  cc: z.array(z.string()),
  bcc: z.array(z.string()),
  subject: z.string().nullable(),
  thread_id: z.string().nullable(),
  reply_to_email_id: z.string().nullable(),
  updated_at: z.string(),
  attachments: z.array(
    z.object({ id: z.string(), filename: z.string(), content_type: z.string(), size: z.number().int() }),
  ),
}
export const listedDraftSchema = z
  .object({ ...draftFields, snippet: z.string().nullable() })
  .openapi('ListedInboxDraft')
export const draftSchema = z
  .object({
    object: z.literal('inbox_draft'),
    ...draftFields,
    html: z.string().nullable(),
    text: z.string().nullable(),
    email_id: z.null(),
    created_at: z.string(),
  })
  .openapi('InboxDraft')
export const draftIdSchema = z.object({ object: z.literal('inbox_draft'), id: z.string() }).openapi('InboxDraftId')
