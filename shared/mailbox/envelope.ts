import type { AccountId } from './ids.ts'

/** Where one RCPT leads (RFC 5321 §4.1.1.3): the address the sender wrote and the accounts of this tenant that get a copy. */
export interface Recipient {
  /** As the client wrote it, local part in its own case; what DSNs and `Delivered-To` speak of. */
  address: string
  accounts: readonly AccountId[]
}

/** Who a message is from and for, apart from what its header claims (RFC 5321 §2.3.1). */
export interface Envelope {
  /** How the object came to us: for its recipients, by a client's APPEND, which delivers it itself, or to be sent. */
  origin: 'arrival' | 'append' | 'submission'
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
