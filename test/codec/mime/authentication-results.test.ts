import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatAuthenticationResults,
  parseAuthservId,
  type ResultInfo,
} from '../../../shared/codec/mime/authentication-results.ts'

const IDS: readonly [value: string, id: string | undefined][] = [
  [' mx.test; spf=pass', 'mx.test'],
  ['MX.Test;none', 'mx.test'],
  [' mx.test 1; none', 'mx.test'],
  [' "mx.test"; none', 'mx.test'],
  [' "m\\x.test" 1; none', 'mx.test'],
  ['\r\n\t(a (nested \\) one)) mx.test (c) 1; none', 'mx.test'],
  [' mx.test(comment); none', 'mx.test'],
  [' other.test; mx.test', 'other.test'],
  [' b\u00fccher.test; none', 'b\u00fccher.test'],
  ['', undefined],
  [' ; none', undefined],
  [' (no end mx.test; none', undefined],
  [' "no end; none', undefined],
]
for (const [value, id] of IDS) {
  test(`authserv-id of ${JSON.stringify(value)}`, () => {
    assert.equal(parseAuthservId(Buffer.from(`Authentication-Results:${value}\r\n`)), id)
  })
}

const FIELDS: readonly [results: readonly ResultInfo[], field: string][] = [
  [[], 'Authentication-Results: mx.test; none\r\n'],
  [
    [
      { method: 'spf', result: 'pass', properties: [['smtp.mailfrom', 'a@example.net']] },
      {
        method: 'dkim',
        result: 'pass',
        properties: [
          ['header.d', 'example.net'],
          ['header.s', 's1'],
        ],
      },
    ],
    'Authentication-Results: mx.test; spf=pass smtp.mailfrom=a@example.net;\r\n\tdkim=pass header.d=example.net header.s=s1\r\n',
  ],
  [
    [{ method: 'spf', result: 'fail', properties: [['smtp.mailfrom', '"a b\r\nX: \\"@x.test']] }],
    'Authentication-Results: mx.test; spf=fail smtp.mailfrom="\\"a bX: \\\\\\"@x.test"\r\n',
  ],
]
for (const [results, field] of FIELDS) {
  test(JSON.stringify(field), () => {
    assert.equal(formatAuthenticationResults('mx.test', results), field)
    assert.equal(parseAuthservId(Buffer.from(field)), 'mx.test')
  })
}

test('no value makes a line too long (RFC 5322 §2.1.1)', () => {
  const value = 'ü"'.repeat(5000)
  const field = formatAuthenticationResults('mx.test', [
    { method: 'spf', result: 'pass', properties: [['smtp.mailfrom', value]] },
  ])
  for (const line of field.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 998)
})
