/** What a Received field tells (RFC 5321 §4.4). */
export interface TraceInput {
  /** As the client named itself in EHLO or HELO; '' where it did not. */
  helo: string
  remoteAddress: string
  hostName: string
  /** ESMTP, ESMTPS, ESMTPA, ESMTPSA (RFC 3848), SMTP, UTF8SMTP… (RFC 6531 §4.3). */
  protocol: string
  /** What the message is traced by in our logs: the id of the transaction's first object. */
  id: string
  /** Milliseconds since 1970. */
  receivedAt: number
}

/**
 * The trace block that we put before an arriving message: Return-Path, Received, and further fields, each with its CR LF. The same for all
 * recipients, so that one object serves them all; without `for`, which would tell one recipient of another.
 */
export function formatTrace(input: TraceInput & { reversePath: string; fields?: readonly string[] }): Uint8Array {
  return Buffer.from(`Return-Path: <${input.reversePath}>\r\n${formatReceived(input)}${(input.fields ?? []).join('')}`)
}

/** The Received field of one hop, folded, with its CR LF. */
export function formatReceived({ helo, remoteAddress, hostName, protocol, id, receivedAt }: TraceInput): string {
  const address = remoteAddress.includes(':') ? `[IPv6:${remoteAddress}]` : `[${remoteAddress}]`
  // The client's own word can hold anything; only what a domain or an address literal consists of is repeated.
  const named = /^[A-Za-z0-9.\-_[\]:\u0080-\u{10ffff}]{1,255}$/u.test(helo) ? helo : address
  const by = `\tby ${hostName} with ${protocol} id ${id};\r\n`
  return `Received: from ${named} (${address})\r\n${by}\t${formatDateTime(receivedAt)}\r\n`
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** RFC 5322 §3.3, in UTC. */
export function formatDateTime(ms: number): string {
  const date = new Date(ms)
  const two = (number: number) => String(number).padStart(2, '0')
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  return `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time} +0000`
}
