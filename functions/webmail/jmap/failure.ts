/** Why a request got no answer that is of use: what the person is told, and whether trying again may help. */
export type FailureKind = 'offline' | 'signed-out' | 'busy' | 'refused' | 'broken'

export class Failure extends Error {
  readonly kind: FailureKind
  /** JMAP's own word for it, where it gave one: `overQuota`, `tooLarge` (RFC 8620 §3.6, §5.3). */
  readonly type: string | undefined
  constructor(kind: FailureKind, message: string, type?: string) {
    super(message)
    this.name = 'Failure'
    this.kind = kind
    this.type = type
  }
}

const WORDS: Record<string, string> = {
  overQuota: 'The mailbox is full. Delete something, or ask for more storage.',
  tooLarge: 'This is larger than the server takes.',
  rateLimit: 'Too many in a short time. Please wait a little.',
  forbiddenFrom: 'This address may not be used as the sender.',
  forbiddenToSend: 'Sending is not allowed for this account.',
  invalidRecipients: 'A recipient’s address is not valid.',
  noRecipients: 'There is no recipient.',
  tooManyRecipients: 'There are more recipients than the server takes.',
  mailboxHasEmail: 'The folder still has messages.',
  mailboxHasChild: 'The folder still has folders in it.',
  notFound: 'It is no longer there.',
  cannotUnsend: 'It is already on its way.',
}

/** A method's or an object's error (RFC 8620 §3.6.2, §5.3) in words. */
export function refusal({ type, description }: { type: string; description?: string | null }): Failure {
  const kind: FailureKind = type === 'serverUnavailable' || type === 'serverPartialFail' ? 'busy' : 'refused'
  return new Failure(kind, WORDS[type] ?? description ?? `The server refused it (${type}).`, type)
}

export function messageOf(error: unknown): string {
  if (error instanceof Failure) return error.message
  return 'Something went wrong here. Please try again.'
}
