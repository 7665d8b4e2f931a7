import { parseHeader, unfoldedValue } from '../../../codec/mime/header.ts'
import { MailError } from '../../../mailbox/errors.ts'
import type { BlobSource } from '../../../ports/blobs.ts'
import { sentTime } from '../../imap/sent-time.ts'
import { mapOf, object, optional, parseUtcDate, readArguments, text } from '../arguments.ts'
import { type Blob, openBlob } from '../blobs.ts'
import { type Call, invalidProperties, SetError } from '../method.ts'
import { requireSetSize, requireState, SetOutcome } from '../set.ts'
import { addEmail } from './add-email.ts'
import { emailState } from './email-changes-since.ts'
import { readKeywords, readMailboxIds } from './email-placement.ts'

/** As much of a message as its header may take, to see whether it is one and when it came in. */
const HEAD_OCTETS = 256 * 1024

/** Email/import (RFC 8621 §4.8): blobs as messages. */
export async function emailImport(call: Call, given: Record<string, unknown>) {
  const args = readArguments(given, { ifInState: optional(text), emails: mapOf(object) })
  requireSetSize(call, args.emails.size)
  const oldState = emailState(call.mail)
  requireState(args.ifInState, oldState)
  const outcome = new SetOutcome()
  for (const [creationId, email] of args.emails) {
    try {
      const created = await importEmail(call, email)
      outcome.created.set(creationId, created)
      call.createdIds.set(creationId, created.id)
    } catch (error) {
      outcome.fail('create', creationId, error)
    }
  }
  const { created, notCreated } = outcome.answer(oldState, oldState)
  return { oldState, newState: emailState(call.mail), created, notCreated }
}

async function importEmail(call: Call, email: Record<string, unknown>) {
  const { blobId, mailboxIds, keywords, receivedAt, ...more } = email
  const [unknown] = Object.keys(more)
  if (unknown !== undefined) throw invalidProperties(`There is no property ${unknown.slice(0, 100)}.`, unknown)
  if (typeof blobId !== 'string') throw invalidProperties('blobId is to be an id.', 'blobId')
  const place = {
    mailboxIds: readMailboxIds(call, mailboxIds),
    keywords: keywords === undefined || keywords === null ? [] : readKeywords(keywords),
  }
  const given = receivedAt === undefined || receivedAt === null ? undefined : parseUtcDate(receivedAt)
  if (given === undefined && receivedAt !== undefined && receivedAt !== null) {
    throw invalidProperties('receivedAt is a time like 2026-01-31T12:00:00Z.', 'receivedAt')
  }
  const blob = await openBlob(call, blobId)
  if (blob === undefined) throw invalidProperties('There is no such blob.', 'blobId')
  const { source, head, discard } = await spooled(call, blob)
  try {
    const fields = parseHeader(head)
    if (!fields.some(({ name }) => name !== '')) throw new SetError('invalidEmail', 'The blob is no message.')
    const time = given ?? lastReceived(head, fields)
    return await addEmail(call, { source, ...place, ...(time !== undefined && { receivedAt: time }) })
  } finally {
    await discard()
  }
}

async function spooled(
  { store, limits }: Call,
  blob: Blob,
): Promise<{ source: BlobSource; head: Uint8Array; discard(): Promise<void> }> {
  const writer = store.engine.spool.create({ memoryOctets: limits.spoolMemoryOctets })
  try {
    const head: Uint8Array[] = []
    let octets = 0
    for await (const chunk of blob.read({ start: 0, end: Number.MAX_SAFE_INTEGER })) {
      if (octets < HEAD_OCTETS) head.push(chunk.slice(0, HEAD_OCTETS - octets))
      octets += chunk.length
      if (octets > limits.messageOctets) throw new MailError('too-large', `${octets} octets`)
      await writer.write(chunk)
    }
    return { source: await writer.finish(), head: Buffer.concat(head), discard: () => writer.discard() }
  } catch (error) {
    await writer.discard()
    throw error
  }
}

/** When the newest Received field says that it came in (RFC 8621 §4.8). */
function lastReceived(head: Uint8Array, fields: ReturnType<typeof parseHeader>): number | undefined {
  const received = fields.find(({ name }) => name.toLowerCase() === 'received')
  if (received === undefined) return undefined
  const value = unfoldedValue(head, received)
  return sentTime(value.slice(value.lastIndexOf(';') + 1).trim())
}
