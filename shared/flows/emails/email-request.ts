/** An email as a program asks for it, and what of it can be told right away. */
import { ParseError } from '../../codec/parse-error.ts'
import { formatAddress, needsSmtputf8, parsePathAddress } from '../../codec/smtp/address.ts'
import type { Address } from '../../mailbox/address.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { Tag } from '../../store/emails.ts'

export interface AttachmentRequest {
  filename?: string | undefined
  contentType?: string | undefined
  /** For `cid:` in the HTML. */
  contentId?: string | undefined
  /** Octets, or base64, or a URL to fetch them from. */
  content?: Uint8Array | string | undefined
  path?: string | undefined
  /** What was uploaded before: its id. */
  uploadId?: string | undefined
  /** Octets that are kept already, read when the message is composed. */
  open?: (() => AsyncIterable<Uint8Array>) | undefined
}

/** Which message this one goes on from (RFC 5322 §3.6.4): Message-IDs with their brackets. */
export interface Threading {
  inReplyTo: string
  references: readonly string[]
}

export interface EmailRequest {
  from: string
  to: readonly string[]
  cc: readonly string[]
  bcc: readonly string[]
  replyTo: readonly string[]
  subject: string
  html?: string | undefined
  text?: string | undefined
  headers: Readonly<Record<string, string>>
  tags: readonly Tag[]
  attachments: readonly AttachmentRequest[]
  scheduledAt?: string | undefined
  threading?: Threading | undefined
}

/** `Name <local@domain>`, or the address alone. */
export interface NamedAddress {
  name: string
  address: Address
}

const MAX_RECIPIENTS = 50
/** What the composer, or the mail on its way, says itself. */
const OWN_HEADERS =
  /^(from|to|cc|bcc|reply-to|sender|subject|date|message-id|mime-version|content-.*|received|return-path|dkim-signature|resent-.*|authentication-results|arc-.*)$/i
const HEADER_NAME = /^[!-9;-~]{1,76}$/
const MAX_HEADERS = 200
const MAX_HEADER_VALUE = 2000

export interface Addresses {
  from: NamedAddress
  to: NamedAddress[]
  cc: NamedAddress[]
  bcc: NamedAddress[]
  replyTo: NamedAddress[]
  /** Each once, as envelopes have them. */
  recipients: Address[]
  smtputf8: boolean
}

/** Throws Refusal where an address is none, there are too many, or something is missing or not the sender's to say. */
export function checkEmail(request: EmailRequest): Addresses {
  if (request.html === undefined && request.text === undefined) {
    throw new Refusal('missing', 'Missing `html` or `text` field.')
  }
  const fields = Object.entries(request.headers)
  if (fields.length > MAX_HEADERS) {
    throw new Refusal('invalid', `The \`headers\` field is invalid: it has more than ${MAX_HEADERS} of them.`)
  }
  for (const [name, value] of fields) checkHeader(name, value)
  const addresses = readAddresses(request)
  if (addresses.to.length === 0) throw new Refusal('missing', 'Missing `to` field.')
  return addresses
}

/** Throws Refusal where an address is none, or there are too many. */
export function readAddresses(request: Pick<EmailRequest, 'from' | 'to' | 'cc' | 'bcc' | 'replyTo'>): Addresses {
  const read = (field: 'to' | 'cc' | 'bcc' | 'replyTo', name: string) => {
    if (request[field].length > MAX_RECIPIENTS) {
      throw new Refusal('invalid', `The \`${name}\` field is invalid: it takes at most ${MAX_RECIPIENTS} addresses.`)
    }
    return request[field].map((text) => readNamedAddress(text, name))
  }
  const from = readNamedAddress(request.from, 'from')
  const lists = {
    to: read('to', 'to'),
    cc: read('cc', 'cc'),
    bcc: read('bcc', 'bcc'),
    replyTo: read('replyTo', 'reply_to'),
  }
  const all = [...lists.to, ...lists.cc, ...lists.bcc].map(({ address }) => address)
  const recipients = [...new Map(all.map((address) => [formatAddress(address), address])).values()]
  const smtputf8 = [from, ...lists.to, ...lists.cc, ...lists.bcc, ...lists.replyTo].some(({ address }) =>
    needsSmtputf8(address),
  )
  return { from, ...lists, recipients, smtputf8 }
}

function checkHeader(name: string, value: string): void {
  if (!HEADER_NAME.test(name)) {
    throw new Refusal('invalid', `The \`headers\` field is invalid: ${JSON.stringify(name)} is no header field name.`)
  }
  if (OWN_HEADERS.test(name)) {
    throw new Refusal('invalid', `The \`headers\` field is invalid: \`${name}\` is not set this way.`)
  }
  if (/[\r\n\0]/.test(value) || value.length > MAX_HEADER_VALUE) {
    throw new Refusal(
      'invalid',
      `The \`headers\` field is invalid: the value of \`${name}\` has line ends, or is too long.`,
    )
  }
}

function readNamedAddress(text: string, field: string): NamedAddress {
  const open = text.lastIndexOf('<')
  if (open < 0 || !text.trimEnd().endsWith('>')) return { name: '', address: readPerson(text.trim(), field) }
  const name = text.slice(0, open).trim()
  const quoted = name.length >= 2 && name.startsWith('"') && name.endsWith('"')
  const plain = quoted ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name
  return { name: plain.replace(/[\r\n\0]/g, ' '), address: readPerson(text.trimEnd().slice(open + 1, -1), field) }
}

/** As RCPT reads it, so that the long senders of VERP can be answered; `*@` is how a catch-all is written here. */
function readPerson(text: string, field: string): Address {
  try {
    if (!text.startsWith('*@')) return parsePathAddress(text)
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
  }
  throw new Refusal('invalid', `The \`${field}\` field is invalid: ${JSON.stringify(text)} is no address.`)
}
