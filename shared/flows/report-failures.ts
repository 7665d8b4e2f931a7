import { parseHeader } from '../codec/mime/header.ts'
import { parseAddress } from '../codec/smtp/address.ts'
import { log } from '../log.ts'
import type { Envelope } from '../mailbox/envelope.ts'
import type { ContentId } from '../mailbox/ids.ts'
import { readWhole, sourceOf } from '../ports/blob-source.ts'
import type { BlobInfo } from '../ports/blobs.ts'
import type { RelayOutcome } from '../ports/relay.ts'
import type { Store, TenantStore } from '../store/store.ts'
import { acceptMessage } from './accept-message.ts'
import { formatDateTime } from './trace.ts'

const HEADER_OCTETS = 64 * 1024

/**
 * Tells the sender that some recipients did not get the message: a delivery status notification (RFC 3464) with the header of what was sent.
 * Nobody is told of a notification that failed (RFC 5321 §6.1), nor a sender that is not ours. Repeatable: it has the failed message's id.
 */
export async function reportFailures(
  store: Store,
  own: TenantStore,
  content: ContentId,
  info: BlobInfo,
  { reversePath, receivedAt }: Envelope,
  failed: readonly RelayOutcome[],
  { hostName }: { hostName: string },
): Promise<void> {
  if (reversePath === '') return
  const resolution = await store.directory.resolve(parseAddress(reversePath))
  if (resolution.kind !== 'local') {
    log.warn('failure-not-reported', { tenant: own.tenant, content, recipients: failed.length })
    return
  }
  const head = (await readWhole(own.engine.blobs, info.name, { start: 0, end: HEADER_OCTETS })) ?? new Uint8Array()
  const report = formatReport({ reversePath, content, receivedAt, failed, hostName, header: headerOf(head) })
  const recipients = [{ address: reversePath, tenant: resolution.tenant, accounts: resolution.accounts }]
  const client = { helo: hostName, remoteAddress: '127.0.0.1', hostName, protocol: 'LMTP' }
  await acceptMessage(
    store,
    { reversePath: '', recipients, body: '8BITMIME', smtputf8: false, client },
    sourceOf(report),
  )
}

/** The header's octets, up to the last whole field in `head`. */
function headerOf(head: Uint8Array): Uint8Array {
  const last = parseHeader(head).at(-1)
  return head.subarray(0, last === undefined ? 0 : last.offset + last.length)
}

interface ReportInput {
  reversePath: string
  content: ContentId
  receivedAt: number
  failed: readonly RelayOutcome[]
  hostName: string
  header: Uint8Array
}

/** multipart/report (RFC 6522) of three parts: words for people, fields for programs, and the header of the message it is about. */
function formatReport({ reversePath, content, receivedAt, failed, hostName, header }: ReportInput): Uint8Array {
  const boundary = `report-${content}`
  const words = failed.map(({ recipient, reply }) => `  ${recipient}\r\n    ${oneLine(reply)}\r\n`)
  const fields = failed.map(
    ({ recipient, reply }) =>
      `Final-Recipient: rfc822; ${recipient}\r\nAction: failed\r\nStatus: ${statusOf(reply)}\r\n` +
      `Diagnostic-Code: smtp; ${oneLine(reply)}\r\n`,
  )
  const text =
    `From: Mail Delivery <MAILER-DAEMON@${hostName}>\r\nTo: <${reversePath}>\r\nDate: ${formatDateTime(receivedAt)}\r\n` +
    `Message-ID: <${content}.failed@${hostName}>\r\nSubject: Your message could not be delivered\r\nAuto-Submitted: auto-replied\r\n` +
    `MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"\r\n\r\n` +
    `--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n` +
    `Your message was not delivered to these recipients:\r\n\r\n${words.join('\r\n')}\r\n` +
    `--${boundary}\r\nContent-Type: message/delivery-status\r\n\r\n` +
    `Reporting-MTA: dns; ${hostName}\r\nArrival-Date: ${formatDateTime(receivedAt)}\r\n\r\n${fields.join('\r\n')}\r\n` +
    `--${boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\n`
  return Buffer.concat([Buffer.from(text), header, Buffer.from(`\r\n--${boundary}--\r\n`)])
}

/** The enhanced status code of a reply (RFC 3463); without one the class of the reply code. */
function statusOf(reply: string): string {
  return /^[245][0-9]{2}[ -]([245]\.[0-9]{1,3}\.[0-9]{1,3})\b/.exec(reply)?.[1] ?? '5.0.0'
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\t ]+/g, ' ').trim()
}
