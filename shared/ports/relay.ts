import type { BodyType } from '../codec/smtp/command.ts'
import type { DsnEvent, DsnReturn } from '../codec/smtp/dsn.ts'
import type { BlobSource } from './blobs.ts'

/** A finished message with its envelope, for the world outside. */
export interface RelayMessage {
  /** Our id of the sending, for the relay's log and what it reports back. */
  id: string
  tenant: string
  reversePath: string
  recipients: readonly string[]
  content: BlobSource
  smtputf8: boolean
  /** Absent: 7BIT. */
  body?: BodyType
  /** It goes over TLS or not at all; `always`: on every way after too (RFC 8689). */
  tls?: 'required' | 'always'
  /** What the sender wants to be told, for a relay that offers DSN to take over (RFC 3461). */
  dsn?: RelayDsn
  /** Domain of the sender, whose DKIM key signs. */
  signingDomain?: string
  /** Keys to sign with, for a relay that changes nothing. */
  signing?: {
    domain: string
    keys: readonly { selector: string; privateKey: string }[]
    /** It is passed on for somebody else: sealed with what we found when it came in (RFC 8617), not signed as ours. */
    seal?: { results: string; chain: 'none' | 'pass' | 'fail' }
  }
  tags?: Readonly<Record<string, string>>
  /** The attempt has to be over in so many milliseconds: somebody else may begin another one then. */
  withinMs?: number
}

export interface RelayDsn {
  ret?: DsnReturn
  envid?: string
  /** By recipient, those that have any. */
  recipients: ReadonlyMap<string, { notify?: readonly DsnEvent[]; originalRecipient?: string }>
}

/** What became of one recipient. `reply` is the relay's own text: reply code, enhanced code and words where it speaks SMTP. */
export interface RelayOutcome {
  recipient: string
  outcome: 'sent' | 'deferred' | 'failed'
  reply: string
  /** It was never tried: the address is on the tenant's list (store/suppressions.ts). */
  suppressed?: true
  /** The relay has taken it over to tell the sender of success (RFC 3461 §5.2.2). */
  tells?: true
}

export interface RelayResult {
  /** The relay's id of the message, where it gives one. */
  relayId?: string
  outcomes: RelayOutcome[]
}

/** What a relay tells later of a message it took: only recipients whose fate is now known are named. */
export interface RelayReport {
  /** Of the RelayMessage. */
  id: string
  tenant: string
  outcomes: RelayOutcome[]
  /** Recipients who called it unwanted. */
  complaints: string[]
  /** Recipients that will never be reached, as far as the relay knows. */
  unreachable: string[]
}

export interface Relay {
  /** It changes what it is handed and signs that itself: a signature of ours would be broken, or for nothing. */
  readonly signs?: true
  /** What it can carry; the rest is refused at submission. */
  readonly carries: { maxOctets: number; maxRecipients: number; eightBit: boolean; smtputf8: boolean }
  /** One outcome for each recipient. Throws where nothing was handed over and all of it may be tried again. */
  send(message: RelayMessage): Promise<RelayResult>
}
