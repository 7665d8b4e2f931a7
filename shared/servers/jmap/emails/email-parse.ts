import { parseHeader } from '../../../codec/mime/header.ts'
import { MailError } from '../../../mailbox/errors.ts'
import { id, listOf, optional, readArguments, text } from '../arguments.ts'
import { openBlobMessage } from '../blobs.ts'
import { requestedIds } from '../get.ts'
import { type Call, MethodError } from '../method.ts'
import { orNull } from '../set.ts'
import { emailContent } from './email-content.ts'
import { BODY_ARGS, DEFAULT_PARSE_PROPERTIES, planEmail } from './email-properties.ts'

/** What an account would say, and a blob does not (RFC 8621 §4.9). */
const NULLS = ['id', 'mailboxIds', 'keywords', 'receivedAt', 'threadId']

/** Each may have to be read whole. */
const MOST_PARSED = 50

/** Email/parse (RFC 8621 §4.9): blobs as Emails, without making them any. */
export async function emailParse(call: Call, given: Record<string, unknown>) {
  const args = readArguments(given, { blobIds: listOf(id), properties: optional(listOf(text)), ...BODY_ARGS })
  const plan = planEmail(call, args.properties ?? DEFAULT_PARSE_PROPERTIES, args)
  const parsed = new Map<string, Record<string, unknown>>()
  const notParsable: string[] = []
  const notFound: string[] = []
  if (args.blobIds.length > MOST_PARSED) throw new MethodError('requestTooLarge', `At most ${MOST_PARSED} at once.`)
  for (const blobId of requestedIds(call, args.blobIds)) {
    try {
      const message = await openBlobMessage(call, blobId)
      if (message === undefined) {
        notFound.push(blobId)
        continue
      }
      if (!(await isMessage(message))) {
        notParsable.push(blobId)
        continue
      }
      const said: Record<string, unknown> = {}
      for (const name of NULLS) if (plan.properties.has(name)) said[name] = null
      if (plan.properties.has('blobId')) said['blobId'] = blobId
      if (plan.properties.has('size')) said['size'] = message.sizeOctets
      parsed.set(blobId, { ...said, ...(await emailContent(message, plan)) })
    } catch (error) {
      if (!(error instanceof MailError && error.kind === 'no-such-message')) throw error
      notFound.push(blobId)
    }
  }
  return { parsed: orNull(parsed), notParsable: orEmpty(notParsable), notFound: orEmpty(notFound) }
}

function orEmpty(ids: string[]): string[] | null {
  return ids.length === 0 ? null : ids
}

/** Its header has a field at least. */
async function isMessage({
  structure: { header },
  read,
}: {
  structure: { header: { offset: number; length: number } }
  read: NonNullable<Awaited<ReturnType<typeof openBlobMessage>>>['read']
}): Promise<boolean> {
  const end = header.offset + Math.min(header.length, 64 * 1024)
  const block = Buffer.concat(await Array.fromAsync(read({ start: header.offset, end })))
  return parseHeader(block).some(({ name }) => name !== '')
}
