import { Readable } from 'node:stream'
import MimeNode from 'nodemailer/lib/mime-node'
import { MailError } from '../../../mailbox/errors.ts'
import type { BlobSource } from '../../../ports/blobs.ts'
import { isObject } from '../arguments.ts'
import type { Call } from '../method.ts'
import type { Draft, DraftPart } from './email-draft.ts'
import { formatDate } from './format-header.ts'

/** The message of a draft, streamed into the spool; `discard` it. Throws MailError 'too-large'. */
export async function composeMessage(
  { store, services, limits }: Call,
  { headers, body }: Draft,
): Promise<{ source: BlobSource; discard(): Promise<void> }> {
  const { clock, ids, spool } = store.engine
  const root = makeNode(
    body,
    (type) =>
      new WrittenNode(type, { newline: 'windows', keepBcc: true, disableFileAccess: true, disableUrlAccess: true }),
  )
  for (const { name, value } of headers) addHeader(root, name, value)
  const given = new Set(headers.map(({ name }) => name.toLowerCase()))
  if (!given.has('message-id')) addHeader(root, 'Message-ID', `<${ids.content()}@${services.hostName}>`)
  if (!given.has('date')) addHeader(root, 'Date', formatDate(clock.now()))
  const writer = spool.create({ memoryOctets: limits.spoolMemoryOctets })
  try {
    let octets = 0
    for await (const chunk of root.createReadStream() as AsyncIterable<Uint8Array>) {
      octets += chunk.length
      if (octets > limits.messageOctets) throw new MailError('too-large', `${octets} octets`)
      await writer.write(chunk)
    }
    return { source: await writer.finish(), discard: () => writer.discard() }
  } catch (error) {
    await writer.discard()
    throw error
  }
}

function makeNode(part: DraftPart, make: (type: string) => MimeNode): MimeNode {
  const node = make(part.type)
  if (part.name !== undefined) node.filename = part.name
  if (part.disposition !== undefined) node.setHeader('Content-Disposition', part.disposition)
  if (part.cid !== undefined) addHeader(node, 'Content-ID', `<${part.cid}>`)
  if (part.language !== undefined) addHeader(node, 'Content-Language', part.language)
  if (part.location !== undefined) addHeader(node, 'Content-Location', part.location)
  for (const { name, value } of part.headers) addHeader(node, name, value)
  const isText = part.type.startsWith('text/')
  if (part.text !== undefined) {
    if (isText) node.setHeader('Content-Type', `${part.type}; charset=utf-8`)
    node.setContent(part.text)
  }
  const { blob } = part
  if (blob !== undefined) {
    if (isText && part.charset !== undefined) node.setHeader('Content-Type', `${part.type}; charset=${part.charset}`)
    // A message goes as it is (RFC 2046 §5.2.1); everything else octet for octet, texts too, whose line ends are their own.
    node.setHeader('Content-Transfer-Encoding', part.type.startsWith('message/') ? '8bit' : 'base64')
    node.setContent(Readable.from(blob.read({ start: 0, end: Number.MAX_SAFE_INTEGER })))
  }
  for (const child of part.children ?? []) makeNode(child, (type) => node.createChild(type))
  return node
}

/** Fields of addresses and dates would be read and formatted once more; ours are written already (format-header.ts). */
class WrittenNode extends MimeNode {
  override encodeHeaderValue(key: string, value: unknown): string {
    return isObject(value) && typeof value['value'] === 'string'
      ? value['value']
      : super.encodeHeaderValue(key, value as string)
  }
}

/** What is formatted already is written as it is; one that its writer did not fold is folded at white space. */
function addHeader(node: MimeNode, name: string, value: string): void {
  const prepared = { prepared: true, foldLines: !value.includes('\r\n'), value }
  node.addHeader(name, prepared as unknown as string)
}
