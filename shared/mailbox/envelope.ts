import type { DsnEvent, DsnReturn } from '../codec/smtp/dsn.ts'
import type { AccountId } from './ids.ts'

/** Where one RCPT leads (RFC 5321 §4.1.1.3): the address the sender wrote and the accounts of this tenant that get a copy. */
export interface Recipient {
  /** As the client wrote it, local part in its own case; what DSNs and `Delivered-To` speak of. */
  address: string
  accounts: readonly AccountId[]
  /** Addresses elsewhere that get it too, by alias or forward. */
  forwards?: readonly string[]
  /** What the sender wants to be told of it; [] is NEVER, absent: of failure and delay (RFC 3461 §4.1). */
  notify?: readonly DsnEvent[]
  /** `<type>;<address>` as the sender wrote it (RFC 3461 §4.2). */
  originalRecipient?: string
}

/** Who a message is from and for, apart from what its header claims (RFC 5321 §2.3.1). */
export interface Envelope {
  /**
   * How the object came to us: for its recipients, by a client's APPEND, which delivers it itself, or to be sent; a forward is an arrival that
   * goes on, a report our own word on a message (RFC 3464).
   */
  origin: 'arrival' | 'append' | 'submission' | 'forward' | 'report'
  /** Who submitted it. */
  sender?: AccountId
  /** `''` is the null reverse-path of notifications (RFC 5321 §4.5.5). */
  reversePath: string
  recipients: readonly Recipient[]
  /** When the last octet came in, milliseconds since 1970: INTERNALDATE of every copy. */
  receivedAt: number
  /** The declared body type (RFC 6152, 3030). */
  body: '7BIT' | '8BITMIME' | 'BINARYMIME'
  smtputf8: boolean
  /** It leaves us over TLS alone (RFC 8689). */
  requireTls?: boolean
  /** How much of it a report brings back; absent: the header (RFC 3461 §4.3). */
  ret?: DsnReturn
  /** What the sender knows it by (RFC 3461 §4.4). */
  envid?: string
  /** Of an arrival: how we named ourselves when it came in, in our Authentication-Results too. */
  hostName?: string
  /** Of a forward: the address of ours that it came in for. Its reverse-path is the one it came with. */
  forwardedFrom?: string
  /** Octets of the trace block written before the octets received. */
  traceOctets: number
  /** SHA-256 of the octets received, without the trace block, in hexadecimal. */
  receivedSha256: string
  /** Octets received and not kept: Authentication-Results fields that were forged in our name (RFC 8601 §5). Absent: none. */
  removedOctets?: number
  /** Delivered into Junk: who sends failed the checks, and the tenant does not want it refused. */
  junk?: true
  /** The object of another tenant that must exist before this one is delivered (one transaction, several tenants). */
  after?: string
}
