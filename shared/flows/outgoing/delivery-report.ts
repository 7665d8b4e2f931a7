/** The octets of a delivery status notification: multipart/report (RFC 6522) with message/delivery-status (RFC 3464). */
import { hasNonAscii } from '../../codec/smtp/address.ts'
import type { ReportedRecipient } from '../../store/outbound.ts'
import { formatDateTime } from '../arrivals/trace.ts'
import type { Piece } from '../joined-source.ts'

export interface ReportInput {
  /** Who is told. */
  to: string
  /** Of the report. */
  id: string
  /** Milliseconds since 1970. */
  at: number
  hostName: string
  /** The domain that the report is from. */
  fromDomain: string
  envid: string | undefined
  /** When the message came to us. */
  arrivedAt: number
  /** Until when it is tried, where some recipients are late. */
  retryUntil: number
  recipients: readonly (ReportedRecipient & { originalRecipient: string | undefined })[]
  /** What comes back of the message: its header, or all of it. */
  returned: { kind: 'header' | 'message'; octets: Piece; nonAscii: boolean }
}

const SUBJECTS: readonly [ReportedRecipient['action'], string, string][] = [
  ['failed', 'Your message could not be delivered', 'Your message was not delivered to these recipients:'],
  [
    'delayed',
    'Your message is delayed',
    'Your message has not reached these recipients yet, and is still being tried:',
  ],
  ['expanded', 'Your message has been passed on', 'Your message was passed on to all whom these addresses stand for:'],
  [
    'relayed',
    'Your message has been passed on',
    'Your message was passed on to a server that sends no notice of delivery for these recipients:',
  ],
  ['delivered', 'Your message has been delivered', 'Your message was delivered to these recipients:'],
]

/** Its pieces, and whether it needs 8BITMIME and SMTPUTF8 on its way. */
export function formatReport(input: ReportInput): { pieces: Piece[]; eightBit: boolean; smtputf8: boolean } {
  const { to, id, at, hostName, fromDomain, recipients, returned } = input
  const utf8 = hasNonAscii(to) || recipients.some(({ recipient }) => hasNonAscii(recipient))
  const boundary = `report-${id}`
  const chosen = SUBJECTS.filter(([action]) => recipients.some((one) => one.action === action))
  const words = chosen.map(([action, , sentence]) => {
    const lines = recipients.filter((one) => one.action === action).map(describe)
    return `${sentence}\r\n\r\n${lines.join('')}`
  })
  const returnedType =
    returned.kind === 'message'
      ? utf8
        ? 'message/global'
        : 'message/rfc822'
      : utf8
        ? 'message/global-headers'
        : 'text/rfc822-headers'
  const eightBit = utf8 || returned.nonAscii
  const encoding = (is8Bit: boolean) => (is8Bit ? 'Content-Transfer-Encoding: 8bit\r\n' : '')
  const before =
    `From: Mail Delivery <MAILER-DAEMON@${fromDomain}>\r\nTo: <${to}>\r\nDate: ${formatDateTime(at)}\r\n` +
    `Message-ID: <${id}@${hostName}>\r\nSubject: ${chosen[0]?.[1] ?? 'Your message'}\r\nAuto-Submitted: auto-replied\r\n` +
    `MIME-Version: 1.0\r\n` +
    `Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="${boundary}"\r\n${encoding(eightBit)}\r\n` +
    `--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n${encoding(utf8)}\r\n${words.join('\r\n')}\r\n` +
    `--${boundary}\r\nContent-Type: message/${utf8 ? 'global-' : ''}delivery-status\r\n${encoding(utf8)}\r\n` +
    `${formatStatus(input)}\r\n` +
    `--${boundary}\r\nContent-Type: ${returnedType}\r\n${encoding(returned.nonAscii)}\r\n`
  return {
    pieces: [Buffer.from(before), returned.octets, Buffer.from(`\r\n--${boundary}--\r\n`)],
    eightBit,
    smtputf8: utf8,
  }
}

/** Fields of the message, then of each recipient, each group ended by an empty line (RFC 3464 §2.1). */
function formatStatus({ envid, hostName, arrivedAt, recipients, retryUntil }: ReportInput): string {
  const message =
    (envid === undefined ? '' : `Original-Envelope-Id: ${envid}\r\n`) +
    `Reporting-MTA: dns; ${hostName}\r\nArrival-Date: ${formatDateTime(arrivedAt)}\r\n`
  const groups = recipients.map(({ recipient, action, reply, originalRecipient }) => {
    const [type, ...rest] = originalRecipient?.split(';') ?? []
    return (
      (type === undefined ? '' : `Original-Recipient: ${type}; ${rest.join(';')}\r\n`) +
      `Final-Recipient: ${hasNonAscii(recipient) ? 'utf-8' : 'rfc822'}; ${recipient}\r\n` +
      `Action: ${action}\r\nStatus: ${statusOf(reply, action)}\r\n` +
      (action === 'failed' || action === 'delayed' ? `Diagnostic-Code: smtp; ${printable(reply)}\r\n` : '') +
      (action === 'delayed' ? `Will-Retry-Until: ${formatDateTime(retryUntil)}\r\n` : '')
    )
  })
  return [message, ...groups].join('\r\n')
}

function describe({ recipient, action, reply }: ReportedRecipient): string {
  return `  ${recipient}\r\n${action === 'failed' || action === 'delayed' ? `    ${printable(reply)}\r\n` : ''}`
}

/** The enhanced status code of the reply (RFC 3463), where its class is that of the action (RFC 3464 §2.3.4); without one the class alone. */
function statusOf(reply: string, action: ReportedRecipient['action']): string {
  const wanted = action === 'failed' ? '5' : action === 'delayed' ? '4' : '2'
  const code = reply.slice(4).split(' ', 1)[0]!
  return /^[245](?:\.\d{1,3}){2}$/.test(code) && code.startsWith(wanted) ? code : `${wanted}.0.0`
}

/** What other servers say has any number of lines and any octets; a field has one line of printable ASCII (RFC 5322 §2.1.1). */
function printable(reply: string): string {
  return reply.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 900)
}
