/** Why a rule of the house refuses what was asked of it by API or command line. */
export const REFUSAL_KINDS = [
  'not-found',
  'exists-already',
  'missing',
  'invalid',
  'invalid-parameter',
  'invalid-attachment',
  'not-verified',
  'not-permitted',
  'too-late',
  'in-use',
] as const
export type RefusalKind = (typeof REFUSAL_KINDS)[number]

/** Unlike a MailError's, its message is for who asked: a whole sentence that tells nothing about anybody else. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly kind: RefusalKind

  constructor(kind: RefusalKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
