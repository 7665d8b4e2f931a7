import { createHash } from 'node:crypto'
import { formatAddress } from '../../codec/smtp/address.ts'
import { SEEN } from '../../mailbox/flags.ts'
import type { AccountId, ContentId } from '../../mailbox/ids.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import { contentName, outboxName } from '../../store/keys.ts'
import type { TenantStore } from '../../store/store.ts'
import { type ScanSettings, scanContent } from '../arrivals/scan-content.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { readAddresses } from '../emails/email-request.ts'
import { requestInboxEmail } from '../inboxes/request-inbox-email.ts'
import { announce } from '../mailboxes/settle.ts'
import { specialMailbox } from '../mailboxes/special-mailbox.ts'
import { placedEnvelope } from '../placed-envelope.ts'
import { prefixed } from '../prefixed-source.ts'

const LINE_CHARACTERS = 76

/** Of what was submitted, the content in Sent: the message's own id is that of its delivery to those who are here. */
export function sentCopyId(id: ContentId): ContentId {
  return derivedContentId(id, 'sent copy')
}

/**
 * Files what was submitted into Sent: the octets that leave, and for their sender alone who got them besides (Bcc). A message that is out is
 * filed however full the account is; of one that was not submitted nothing is. Repeatable.
 */
export async function fileSent(own: TenantStore, account: AccountId, id: ContentId, scan: ScanSettings): Promise<void> {
  if (!(await file(own, account, id, scan))) return
  await requestInboxEmail(own, { account, email: sentCopyId(id), direction: 'outbound' })
}

/** False where there is nothing to be filed. */
async function file(own: TenantStore, account: AccountId, id: ContentId, scan: ScanSettings): Promise<boolean> {
  const content = sentCopyId(id)
  if (await own.deliveries.isDelivered(account, content)) return true
  const { clock, blobs } = own.engine
  const submitted = await submittedOctets(own, id)
  if (submitted === undefined) return false // it was refused
  const bcc = await bccOf(own, id)
  const source = bcc.length === 0 ? submitted : await prefixed(Buffer.from(formatBcc(bcc)), submitted)
  const now = clock.now()
  const envelope = placedEnvelope(account, source, now)
  const view = await scanContent(source.open(), source.sha256, scan)
  await own.views.put(content, view)
  const metadata = await own.envelopes.prepare(content, envelope)
  await blobs.put(contentName(own.tenant, content), source, metadata, { unannounced: true })
  const thread = await own.threads.assign(account, content, view.messageIds)
  const sent = await specialMailbox(own, account, 'Sent')
  const flags = { system: SEEN, keywords: [] }
  const { unterminated } = view
  const message = { content, thread, flags, internalDate: now, sizeOctets: source.length, unterminated }
  const outcome = await own.appends.append(sent, [message])
  if (outcome !== 'delivered-before') await announce(own, sent, outcome.record)
  return true
}

/** Without our trace, which is for those who get it. */
async function submittedOctets(own: TenantStore, id: ContentId): Promise<BlobSource | undefined> {
  const { blobs } = own.engine
  const name = outboxName(own.tenant, id)
  const info = await blobs.head(name)
  if (info === undefined) return undefined
  const { traceOctets } = await own.envelopes.of(info)
  async function* open(): AsyncGenerator<Uint8Array> {
    const blob = await blobs.get(name, { start: traceOctets, end: info!.length })
    if (blob === undefined) throw new Error(`${name} is gone`)
    yield* blob.content
  }
  const hash = createHash('sha256')
  for await (const chunk of open()) hash.update(chunk)
  return { length: info.length - traceOctets, sha256: hash.digest('hex'), open }
}

/** Addresses alone: names in other alphabets would have to be encoded. */
async function bccOf(own: TenantStore, id: ContentId): Promise<string[]> {
  const { from = '', bcc = [] } = (await own.emails.get(id)) ?? {}
  if (bcc.length === 0) return []
  return readAddresses({ from, to: [], cc: [], bcc, replyTo: [] }).bcc.map(({ address }) => formatAddress(address))
}

/** Folded between addresses (RFC 5322 §2.2.3). */
function formatBcc(addresses: readonly string[]): string {
  let line = 'Bcc:'
  const lines: string[] = []
  for (const [index, address] of addresses.entries()) {
    const piece = ` ${address}${index < addresses.length - 1 ? ',' : ''}`
    if (line.length + piece.length > LINE_CHARACTERS && line !== 'Bcc:') {
      lines.push(line)
      line = ''
    }
    line += piece
  }
  return `${[...lines, line].join('\r\n')}\r\n`
}
