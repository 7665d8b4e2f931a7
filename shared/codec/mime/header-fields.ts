/**
 * Which header fields a view keeps: those that mail clients ask for when they list a mailbox, so that a list is answered
 * without reading objects. Which client asks is beside each; a name missing here costs one ranged read per message.
 */
import { asciiLowerCase } from './binary-string.ts'
import { parseHeader } from './header.ts'
import { asBuffer } from './octets.ts'

/** In the order in which a size cap keeps them: short ones that every client wants first, long ones of few clients last. */
export const KEPT_HEADER_FIELDS: readonly string[] = [
  // Thunderbird, Apple Mail, K-9, FairEmail, mutt, Roundcube, imapflow
  'date',
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'subject',
  'message-id',
  'in-reply-to',
  'content-type',
  'mime-version', // mutt, imapsync
  'content-transfer-encoding', // Thunderbird, beside the first octets of the text, for its preview
  'bcc',
  'priority', // Thunderbird
  'x-priority', // Thunderbird, Apple Mail, Roundcube
  'importance', // Outlook, FairEmail
  'references',
  'return-path', // Roundcube, imapsync
  'delivered-to', // FairEmail, K-9
  'x-original-to', // mutt
  'resent-message-id', // Thunderbird
  'delivery-date', // Thunderbird
  'newsgroups', // Thunderbird
  'auto-submitted', // FairEmail
  'precedence', // FairEmail, K-9
  'disposition-notification-to', // K-9, FairEmail, Roundcube
  'mail-followup-to', // mutt, Roundcube
  'mail-reply-to', // Roundcube
  'list-id', // Apple Mail, FairEmail
  'list-post', // mutt, Roundcube
  'list-subscribe', // mutt
  'list-unsubscribe', // Apple Mail, Thunderbird, K-9, mutt
  'list-unsubscribe-post', // FairEmail
  'content-description', // mutt
  'content-language', // Outlook
  'lines', // mutt
  'x-label', // mutt
  'x-draft-info', // Thunderbird, Roundcube
  'x-k9mail-identity', // K-9
  'x-uniform-type-identifier', // Apple Mail (Notes), as are the next five
  'x-universally-unique-identifier',
  'bimi-indicator',
  'bimi-location',
  'x-bimi-indicator-hash',
  'x-apple-mail-remote-attachments',
  'x-spam-status', // Thunderbird, Apple Mail
  'x-spam-flag', // Thunderbird, Apple Mail
  'x-spam-level', // Thunderbird
  'received-spf', // Apple Mail
  'authentication-results', // Apple Mail
  'dkim-signature', // Apple Mail
  'autocrypt', // K-9, FairEmail: a key of 1 to 3 KiB
  'received', // Thunderbird, every hop: half of most headers
]

export interface KeptHeaderFields {
  /** The fields' octets, whole and in the order of the message. */
  octets: Uint8Array
  /** Names (lower case) that are in the header and in the list, but did not fit. */
  missing: string[]
}

/** The kept fields of a header block, at most `limitOctets` of them: all fields of a name, or none. */
export function keptHeaderFields(block: Uint8Array, limitOctets: number): KeptHeaderFields {
  const listed = new Set(KEPT_HEADER_FIELDS)
  const fields = parseHeader(block).map((field) => ({ ...field, name: asciiLowerCase(field.name) }))
  const octetsOfName = new Map<string, number>()
  for (const { name, length } of fields) {
    if (listed.has(name)) octetsOfName.set(name, (octetsOfName.get(name) ?? 0) + length)
  }
  const missing: string[] = []
  let left = limitOctets
  for (const name of KEPT_HEADER_FIELDS) {
    const length = octetsOfName.get(name)
    if (length === undefined) continue
    if (length > left) missing.push(name)
    else left -= length
  }
  const kept = fields.filter(({ name }) => octetsOfName.has(name) && !missing.includes(name))
  const buffer = asBuffer(block)
  return {
    octets: Buffer.concat(kept.map((field) => buffer.subarray(field.offset, field.offset + field.length))),
    missing,
  }
}

/** Whether HEADER.FIELDS of these names can be answered from what was kept. */
export function areKept(names: readonly string[], missing: readonly string[]): boolean {
  return names.every((name) => {
    const lower = asciiLowerCase(name)
    return KEPT_HEADER_FIELDS.includes(lower) && !missing.includes(lower)
  })
}
