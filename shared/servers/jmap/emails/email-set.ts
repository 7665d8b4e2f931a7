import { type Call, SetError } from '../method.ts'
import { readPatch, readSetArgs, SetOutcome } from '../set.ts'
import { addEmail } from './add-email.ts'
import { composeMessage } from './compose-message.ts'
import { emailState } from './email-changes-since.ts'
import { readDraft } from './email-draft.ts'
import { patchPlacement } from './email-placement.ts'
import { placeEmails, placementOf, removeEmails, type Wanted } from './place-emails.ts'

/** Email/set (RFC 8621 §4.6). What is changed of many Emails goes into as few commits as there are mailboxes. */
export async function emailSet(call: Call, given: Record<string, unknown>) {
  const { mail } = call
  const oldState = emailState(mail)
  const args = readSetArgs(call, given, oldState)
  const outcome = new SetOutcome()
  for (const [creationId, email] of args.create) {
    try {
      const created = await createEmail(call, email)
      outcome.created.set(creationId, created)
      call.createdIds.set(creationId, created.id)
    } catch (error) {
      outcome.fail('create', creationId, error)
    }
  }
  await updateEmails(call, args, outcome)
  const doomed: { id: string; number: number }[] = []
  for (const id of args.destroy) {
    const number = mail.emails.numberOf(id)
    if (number === undefined) outcome.fail('destroy', id, new SetError('notFound'))
    else doomed.push({ id, number })
  }
  await removeEmails(call, doomed, (id, error) => outcome.fail('destroy', id, error))
  for (const { id } of doomed) if (!outcome.hasFailed('destroy', id)) outcome.destroyed.push(id)
  return outcome.answer(oldState, emailState(mail))
}

async function createEmail(call: Call, given: Record<string, unknown>) {
  const draft = await readDraft(call, given)
  const { source, discard } = await composeMessage(call, draft)
  try {
    const { mailboxIds, keywords, receivedAt } = draft
    return await addEmail(call, { source, mailboxIds, keywords, ...(receivedAt !== undefined && { receivedAt }) })
  } finally {
    await discard()
  }
}

async function updateEmails(
  call: Call,
  { update, destroy }: { update: ReadonlyMap<string, Record<string, unknown>>; destroy: readonly string[] },
  outcome: SetOutcome,
): Promise<void> {
  const { emails } = call.mail
  const wanted: Wanted[] = []
  const doomed = new Set(destroy)
  for (const [id, patch] of update) {
    try {
      const number = emails.numberOf(id)
      if (number === undefined) throw new SetError('notFound')
      if (doomed.has(id)) throw new SetError('willDestroy')
      const immutable = { id, blobId: id, threadId: emails.threadOf(number), size: emails.sizeOf(number) }
      const placement = patchPlacement(call, placementOf(call, number), readPatch(patch), immutable)
      wanted.push({ id, number, placement })
    } catch (error) {
      outcome.fail('update', id, error)
    }
  }
  await placeEmails(call, wanted, (id, error) => outcome.fail('update', id, error))
  for (const { id } of wanted) if (!outcome.hasFailed('update', id)) outcome.updated.set(id, null)
}
