import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeighedLruMap } from '../../shared/mailbox/weighed-lru-map.ts'

test('what was used longest ago goes first, by weight', () => {
  const map = new WeighedLruMap<string, object>(10)
  const [a, b, c] = [{}, {}, {}]
  map.set('a', a, 4)
  map.set('b', b, 4)
  assert.equal(map.get('a'), a)
  map.set('c', c, 4)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [a, undefined, c])
  map.addWeight('c', c, 4)
  assert.deepEqual([map.get('a'), map.get('c')], [undefined, c])
})

test('a value that is no longer there gains no weight, and one that weighs more than all may is not kept', () => {
  const map = new WeighedLruMap<string, object>(10)
  const [old, other] = [{}, {}]
  map.set('a', old, 1)
  map.set('a', other, 1)
  map.addWeight('a', old, 100)
  assert.equal(map.get('a'), other)
  map.set('b', old, 11)
  assert.deepEqual([map.get('a'), map.get('b')], [undefined, undefined])
})
