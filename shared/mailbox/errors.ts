/**
 * What can go wrong with mail, in the domain's words. Each server holds a `Record<MailErrorKind, …>` with its protocol's answer,
 * so a kind without an answer does not compile.
 */
export type MailErrorKind =
  | 'no-such-mailbox'
  | 'no-such-message'
  | 'mailbox-exists'
  | 'mailbox-has-children'
  | 'invalid-name'
  | 'read-only'
  | 'over-quota'
  /** Of what an account may send in an hour, its tenant send or receive in a day or a month. */
  | 'hourly-quota'
  | 'daily-quota'
  | 'monthly-quota'
  | 'too-large'
  | 'too-many'
  | 'bad-credentials'
  | 'too-many-logins'
  | 'too-many-connections'
  | 'needs-encryption'
  | 'suspended'
  | 'not-allowed'
  | 'not-carried'
  | 'in-use'
  | 'try-again'
  /** The house has none, whatever the account may use. */
  | 'no-room'

/** The message is for our log; clients read the protocol's own words for the kind. */
export class MailError extends Error {
  override readonly name = 'MailError'
  readonly kind: MailErrorKind

  constructor(kind: MailErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
