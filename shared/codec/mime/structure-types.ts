/**
 * What one pass over a message's octets finds out: plain values, packed into the view and sent as ENVELOPE and BODYSTRUCTURE.
 *
 * Every string here is a *binary string*: one character per octet, U+0000 to U+00FF (Node's 'latin1'), so that what is not
 * UTF-8 survives. `Buffer.from(value, 'latin1')` is what the message holds; encoded words (RFC 2047) stay encoded.
 * Folded values are unfolded (RFC 5322 §2.2.3), so no string holds CR or LF. For people: `displayText` of encoded-word.ts.
 */

/** Octets of the object as stored, which is what BODY[] returns. */
export interface OctetRange {
  offset: number
  length: number
}

/**
 * One element of an ENVELOPE address list (RFC 9051 §7.5.2, `address`); null is NIL.
 * A group is told by markers: its start has a mailbox (the group's name) and no host, its end has neither.
 */
export interface ImapAddress {
  /** The display name, quotes and quoted-pairs undone; of "a@b (Name)" the comment. */
  name: string | null
  /** The obsolete source route, "@a,@b" (RFC 5322 §4.4). */
  adl: string | null
  mailbox: string | null
  /** Empty for an address without a domain: null is kept for the group markers. */
  host: string | null
}

/** ENVELOPE (RFC 9051 §7.5.2). A field that is absent is null, one that is present but empty is ''. No addresses: NIL. */
export interface ImapEnvelope {
  date: string | null
  subject: string | null
  from: ImapAddress[]
  /** Already defaulted to `from`, as is `replyTo`. */
  sender: ImapAddress[]
  replyTo: ImapAddress[]
  to: ImapAddress[]
  cc: ImapAddress[]
  bcc: ImapAddress[]
  /** The fields' values whole, angle brackets included. */
  inReplyTo: string | null
  messageId: string | null
}

/** Parameters in the order of the header; names in lower case; RFC 2231 pieces as they stand ("filename*0*"), undecoded. */
export type MimeParameter = [name: string, value: string]

export interface MimeDisposition {
  /** Lower case. */
  type: string
  parameters: MimeParameter[]
}

/** One entity (RFC 2045 §2.4). Optional properties are absent where BODYSTRUCTURE says NIL. */
export interface MimePart {
  /** The header block with the empty line that ends it: BODY[n.MIME], and RFC822.HEADER of a message. */
  header: OctetRange
  /** The body: BODY[n], and BODY[TEXT] of a message. Without the CRLF before the boundary (RFC 2046 §5.1.1). */
  body: OctetRange
  /** Lower case, as is `subtype`; defaults applied (text/plain, in multipart/digest message/rfc822). */
  type: string
  subtype: string
  /** Of Content-Type. [['charset', 'us-ascii']] where there is no (readable) Content-Type and the default is text/plain. */
  parameters: MimeParameter[]
  /** Content-ID, angle brackets included. */
  id?: string
  description?: string
  /** Content-Transfer-Encoding in lower case; '7bit' where absent. */
  encoding: string
  md5?: string
  disposition?: MimeDisposition
  /** Content-Language, one element per tag. */
  language?: string[]
  location?: string
  /** LFs in the body; for text/*, message/rfc822 and message/global, and for these always. */
  lines?: number
  /**
   * The parts of a multipart; [] where no boundary line was found, and then BODYSTRUCTURE, whose grammar wants one, is sent
   * with an empty text/plain. Absent although `type` is multipart: the structure was cut here by a limit, and BODYSTRUCTURE
   * is sent as of application/octet-stream.
   */
  children?: MimePart[]
  /**
   * What a message/rfc822 or message/global holds. Absent: cut by a limit, or the body is encoded against RFC 2046 §5.2.1
   * and was not opened; BODYSTRUCTURE is then sent as of application/octet-stream, as its grammar has no other word.
   */
  message?: { envelope: ImapEnvelope; part: MimePart }
}

/** Message-IDs without angle brackets, in order, each once. */
export interface MessageIds {
  messageId: string | null
  inReplyTo: string[]
  references: string[]
}

export interface ScannedMessage {
  envelope: ImapEnvelope
  root: MimePart
  /** All octets written: RFC822.SIZE. */
  sizeOctets: number
  /**
   * The root header's fields listed in header-fields.ts, raw and whole, in order, without the empty line at the end:
   * `selectHeaderFields` over it answers what names only those.
   */
  headerFields: Uint8Array
  /** Listed fields the header has but a size cap kept out of `headerFields` (lower case): for these the object is read. */
  headerFieldsMissing: string[]
  messageIds: MessageIds
  /** A header block, of the message or of a part, holds an octet above 127 (RFC 6532): it needs SMTPUTF8. */
  eightBitHeader: boolean
  /** Any octet above 127 anywhere: it needs 8BITMIME. */
  eightBit: boolean
  /** A limit cut the structure: it is right as far as it goes. */
  truncated: boolean
}
