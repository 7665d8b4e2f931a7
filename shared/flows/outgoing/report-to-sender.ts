import { parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import { parsePathAddress } from '../../codec/smtp/address.ts'
import { log } from '../../log.ts'
import type { Envelope } from '../../mailbox/envelope.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import { readWhole } from '../../ports/blob-source.ts'
import { BlobExistsError, type BlobInfo, type BlobSource } from '../../ports/blobs.ts'
import { outboxName } from '../../store/keys.ts'
import type { OutboundReport } from '../../store/outbound.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { acceptMessage } from '../arrivals/accept-message.ts'
import { formatReceived } from '../arrivals/trace.ts'
import { derivedContentId } from '../derived-content-id.ts'
import { joined, type Piece } from '../joined-source.ts'
import { formatReport } from './delivery-report.ts'

/** Of a message, for what a report looks at and brings back. */
export const HEADER_OCTETS = 64 * 1024
/** RFC 5321 §4.5.4.1 asks for four or five days; users of today want to know sooner. */
export const GIVE_UP_MS = 2 * 24 * 60 * 60 * 1000

/** What a report has to know of the envelope. */
type Reported = Pick<Envelope, 'origin' | 'reversePath' | 'receivedAt' | 'body' | 'smtputf8' | 'recipients'> &
  Partial<Pick<Envelope, 'envid' | 'ret' | 'forwardedFrom'>>

/** A message that we have taken over, and where it is. */
export interface Kept {
  content: ContentId
  info: BlobInfo
  envelope: Envelope
}

/**
 * Tells the sender what became of the message: a delivery status notification (RFC 3464). Nobody is told of a notification (RFC 5321 §6.1), and
 * nobody of what a list or an auto-reply sent. Repeatable: the same report of the same message is the same message.
 */
export async function reportToSender(
  store: Store,
  own: TenantStore,
  { content, info, envelope }: Kept,
  report: OutboundReport,
  { hostName }: { hostName: string },
): Promise<void> {
  if (envelope.reversePath === '' || report.recipients.length === 0) return
  const head = (await readWhole(own.engine.blobs, info.name, { start: 0, end: HEADER_OCTETS })) ?? new Uint8Array()
  await reportOn(store, own, { content, envelope, head, whole: contentOf(own, info).open }, report, { hostName })
}

/** The same of a message that is no object of ours, as nobody here wanted it: `head` is its first 64 KiB. */
export async function reportOn(
  store: Store,
  own: TenantStore,
  { content, envelope, head, whole }: { content: ContentId; envelope: Reported; head: Uint8Array; whole?: Piece },
  report: OutboundReport,
  { hostName }: { hostName: string },
): Promise<void> {
  const { reversePath, receivedAt, envid, ret, recipients } = envelope
  const header = headerOf(head)
  if (isNotToBeAnswered(header)) {
    log.info('not-reported', { tenant: own.tenant, content })
    return
  }
  const id = derivedContentId(content, 'report', String(report.number))
  const asked = new Map(recipients.map(({ address, originalRecipient }) => [address, originalRecipient]))
  // Only a failure brings the message back (RFC 3461 §4.3).
  const isWhole = ret === 'FULL' && report.recipients.some(({ action }) => action === 'failed')
  const formatted = formatReport({
    to: reversePath,
    id,
    at: report.at,
    hostName,
    fromDomain: parsePathAddress(envelope.forwardedFrom ?? ownAddressOf(envelope)).domain,
    envid,
    arrivedAt: receivedAt,
    retryUntil: receivedAt + GIVE_UP_MS,
    recipients: report.recipients.map((one) => ({ ...one, originalRecipient: asked.get(one.recipient) })),
    returned:
      isWhole && whole !== undefined
        ? { kind: 'message', octets: whole, nonAscii: envelope.body !== '7BIT' || envelope.smtputf8 }
        : { kind: 'header', octets: header, nonAscii: header.some((octet) => octet >= 0x80) },
  })
  const source = await joined(formatted.pieces)
  const body = formatted.eightBit ? '8BITMIME' : '7BIT'
  await hand(store, own, { id, at: report.at, to: reversePath, hostName, body, smtputf8: formatted.smtputf8 }, source)
}

/** The address of ours that the message is about. */
function ownAddressOf({ origin, reversePath, recipients }: Reported): string {
  return origin === 'arrival' ? (recipients[0]?.address ?? reversePath) : reversePath
}

interface Handed {
  id: ContentId
  at: number
  to: string
  hostName: string
  body: Envelope['body']
  smtputf8: boolean
}

/** Our own people find it in their mailbox, others get it as any mail that leaves. */
async function hand(
  store: Store,
  own: TenantStore,
  { id, at, to, hostName, body, smtputf8 }: Handed,
  source: BlobSource,
): Promise<void> {
  const client = { helo: hostName, remoteAddress: '127.0.0.1', hostName, protocol: 'LMTP' }
  const resolution = await store.directory.resolve(parsePathAddress(to))
  try {
    if (resolution.kind === 'local') {
      const { tenant, accounts, forwards } = resolution
      const recipients = [{ address: to, tenant, accounts, ...(forwards.length > 0 && { forwards }) }]
      const repeatable = { content: id, receivedAt: at }
      await acceptMessage(store, { reversePath: '', recipients, body, smtputf8, client, repeatable }, source)
      return
    }
    if (resolution.kind !== 'foreign-domain') {
      log.warn('report-without-address', { tenant: own.tenant, content: id })
      return
    }
    const trace = Buffer.from(formatReceived({ ...client, id, receivedAt: at }))
    const envelope: Envelope = {
      origin: 'report',
      reversePath: '',
      recipients: [{ address: to, accounts: [] }],
      receivedAt: at,
      body,
      smtputf8,
      traceOctets: trace.length,
      receivedSha256: source.sha256,
    }
    const metadata = await own.envelopes.prepare(id, envelope)
    await own.engine.blobs.put(outboxName(own.tenant, id), await joined([trace, source.open]), metadata)
  } catch (error) {
    // Made before, by a version that words it otherwise.
    if (!(error instanceof BlobExistsError)) throw error
  }
}

export function contentOf(own: TenantStore, { name, length, sha256 }: BlobInfo): BlobSource {
  return {
    length,
    sha256,
    async *open() {
      const blob = await own.engine.blobs.get(name)
      if (blob === undefined) throw new Error(`${name} is gone`)
      yield* blob.content
    },
  }
}

/** The header's octets, up to the last whole field in `head`. */
function headerOf(head: Uint8Array): Uint8Array {
  const last = parseHeader(head).at(-1)
  return head.subarray(0, last === undefined ? 0 : last.offset + last.length)
}

/** A list would send it to all its members; an auto-reply has nobody behind it who waits (RFC 3834 §2). */
function isNotToBeAnswered(header: Uint8Array): boolean {
  return parseHeader(header).some((field) => {
    const name = field.name.toLowerCase()
    if (name === 'list-id') return true
    if (name !== 'auto-submitted' && name !== 'precedence') return false
    const value = unfoldedValue(header, field).toLowerCase()
    return name === 'precedence' ? ['list', 'bulk', 'junk'].includes(value) : value.startsWith('auto-replied')
  })
}
