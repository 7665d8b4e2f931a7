import { MailError } from '../../../mailbox/errors.ts'
import type { ContentId } from '../../../mailbox/ids.ts'
import type { View } from '../../../store/views.ts'
import { formatUtcDate, id, listOf, optional, readArguments, text } from '../arguments.ts'
import { contentMessage } from '../blobs.ts'
import { requestedIds } from '../get.ts'
import { type Call, MethodError } from '../method.ts'
import { emailState } from './email-changes-since.ts'
import { emailContent } from './email-content.ts'
import type { EmailNumber } from './email-index.ts'
import { BODY_ARGS, DEFAULT_PROPERTIES, type EmailPlan, planEmail } from './email-properties.ts'
import { keywordsOf } from './keywords.ts'

/** Messages read at once, where their octets are needed. */
const AT_ONCE = 8

/** Email/get (RFC 8621 §4.2). */
export async function emailGet(call: Call, given: Record<string, unknown>) {
  const args = readArguments(given, { ids: optional(listOf(id)), properties: optional(listOf(text)), ...BODY_ARGS })
  const plan = planEmail(call, args.properties ?? DEFAULT_PROPERTIES, args)
  const { mail } = call
  // Taken together before anything is awaited: what is said belongs to the state that is said.
  const state = emailState(mail)
  const ids = args.ids === undefined ? allIds(call) : requestedIds(call, args.ids)
  const known = ids.flatMap((one) => {
    const number = mail.emails.numberOf(one)
    return number === undefined ? [] : [{ id: one as ContentId, said: emailMetadata(call, number, plan) }]
  })
  const list = await withContents(call, known, plan)
  const found = new Set(list.map((email) => email['id']))
  return { state, list, notFound: ids.filter((one) => !found.has(one)) }
}

function allIds({ mail, limits }: Call): string[] {
  if (mail.emails.count > limits.jmapObjectsInGet) throw new MethodError('requestTooLarge', 'Say which Emails.')
  return mail.emails.byDate().map((number) => mail.emails.contentOf(number))
}

/** What the account says of an Email (RFC 8621 §4.1.1). */
function emailMetadata({ mail }: Call, number: EmailNumber, { properties }: EmailPlan): Record<string, unknown> {
  const { emails } = mail
  const content = emails.contentOf(number)
  const said: Record<string, unknown> = { id: content }
  if (properties.has('blobId')) said['blobId'] = content
  if (properties.has('threadId')) said['threadId'] = emails.threadOf(number)
  if (properties.has('mailboxIds')) {
    said['mailboxIds'] = Object.fromEntries(emails.copiesOf(number).map(({ folder }) => [folder.id, true]))
  }
  if (properties.has('keywords')) said['keywords'] = keywordsOf(emails.flagsOf(number))
  if (properties.has('size')) said['size'] = emails.sizeOf(number)
  if (properties.has('receivedAt')) said['receivedAt'] = formatUtcDate(emails.receivedAt(number))
  return said
}

const METADATA_ONLY = new Set(['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt'])

async function withContents(
  { tenant }: Call,
  known: readonly { id: ContentId; said: Record<string, unknown> }[],
  plan: EmailPlan,
): Promise<Record<string, unknown>[]> {
  if (plan.headers.length === 0 && [...plan.properties].every((name) => METADATA_ONLY.has(name))) {
    return known.map(({ said }) => said)
  }
  const list: Record<string, unknown>[] = []
  for (let at = 0; at < known.length; at += 100) {
    const group = known.slice(at, at + 100)
    const views = await viewsOf(
      tenant,
      group.map((one) => one.id),
    )
    for (let from = 0; from < group.length; from += AT_ONCE) {
      const slice = group.slice(from, from + AT_ONCE)
      const shown = await Promise.all(
        slice.map(async ({ id: content, said }, index) => {
          const view = views[from + index]
          if (view === undefined) return undefined
          return ifThere(async () => ({
            ...said,
            ...(await emailContent(contentMessage(tenant, content, view), plan)),
          }))
        }),
      )
      list.push(...shown.filter((one) => one !== undefined))
    }
  }
  return list
}

/** Views in the order of the contents; undefined where one is gone. */
export async function viewsOf(tenant: Call['tenant'], contents: readonly ContentId[]): Promise<(View | undefined)[]> {
  try {
    return await tenant.views.getMany(contents)
  } catch (error) {
    if (!isGone(error)) throw error
    return Promise.all(contents.map((content) => ifThere(() => tenant.views.get(content))))
  }
}

async function ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

function isGone(error: unknown): boolean {
  return error instanceof MailError && error.kind === 'no-such-message'
}
