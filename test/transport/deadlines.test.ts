import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cancelDeadline, setDeadline } from '../../shared/transport/deadlines.ts'

test('deadlines come up in order, not early, once, and not when cancelled', async () => {
  const begun = performance.now()
  const expired: { name: string; afterMs: number }[] = []
  const deadline = (name: string, done?: () => void) => ({
    expire() {
      expired.push({ name, afterMs: performance.now() - begun })
      done?.()
    },
  })
  const last = Promise.withResolvers<void>()
  setDeadline(deadline('last', last.resolve), 900)
  setDeadline(deadline('first'), 0)
  setDeadline(deadline('second'), 400)
  const cancelled = deadline('cancelled')
  cancelDeadline(cancelled, setDeadline(cancelled, 300))
  await Promise.race([last.promise, new Promise((resolve) => setTimeout(resolve, 10_000))])
  assert.deepEqual(
    expired.map(({ name }) => name),
    ['first', 'second', 'last'],
  )
  assert.ok(expired[1]!.afterMs >= 400)
  assert.ok(expired[2]!.afterMs >= 900)
})
