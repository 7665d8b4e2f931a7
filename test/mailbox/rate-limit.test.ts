import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RateLimit } from '../../shared/mailbox/rate-limit.ts'

test('a share can be taken at once, comes back evenly, and never grows beyond itself', () => {
  const rate = new RateLimit(4, 1000)
  const taken = (now: number, times: number) => Array.from({ length: times }, () => rate.take('k', now)).filter(Boolean)
  assert.equal(taken(0, 6).length, 4)
  assert.equal(taken(249, 2).length, 1, 'within the tolerance of half a one')
  assert.equal(taken(500, 2).length, 1)
  assert.equal(taken(1000, 4).length, 2)
  assert.equal(taken(1_000_000, 9).length, 4)
})

test('in any stretch of the window no more than a share at once and what came back meanwhile', () => {
  for (const limit of [1, 3, 7, 1000]) {
    const rate = new RateLimit(limit, 60_000)
    const times: number[] = []
    for (let now = 0; now < 200_000; now += 37) if (rate.take('k', now)) times.push(now)
    for (const [at, from] of times.entries()) {
      const within = times.slice(at).filter((time) => time < from + 60_000).length
      assert.ok(within <= 2 * limit + 1, `${within} of ${limit}`)
    }
    assert.ok(times.length >= limit * 3)
  }
})

test('keys do not touch each other; several are taken as one, or none', () => {
  const rate = new RateLimit(3, 1000)
  assert.ok(rate.take('a', 0, 2))
  assert.ok(!rate.take('a', 0, 2))
  assert.ok(rate.take('a', 0, 1))
  assert.ok(rate.take('b', 0, 3))
})

test('so many keys are remembered', () => {
  const rate = new RateLimit(1, 1000, 2)
  assert.ok(rate.take('a', 0))
  assert.ok(rate.take('b', 0))
  assert.ok(!rate.take('a', 0))
  assert.ok(rate.take('c', 0))
  assert.ok(rate.take('b', 0), 'forgotten, as c came')
})
