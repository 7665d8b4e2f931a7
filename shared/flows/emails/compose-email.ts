import { isAscii } from 'node:buffer'
import { Readable } from 'node:stream'
import MailComposer from 'nodemailer/lib/mail-composer'
import { formatAddress } from '../../codec/smtp/address.ts'
import { MailError } from '../../mailbox/errors.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import type { Spool } from '../../ports/spool.ts'
import type { Addresses, AttachmentRequest, EmailRequest, NamedAddress } from './email-request.ts'

/** Octets from elsewhere. */
export type FetchRemote = (
  url: string,
  options: { maxOctets: number },
) => Promise<{ content: AsyncIterable<Uint8Array>; contentType: string | undefined }>

export interface ComposeSettings {
  spool: Spool
  spoolMemoryOctets: number
  messageOctets: number
  fetchRemote: FetchRemote
  /** What was uploaded under the id. Throws Refusal 'invalid-attachment'. */
  openUpload: (id: string) => Promise<AsyncIterable<Uint8Array>>
}

export interface Composed {
  source: BlobSource
  body: '7BIT' | '8BITMIME'
  discard(): Promise<void>
}

const MAX_ATTACHMENTS = 100
const BASE64 = /^[A-Za-z0-9+/\s_-]*={0,2}\s*$/

/**
 * The message of a request, streamed into the spool: never whole in memory, however large what it fetches is. Throws Refusal 'invalid-attachment',
 * MailError 'too-large'.
 */
export async function composeEmail(
  request: EmailRequest,
  addresses: Addresses,
  { messageId, date, keepBcc = false }: { messageId: string; date: Date; keepBcc?: boolean },
  settings: ComposeSettings,
): Promise<Composed> {
  if (request.attachments.length > MAX_ATTACHMENTS) {
    throw new Refusal('invalid-attachment', `An email has at most ${MAX_ATTACHMENTS} attachments.`)
  }
  const attachments = []
  for (const attachment of request.attachments) attachments.push(await readAttachment(attachment, settings))
  const composer = new MailComposer({
    from: show(addresses.from),
    to: addresses.to.map(show),
    cc: addresses.cc.map(show),
    ...(keepBcc && { bcc: addresses.bcc.map(show) }),
    replyTo: addresses.replyTo.map(show),
    ...(request.threading && {
      inReplyTo: request.threading.inReplyTo,
      references: [...request.threading.references],
    }),
    subject: request.subject,
    ...(request.text !== undefined && { text: request.text }),
    ...(request.html !== undefined && { html: request.html }),
    headers: { ...request.headers },
    attachments,
    messageId,
    date,
    newline: 'windows',
    // Nothing a stranger writes may name a file or a URL of ours.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const writer = settings.spool.create({ memoryOctets: settings.spoolMemoryOctets })
  try {
    let octets = 0
    let eightBit = false
    const message = composer.compile()
    message.keepBcc = keepBcc // a draft is to remember them; what is sent shows them to nobody
    for await (const chunk of message.createReadStream() as AsyncIterable<Uint8Array>) {
      octets += chunk.length
      if (octets > settings.messageOctets) throw new MailError('too-large', `${octets} octets`)
      eightBit ||= !isAscii(chunk)
      await writer.write(chunk)
    }
    const source = await writer.finish()
    return { source, body: eightBit ? '8BITMIME' : '7BIT', discard: () => writer.discard() }
  } catch (error) {
    await writer.discard()
    if ((error as Error).name === 'RemoteFetchError') throw unreadable((error as Error).message, error)
    throw error
  }
}

async function readAttachment(
  { filename, contentType, contentId, content, path, uploadId, open }: AttachmentRequest,
  { fetchRemote, openUpload, messageOctets }: ComposeSettings,
) {
  const remote =
    content === undefined && path !== undefined ? await fetchPath(path, fetchRemote, messageOctets) : undefined
  const uploaded = content === undefined && uploadId !== undefined ? await openUpload(uploadId) : undefined
  const kept = remote?.content ?? uploaded ?? open?.()
  const octets = kept === undefined ? readContent(content, filename) : Readable.from(kept)
  const type = contentType ?? remote?.contentType
  return {
    content: octets,
    filename: filename ?? (path === undefined ? 'attachment' : lastSegment(path)),
    ...(type !== undefined && { contentType: type.replace(/[\r\n\0]/g, ' ') }),
    ...(contentId !== undefined && { cid: contentId.replace(/[<>\r\n\0]/g, ''), contentDisposition: 'inline' }),
  }
}

function readContent(content: AttachmentRequest['content'], filename = 'without a name'): Buffer {
  if (content === undefined)
    throw new Refusal(
      'invalid-attachment',
      `The attachment ${JSON.stringify(filename)} has no \`content\` and no \`path\`.`,
    )
  if (typeof content !== 'string') return Buffer.from(content)
  if (!BASE64.test(content))
    throw new Refusal(
      'invalid-attachment',
      `The \`content\` of the attachment ${JSON.stringify(filename)} is no base64.`,
    )
  return Buffer.from(content, 'base64')
}

async function fetchPath(path: string, fetchRemote: FetchRemote, maxOctets: number) {
  try {
    return await fetchRemote(path, { maxOctets })
  } catch (error) {
    throw unreadable((error as Error).message, error)
  }
}

function unreadable(why: string, cause: unknown): Refusal {
  return new Refusal('invalid-attachment', `The \`path\` of an attachment cannot be used: ${why}.`, { cause })
}

function lastSegment(url: string): string {
  const segment = URL.canParse(url) ? new URL(url).pathname.split('/').at(-1) : undefined
  return segment === undefined || segment === '' ? 'attachment' : segment
}

function show({ name, address }: NamedAddress) {
  return { name, address: formatAddress(address) }
}
