import { formatAddress } from '../../codec/smtp/address.ts'
import { MailError } from '../../mailbox/errors.ts'
import { SEEN, SYSTEM_FLAGS } from '../../mailbox/flags.ts'
import type { AccountId, ContentId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { composeEmail } from '../emails/compose-email.ts'
import { type AttachmentRequest, type EmailRequest, readAddresses } from '../emails/email-request.ts'
import { showAddresses } from '../emails/read-received.ts'
import { openUpload } from '../emails/upload-attachment.ts'
import { appendMessages } from '../mailboxes/append-messages.ts'
import { removeMessages } from '../mailboxes/expunge-messages.ts'
import { replaceMessage } from '../mailboxes/replace-message.ts'
import { isWanted } from '../webhooks/announce-events.ts'
import { type Inbox, senderOf } from './administer-inboxes.ts'
import { announceDraft } from './announce-inbox.ts'
import { checkAttachments, keptAttachment, prefixedSubject, replyRecipients, threadingOf } from './answer-email.ts'
import { subjectOf } from './list-threads.ts'
import { type Draft, findDraft, readDraftTexts, requireDraft, withDrafts } from './read-drafts.ts'
import type { ThreadEmail } from './read-thread.ts'
import type { InboxSettings } from './send-from-inbox.ts'

/** What a draft is to hold; absent: as it was, null: nothing. */
export interface DraftWish {
  to?: readonly string[] | null | undefined
  cc?: readonly string[] | null | undefined
  bcc?: readonly string[] | null | undefined
  subject?: string | null | undefined
  html?: string | null | undefined
  text?: string | null | undefined
  attachments?: readonly AttachmentRequest[] | null | undefined
}

const FLAGS = { system: SEEN | SYSTEM_FLAGS['\\Draft'], keywords: [] }
/** 25 MB of attachments, in base64. */
const MOST_OCTETS = 36 * 1024 * 1024

/** Saves a new draft, of an answer where `answers` is given. Repeatable under the same id. Throws Refusal, MailError 'over-quota', 'too-large'. */
export async function createDraft(
  store: Store,
  own: TenantStore,
  inbox: Inbox,
  wish: DraftWish,
  answers: ThreadEmail | undefined,
  id: ContentId,
  settings: InboxSettings,
): Promise<void> {
  const request: EmailRequest = {
    ...NOTHING,
    from: senderOf(inbox),
    ...(answers && {
      to: replyRecipients(inbox, answers, false).to,
      subject: prefixedSubject('Re', subjectOf(answers.view)),
      threading: threadingOf(answers),
    }),
    ...wished(wish),
  }
  await withDrafts(own, inbox.account, async (replica) => {
    if ((await findDraft(own, replica, id)) !== undefined) return
    const now = store.engine.clock.now()
    await composed(store, own, inbox, request, { id, createdAt: now }, settings, async (source) => {
      await appendMessages(own, replica.mailbox, [{ source, flags: FLAGS, internalDate: now }], settings)
    })
  })
  await announceDraft(own, inbox.account, 'inbox.draft.created', await draftNow(own, inbox, id), { base: id })
}

/** Saves a draft anew: the message that holds it is another one, its id is the same. Throws Refusal, MailError as `createDraft`. */
export async function updateDraft(
  store: Store,
  own: TenantStore,
  inbox: Inbox,
  id: string,
  wish: DraftWish,
  settings: InboxSettings,
): Promise<void> {
  await withDrafts(own, inbox.account, async (replica) => {
    const draft = await requireDraft(own, replica, id)
    const request = { ...(await requestOfDraft(store, own, inbox, draft)), ...wished(wish) }
    const now = store.engine.clock.now()
    await composed(store, own, inbox, request, draft, settings, async (source) => {
      const message = { source, flags: FLAGS, internalDate: now }
      await replaceMessage(own, replica, draft.uid, replica.mailbox, message, settings).catch(sayItChanged)
    })
  })
  await announceDraft(own, inbox.account, 'inbox.draft.updated', await draftNow(own, inbox, id))
}

/** Throws Refusal 'not-found'. */
export async function deleteDraft(own: TenantStore, account: AccountId, id: string): Promise<void> {
  const draft = await withDrafts(own, account, async (replica) => {
    const found = await requireDraft(own, replica, id)
    await removeMessages(own, replica, () => [found.uid])
    return found
  })
  await announceDraft(own, account, 'inbox.draft.deleted', draft)
}

/** As it was saved just now, where somebody wants to be told of it. */
async function draftNow(own: TenantStore, { account }: Inbox, id: string): Promise<Draft | undefined> {
  if (!(await isWanted(own, ['inbox.draft.created', 'inbox.draft.updated']))) return undefined
  return withDrafts(own, account, (replica) => findDraft(own, replica, id))
}

/** A draft as what would be sent of it. */
export async function requestOfDraft(
  store: Store,
  own: TenantStore,
  inbox: Inbox,
  draft: Draft,
): Promise<EmailRequest> {
  const { envelope, messageIds } = draft.view
  const [from, replyTo] = [showAddresses(envelope.from), showAddresses(envelope.replyTo)]
  const { html, text } = await readDraftTexts(own, draft)
  const [parent] = messageIds.inReplyTo
  return {
    ...NOTHING,
    from: await senderOfDraft(store, inbox, from[0]),
    replyTo: replyTo.join() === from.join() ? [] : replyTo, // which From stands in for where there is none
    to: showAddresses(envelope.to),
    cc: showAddresses(envelope.cc),
    bcc: showAddresses(envelope.bcc),
    subject: subjectOf(draft.view) ?? '',
    ...(html !== null && { html }),
    ...(text !== null && { text }),
    attachments: draft.attachments.map((attachment) => keptAttachment(own, draft.content, attachment)),
    ...(parent !== undefined && {
      threading: { inReplyTo: `<${parent}>`, references: messageIds.references.map((one) => `<${one}>`) },
    }),
  }
}

/** A mail client may have chosen another address that leads to the account; any other From is the inbox's. */
async function senderOfDraft({ directory }: Store, inbox: Inbox, from: string | undefined): Promise<string> {
  if (from === undefined) return senderOf(inbox)
  const { address } = readAddresses({ from, to: [], cc: [], bcc: [], replyTo: [] }).from
  const isOwn = formatAddress(address).toLowerCase() === inbox.address.toLowerCase()
  return isOwn || !(await directory.maySendAs(inbox.account, address)) ? senderOf(inbox) : from
}

const NOTHING: Omit<EmailRequest, 'from'> = {
  to: [],
  cc: [],
  bcc: [],
  replyTo: [],
  subject: '',
  headers: {},
  tags: [],
  attachments: [],
}

function wished({ to, cc, bcc, subject, html, text, attachments }: DraftWish): Partial<EmailRequest> {
  if (attachments) checkAttachments(attachments)
  return {
    ...(to !== undefined && { to: to ?? [] }),
    ...(cc !== undefined && { cc: cc ?? [] }),
    ...(bcc !== undefined && { bcc: bcc ?? [] }),
    ...(subject !== undefined && { subject: subject ?? '' }),
    ...(html !== undefined && { html: html ?? undefined }),
    ...(text !== undefined && { text: text ?? undefined }),
    ...(attachments !== undefined && { attachments: attachments ?? [] }),
  }
}

async function composed(
  { engine }: Store,
  own: TenantStore,
  { address }: Inbox,
  request: EmailRequest,
  { id, createdAt }: { id: string; createdAt: number },
  settings: InboxSettings,
  save: (source: Awaited<ReturnType<typeof composeEmail>>['source']) => Promise<void>,
): Promise<void> {
  const messageId = `<${id}@${address.slice(address.lastIndexOf('@') + 1)}>`
  const messageOctets = Math.min(settings.messageOctets, MOST_OCTETS)
  const { source, discard } = await composeEmail(
    request,
    readAddresses(request),
    { messageId, date: new Date(createdAt), keepBcc: true },
    { ...settings, messageOctets, spool: engine.spool, openUpload: (uploadId) => openUpload(own, uploadId) },
  )
  try {
    await save(source)
  } finally {
    await discard()
  }
}

function sayItChanged(error: unknown): never {
  if (!(error instanceof MailError && error.kind === 'no-such-message')) throw error
  throw new Refusal('in-use', 'The draft was saved anew meanwhile; read it again.', { cause: error })
}
