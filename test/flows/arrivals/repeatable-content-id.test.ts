import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repeatableContentId } from '../../../shared/flows/arrivals/repeatable-content-id.ts'
import { isContentId } from '../../../shared/mailbox/ids.ts'

test('the same name and time make the same UUIDv7, another makes another', () => {
  const ms = Date.parse('2026-11-23T10:00:00Z')
  const id = repeatableContentId('a', ms)
  assert.ok(isContentId(id))
  assert.equal(repeatableContentId('a', ms), id)
  assert.equal(Number.parseInt(id.replace('-', '').slice(0, 12), 16), ms)
  assert.match(id, /^.{14}7.{4}[89ab]/)
  assert.notEqual(repeatableContentId('b', ms), id)
  assert.notEqual(repeatableContentId('a', ms + 1), id)
  for (const wrong of [-1, 0.5, Number.NaN, 2 ** 48]) assert.throws(() => repeatableContentId('a', wrong), RangeError)
})
