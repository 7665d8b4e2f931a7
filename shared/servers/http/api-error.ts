/** What a caller reads of an error: `{statusCode, message, name}`, as Resend's SDKs have it (FACTS.md §4). */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { ParseError } from '../../codec/parse-error.ts'
import { log } from '../../log.ts'
import { MailError, type MailErrorKind } from '../../mailbox/errors.ts'
import { Refusal, type RefusalKind } from '../../mailbox/refusal.ts'
import { NoRoomError, OutcomeUnknownError, ThrottledError } from '../../ports/table.ts'

export type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 422 | 429 | 500 | 503 | 507

/** An answer that is the protocol's own affair. */
export class ApiError extends Error {
  readonly statusCode: ErrorStatus
  readonly errorName: string

  constructor(statusCode: ErrorStatus, errorName: string, message: string) {
    super(message)
    this.statusCode = statusCode
    this.errorName = errorName
  }
}

const REFUSALS: Record<RefusalKind, [ErrorStatus, string]> = {
  'not-found': [404, 'not_found'],
  'exists-already': [409, 'already_exists'],
  missing: [422, 'missing_required_field'],
  invalid: [400, 'validation_error'],
  'invalid-parameter': [422, 'invalid_parameter'],
  'invalid-attachment': [422, 'invalid_attachment'],
  'not-verified': [403, 'validation_error'],
  'not-permitted': [401, 'restricted_api_key'],
  'too-late': [403, 'validation_error'],
  'in-use': [409, 'resource_locked'],
}

const MAIL_ERRORS: Record<MailErrorKind, [ErrorStatus, string, string]> = {
  'no-such-mailbox': [404, 'not_found', 'There is no such mailbox.'],
  'no-such-message': [404, 'not_found', 'Email not found'],
  'mailbox-exists': [409, 'already_exists', 'There is a mailbox of that name.'],
  'mailbox-has-children': [409, 'resource_locked', 'Other mailboxes are below it.'],
  'invalid-name': [400, 'validation_error', 'No mailbox can have that name.'],
  'read-only': [403, 'invalid_permission', 'It is for reading only.'],
  'over-quota': [507, 'email_above_quota', 'There is no room left.'],
  'hourly-quota': [429, 'rate_limit_exceeded', 'This sender has reached its recipients of the hour; try again later.'],
  'daily-quota': [429, 'daily_quota_exceeded', 'You have reached your daily email sending quota.'],
  'monthly-quota': [429, 'monthly_quota_exceeded', 'You have reached your monthly email sending quota.'],
  'too-large': [413, 'validation_error', 'The message is too large to be sent.'],
  'too-many': [400, 'validation_error', 'That is too many at once.'],
  'bad-credentials': [403, 'invalid_api_key', 'API key is invalid'],
  'too-many-logins': [429, 'rate_limit_exceeded', 'Too many failed logins; try again later.'],
  'too-many-connections': [429, 'rate_limit_exceeded', 'Too many connections; try again later.'],
  'needs-encryption': [403, 'security_error', 'This needs TLS.'],
  suspended: [403, 'suspended_api_key', 'This tenant is suspended.'],
  'not-allowed': [403, 'invalid_permission', 'That is not allowed.'],
  'not-carried': [400, 'validation_error', 'The way out of here cannot carry this message.'],
  'in-use': [409, 'already_exists', 'There is one of that name already.'],
  'no-room': [507, 'application_error', 'There is no room here now; try again later.'],
  'try-again': [503, 'application_error', 'Not now; try again.'],
}

/** Any error as the answer to give; what is our bug is logged with its trace. */
export function answerError(error: unknown, c: Context): Response {
  const { statusCode, errorName, message } = apiErrorOf(error)
  // A caller who is gone in the middle of a body is no bug of ours, and reads no answer.
  if (statusCode === 500 && !c.req.raw.signal.aborted)
    log.error('http-failed', { path: c.req.path, error: error as Error })
  if (statusCode === 503) c.header('retry-after', '1')
  return c.json({ statusCode, message, name: errorName }, statusCode)
}

/** How an error is told, wherever in an answer. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof Refusal) {
    const [statusCode, name] = REFUSALS[error.kind]
    return new ApiError(statusCode, name, error.message)
  }
  if (error instanceof MailError) return new ApiError(...MAIL_ERRORS[error.kind])
  if (error instanceof ParseError)
    return new ApiError(400, 'validation_error', `That cannot be read: ${error.message}.`)
  if (error instanceof HTTPException) return new ApiError(400, 'validation_error', unreadable(error))
  if (error instanceof NoRoomError) return new ApiError(...MAIL_ERRORS['no-room'])
  if (error instanceof ThrottledError || error instanceof OutcomeUnknownError) {
    return new ApiError(503, 'application_error', 'Not now; try again.')
  }
  return new ApiError(500, 'application_error', 'Something went wrong here; it has been logged.')
}

/** The router's own exceptions are all about a body that it cannot take. */
function unreadable({ status, message }: HTTPException): string {
  if (status === 415) return 'The body has to be JSON, with `Content-Type: application/json`.'
  return `${message}.`
}
