/** What we answer is what the official client's types say: the compiler compares them, whatever its next version changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type * as Sdk from 'resend'
import type { z } from 'zod'
import { domainSchema } from '../../../shared/servers/http/administration/domains-schemas.ts'
import { emailSchema, listedEmailSchema, sentSchema } from '../../../shared/servers/http/emails/emails-schemas.ts'
import {
  listedReceivedSchema,
  receivedSchema,
  sentAttachmentSchema,
} from '../../../shared/servers/http/emails/received-schemas.ts'
import {
  draftIdSchema,
  draftSchema,
  foundThreadSchema,
  inboxIdSchema,
  inboxSchema,
  labelIdSchema,
  labelListSchema,
  listedDraftSchema,
  listedInboxSchema,
  listedThreadSchema,
  threadEmailSchema,
  threadLabelListSchema,
  threadSchema,
} from '../../../shared/servers/http/inboxes/inboxes-schemas.ts'

/** Ours is theirs, with perhaps more. */
function shapes<Theirs>() {
  return <Schema extends z.ZodType<Theirs>>(schema: Schema): Schema => schema
}

test('answers have the shapes of the SDK’s types', () => {
  const compared = [
    shapes<Sdk.CreateEmailResponseSuccess>()(sentSchema),
    shapes<Sdk.GetEmailResponseSuccess>()(emailSchema),
    shapes<Sdk.ListEmail>()(listedEmailSchema),
    shapes<Sdk.GetReceivingEmailResponseSuccess>()(receivedSchema),
    shapes<Sdk.ListReceivingEmail>()(listedReceivedSchema),
    shapes<Pick<Sdk.GetDomainResponseSuccess, 'id' | 'name' | 'created_at' | 'status'>>()(domainSchema),
    shapes<Sdk.CreateInboxResponseSuccess>()(inboxIdSchema),
    shapes<Sdk.GetInboxResponseSuccess>()(inboxSchema),
    shapes<Sdk.Inbox>()(listedInboxSchema),
    shapes<Sdk.InboxThread>()(listedThreadSchema),
    shapes<Sdk.InboxThreadSearchResult>()(foundThreadSchema),
    shapes<Sdk.InboxThreadSummary>()(threadSchema),
    shapes<Sdk.InboxMessage>()(threadEmailSchema),
    shapes<Sdk.InboxThreadLabelList>()(threadLabelListSchema),
    shapes<Sdk.ListInboxLabelsResponseSuccess>()(labelListSchema),
    shapes<Sdk.CreateInboxLabelResponseSuccess>()(labelIdSchema),
    shapes<Sdk.InboxDraft>()(draftSchema),
    shapes<Sdk.InboxDraftListItem>()(listedDraftSchema),
    shapes<Sdk.CreateInboxDraftResponseSuccess>()(draftIdSchema),
    shapes<
      Pick<Sdk.GetAttachmentResponseSuccess, 'object' | 'id' | 'size' | 'content_type' | 'download_url' | 'expires_at'>
    >()(sentAttachmentSchema),
  ]
  for (const schema of compared) assert.equal(schema.safeParse(undefined).success, false)
})
