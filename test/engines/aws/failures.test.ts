import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Failure, failureOf } from '../../../shared/engines/aws/failures.ts'

const named = (name: string, status?: number) =>
  Object.assign(new Error(name), { name, ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }) })
const coded = (code: string, syscall?: string) => Object.assign(new Error(code), { code, syscall })

describe('what an error says about its request', () => {
  const rows: [name: string, error: unknown, failure: Failure][] = [
    ['a throttle', named('ThrottlingException', 400), 'throttled'],
    ['too many requests', named('Other', 429), 'throttled'],
    ['S3 waited for us in vain', named('RequestTimeout', 400), 'throttled'],
    ['another transaction', named('TransactionConflictException', 400), 'throttled'],
    ['nobody listens', coded('ECONNREFUSED', 'connect'), 'throttled'],
    ['no connection in time', coded('ETIMEDOUT', 'connect'), 'throttled'],
    ['no such host', coded('ENOTFOUND', 'getaddrinfo'), 'throttled'],
    ['a connection that broke', coded('ECONNRESET', 'read'), 'unknown'],
    ['no answer in time', named('TimeoutError'), 'unknown'],
    ['a 500', named('InternalServerError', 500), 'unknown'],
    ['a 503', named('ServiceUnavailable', 503), 'unknown'],
    [
      'an answer that is no JSON',
      Object.assign(new SyntaxError('x'), { $metadata: { httpStatusCode: 200 } }),
      'unknown',
    ],
    [
      'an answer of the wrong shape',
      Object.assign(new TypeError('x'), { $metadata: { httpStatusCode: 200 } }),
      'unknown',
    ],
    ['no error at all', 'x', 'unknown'],
    ['no right', named('AccessDeniedException', 400), 'refused'],
    ['no credentials', named('CredentialsProviderError'), 'refused'],
    ['a header that cannot be written', new TypeError('x'), 'refused'],
  ]
  for (const [name, error, failure] of rows) it(`${failure}: ${name}`, () => assert.equal(failureOf(error), failure))
})
