import { ParseError } from '../../codec/parse-error.ts'
import { log } from '../../log.ts'
import { MailError, type MailErrorKind } from '../../mailbox/errors.ts'
import { Refusal, type RefusalKind } from '../../mailbox/refusal.ts'
import { OutcomeUnknownError, ThrottledError } from '../../ports/table.ts'
import { MethodError, type MethodErrorType, SetError } from './method.ts'

const METHOD_ERRORS: Record<MailErrorKind, MethodErrorType> = {
  'no-such-mailbox': 'invalidArguments',
  'no-such-message': 'invalidArguments',
  'mailbox-exists': 'invalidArguments',
  'mailbox-has-children': 'invalidArguments',
  'invalid-name': 'invalidArguments',
  'read-only': 'accountReadOnly',
  'over-quota': 'requestTooLarge',
  'hourly-quota': 'serverUnavailable',
  'daily-quota': 'serverUnavailable',
  'monthly-quota': 'serverUnavailable',
  'too-large': 'requestTooLarge',
  'too-many': 'requestTooLarge',
  'bad-credentials': 'forbidden',
  'too-many-logins': 'serverUnavailable',
  'too-many-connections': 'serverUnavailable',
  'needs-encryption': 'forbidden',
  suspended: 'forbidden',
  'not-allowed': 'forbidden',
  'not-carried': 'invalidArguments',
  'in-use': 'serverUnavailable',
  'try-again': 'serverUnavailable',
  'no-room': 'serverUnavailable',
}

/** SetErrors (RFC 8620 §5.3, RFC 8621 §2.5, §4.6) for what the domain says of one record. */
const SET_ERRORS: Record<MailErrorKind, string> = {
  'no-such-mailbox': 'notFound',
  'no-such-message': 'notFound',
  'mailbox-exists': 'invalidProperties',
  'mailbox-has-children': 'mailboxHasChild',
  'invalid-name': 'invalidProperties',
  'read-only': 'forbidden',
  'over-quota': 'overQuota',
  'hourly-quota': 'rateLimit',
  'daily-quota': 'overQuota',
  'monthly-quota': 'overQuota',
  'too-large': 'tooLarge',
  'too-many': 'tooManyKeywords',
  'bad-credentials': 'forbidden',
  'too-many-logins': 'rateLimit',
  'too-many-connections': 'rateLimit',
  'needs-encryption': 'forbidden',
  suspended: 'forbidden',
  'not-allowed': 'forbidden',
  'not-carried': 'invalidEmail',
  'in-use': 'invalidProperties',
  'try-again': 'rateLimit',
  'no-room': 'rateLimit',
}

const REFUSALS: Record<RefusalKind, string> = {
  'not-found': 'notFound',
  'exists-already': 'invalidProperties',
  missing: 'invalidProperties',
  invalid: 'invalidProperties',
  'invalid-parameter': 'invalidProperties',
  'invalid-attachment': 'invalidProperties',
  'not-verified': 'forbidden',
  'not-permitted': 'forbidden',
  'too-late': 'forbidden',
  'in-use': 'invalidProperties',
}

/** Any error of a method as the arguments of its `error` response; what is our bug is logged with its trace. */
export function methodErrorOf(error: unknown, method: string): Record<string, unknown> {
  if (error instanceof MethodError) return described(error.type, error.message, error.more)
  if (error instanceof MailError) return described(METHOD_ERRORS[error.kind], MAIL_WORDS[error.kind] ?? '')
  if (error instanceof Refusal) return described('invalidArguments', error.message)
  if (error instanceof ThrottledError || error instanceof OutcomeUnknownError) return described('serverUnavailable', '')
  log.error('jmap-failed', { method, error: error as Error })
  return described('serverFail', 'Something went wrong here; it has been logged.')
}

/** Any error that one record of a /set met; errors that are not about the record are thrown on. */
export function setErrorOf(error: unknown): Record<string, unknown> {
  if (error instanceof SetError) return described(error.type, error.message, error.more)
  if (error instanceof MailError) return described(SET_ERRORS[error.kind], MAIL_WORDS[error.kind] ?? '')
  if (error instanceof Refusal) return described(REFUSALS[error.kind], error.message)
  if (error instanceof ParseError) return described('invalidProperties', error.message)
  throw error
}

const MAIL_WORDS: Partial<Record<MailErrorKind, string>> = {
  'mailbox-exists': 'There is a mailbox of that name.',
  'mailbox-has-children': 'Other mailboxes are below it.',
  'invalid-name': 'No mailbox can have that name.',
  'over-quota': 'There is no room left.',
  'too-large': 'That is more than can be done at once.',
  'too-many': 'That is more than can be done at once.',
  'try-again': 'Not now; try again.',
  'no-room': 'There is no room here now; try again later.',
}

function described(type: string, description: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { type, ...(description !== '' && { description }), ...more }
}
