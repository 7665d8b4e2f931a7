/** What an error of the SDK says about the request behind it. */

/**
 * `throttled`: nothing was done, later it may be. `unknown`: it may have been done, or may yet be. `refused`: nothing was done, and the
 * same request will be refused again.
 */
export type Failure = 'throttled' | 'unknown' | 'refused'

const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  // S3: our octets did not come in time.
  'RequestTimeout',
  // Another transaction holds the item; or ours, sent before with the same token, is still under way.
  'TransactionConflictException',
  'TransactionInProgressException',
  // S3: another write of this name is under way, and one of the two will be first.
  'ConditionalRequestConflict',
  'OperationAborted',
])
/** No connection stood, so no request was on it. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])

interface SdkError extends Error {
  code?: unknown
  syscall?: unknown
  $metadata?: { httpStatusCode?: number }
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return 'unknown'
  const { name, code, syscall, $metadata } = error as SdkError
  if (THROTTLES.has(name)) return 'throttled'
  if (typeof code === 'string' && (NOT_CONNECTED.has(code) || syscall === 'connect')) return 'throttled'
  // Without credentials nothing was sent; nor where a value could not be written into a request.
  if (name === 'CredentialsProviderError' || error instanceof RangeError) return 'refused'
  if (error instanceof TypeError && $metadata === undefined) return 'refused'
  const status = $metadata?.httpStatusCode
  if (status === 429) return 'throttled'
  // A 500 of DynamoDB "may have succeeded or failed" (Developer Guide, "Error handling"); no status at all is a lost answer.
  return status !== undefined && status >= 400 && status < 500 ? 'refused' : 'unknown'
}

export function isNamed(error: unknown, ...names: string[]): error is Error {
  return error instanceof Error && names.includes(error.name)
}
