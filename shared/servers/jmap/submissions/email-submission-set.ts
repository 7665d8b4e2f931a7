import { formatAddress } from '../../../codec/smtp/address.ts'
import { sendStoredMessage, unreachableAmong } from '../../../flows/outgoing/send-stored-message.ts'
import type { Address } from '../../../mailbox/address.ts'
import { MailError } from '../../../mailbox/errors.ts'
import { type ContentId, isContentId } from '../../../mailbox/ids.ts'
import type { Submission } from '../../../store/submissions.ts'
import type { View } from '../../../store/views.ts'
import { isId, listOf, mapOf, object, optional, parseUtcDate, readArguments, text } from '../arguments.ts'
import { resolveId } from '../get.ts'
import { type Call, invalidArguments, invalidProperties, MethodError, SetError } from '../method.ts'
import { LONGEST_HOLD_SECONDS } from '../own/own-capabilities.ts'
import { requireProperties } from '../properties.ts'
import { SET_ARGS, SetOutcome, toSetArgs } from '../record-set.ts'
import { showSubmission, submissionState } from './email-submission.ts'
import { isIdentity, readEmail } from './identity.ts'
import { readEnvelope } from './submission-envelope.ts'

type JsonObject = Record<string, unknown>

/** EmailSubmission/set (RFC 8621 §7.5). What it does to Emails once it has succeeded is answered right after it. */
export async function submissionSet(call: Call, given: JsonObject) {
  const { onSuccessUpdateEmail, onSuccessDestroyEmail, ...setArgs } = readArguments(given, {
    ...SET_ARGS,
    onSuccessUpdateEmail: optional(mapOf(object)),
    onSuccessDestroyEmail: optional(listOf(text)),
  })
  const { ifInState, create, update, destroy } = toSetArgs(call, setArgs)
  const oldState = await submissionState(call)
  if (ifInState !== undefined && ifInState !== oldState) throw new MethodError('stateMismatch')
  const outcome = new SetOutcome()
  /** Emails of what succeeded, by the submission's id and `#creation`. */
  const emails = new Map<string, string>()
  await outcome.each(create.keys(), outcome.notCreated, async (creation) => {
    const submission = await submit(call, create.get(creation)!)
    const told = await showSubmission(call, submission, undefined)
    outcome.created.set(creation, withoutGiven(told, create.get(creation)!))
    call.createdIds.set(creation, submission.id)
    emails.set(`#${creation}`, submission.emailId).set(submission.id, submission.emailId)
  })
  await outcome.each(update.keys(), outcome.notUpdated, async (id) => {
    if (destroy.includes(id)) throw new SetError('willDestroy')
    const submission = await requireSubmission(call, id)
    await changeStatus(call, submission, update.get(id)!)
    outcome.updated.set(id, null)
    emails.set(id, submission.emailId)
  })
  await outcome.each(destroy, outcome.notDestroyed, async (id) => {
    const submission = await requireSubmission(call, id)
    if (!(await call.tenant.submissions.destroy(call.account.id, submission.id))) throw new SetError('notFound')
    outcome.destroyed.push(id)
    emails.set(id, submission.emailId)
  })
  followUp(call, emails, onSuccessUpdateEmail, onSuccessDestroyEmail)
  return outcome.answer(oldState, await submissionState(call))
}

function withoutGiven(told: JsonObject, given: JsonObject): JsonObject {
  const isNew = ([name, value]: [string, unknown]) => !Object.hasOwn(given, name) || given[name] !== value
  return Object.fromEntries(Object.entries(told).filter(isNew))
}

async function requireSubmission({ tenant, account }: Call, id: string): Promise<Submission> {
  const submission = isContentId(id) ? await tenant.submissions.get(account.id, id) : undefined
  if (submission === undefined) throw new SetError('notFound')
  return submission
}

/** The one change there is: a message that is held is stopped. */
async function changeStatus({ tenant, account }: Call, { id, state }: Submission, patch: JsonObject): Promise<void> {
  requireProperties(patch, ['undoStatus'])
  if (patch['undoStatus'] !== 'canceled') throw invalidProperties('It can only be canceled.', 'undoStatus')
  if (state === 'canceled' || (await tenant.submissions.cancel(account.id, id))) return
  throw new SetError('cannotUnsend', 'It is on its way already.')
}

async function submit(call: Call, given: JsonObject): Promise<Submission> {
  requireProperties(given, ['identityId', 'emailId', 'envelope', 'sendAt', 'undoStatus'])
  // The server's to set (RFC 8621 §7); who says that it is canceled must not see it sent.
  if (!['pending', 'final'].includes((given['undoStatus'] ?? 'pending') as string))
    throw invalidProperties('It is to be canceled once it is there.', 'undoStatus')
  const { store, tenant, account, limits, services } = call
  const now = store.engine.clock.now()
  const identityId = readReference(call, given, 'identityId')
  if (!(await isIdentity(call, identityId))) throw invalidProperties('There is no such identity.', 'identityId')
  const email = readEmailOf(call, readReference(call, given, 'emailId'))
  const view = await tenant.views.get(email.id)
  const envelope = readEnvelope(given['envelope'], view, now)
  if (envelope.rcptTo.length === 0) throw new SetError('noRecipients')
  if (envelope.rcptTo.length > limits.recipients) {
    throw new SetError('tooManyRecipients', '', { maxRecipients: limits.recipients })
  }
  await requireOwn(call, envelope.mailFrom, view)
  const unreachable = await unreachableAmong(store, envelope.rcptTo)
  if (unreachable.length > 0) {
    throw new SetError('invalidRecipients', '', { invalidRecipients: unreachable.map(formatAddress) })
  }
  const holdUntil = envelope.holdUntil ?? readSendAt(given['sendAt'], now) ?? now
  const submission: Submission = {
    id: store.engine.ids.content(),
    identityId,
    emailId: email.id,
    threadId: email.thread,
    envelope: envelope.shown,
    sendAt: Math.max(now, holdUntil),
    state: holdUntil > now ? 'held' : 'released',
  }
  try {
    await sendStoredMessage(store, account.id, submission, { ...envelope.sent, hostName: services.hostName }, limits)
  } catch (error) {
    throw setErrorOfSending(call, error)
  }
  return submission
}

/** The rule of MAIL at submission, for each address that the message says it is from, too. */
async function requireOwn({ store, account }: Call, mailFrom: Address, { envelope }: View): Promise<void> {
  const isOwn = (address: Address) => store.directory.maySendAs(account.id, address)
  if (!(await isOwn(mailFrom)))
    throw new SetError('forbiddenMailFrom', `You may not send as ${formatAddress(mailFrom)}.`)
  const from = envelope.from.filter(({ host }) => host)
  if (from.length === 0) throw new SetError('invalidEmail', 'It says from nobody.', { properties: ['from'] })
  for (const { mailbox, host } of from) {
    const text = Buffer.from(`${mailbox}@${host}`, 'latin1').toString('utf8')
    if (!(await isOwn(readFrom(text)))) throw new SetError('forbiddenFrom', `You may not send as ${text}.`)
  }
}

function readFrom(text: string): Address {
  try {
    return readEmail(text, 'from')
  } catch (error) {
    if (!(error instanceof SetError)) throw error
    throw new SetError('invalidEmail', 'Its From is no address.', { properties: ['from'] })
  }
}

function setErrorOfSending({ store, limits }: Call, error: unknown): unknown {
  if (!(error instanceof MailError)) return error
  switch (error.kind) {
    case 'too-large':
      return new SetError('tooLarge', '', {
        maxSize: Math.min(limits.messageOctets, store.engine.relay.carries.maxOctets),
      })
    case 'not-allowed':
      return new SetError('forbiddenFrom', 'Its Sender or a Resent field names an address that is not yours.')
    case 'suspended':
      return new SetError('forbiddenToSend', 'The account is suspended.')
    case 'no-such-message':
      return invalidProperties('There is no such Email.', 'emailId')
    default:
      return error
  }
}

function readReference(call: Call, given: JsonObject, name: string): string {
  const value = given[name]
  if (!isId(value)) throw invalidProperties(`${name} is to be an id.`, name)
  return resolveId(call, value)
}

function readEmailOf({ mail }: Call, id: string): { id: ContentId; thread: string } {
  mail.absorb()
  const number = mail.emails.numberOf(id)
  if (number === undefined) throw invalidProperties('There is no such Email.', 'emailId')
  return { id: mail.emails.contentOf(number), thread: mail.emails.threadOf(number) }
}

/** `sendAt` is the server's to say (§7); given by a client it means HOLDUNTIL, which is harder to find. */
function readSendAt(value: unknown, now: number): number | undefined {
  if (value === undefined || value === null) return undefined
  const time = parseUtcDate(value)
  if (time === undefined || time > now + LONGEST_HOLD_SECONDS * 1000) {
    throw invalidProperties('sendAt is to be a time like 2026-01-31T12:00:00Z, of the next 30 days.', 'sendAt')
  }
  return time
}

function followUp(
  call: Call,
  emails: ReadonlyMap<string, string>,
  updates: ReadonlyMap<string, JsonObject> = new Map(),
  destroys: readonly string[] = [],
): void {
  const update: JsonObject = {}
  for (const [reference, patch] of updates) {
    const email = emails.get(reference)
    if (email !== undefined) update[email] = patch
  }
  const destroy = [...new Set(destroys.flatMap((reference) => emails.get(reference) ?? []))]
  if (destroys.length + updates.size > call.limits.jmapObjectsInSet) throw invalidArguments('That is too much at once.')
  if (Object.keys(update).length === 0 && destroy.length === 0) return
  call.following.push({ name: 'Email/set', args: { accountId: call.accountId, update, destroy } })
}
