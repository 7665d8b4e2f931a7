import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createIds } from '../../../shared/engines/common/ids.ts'

/** RFC 9562 §5.7: the first 48 bits. */
const timeOf = (id: string) => Number.parseInt(id.replace('-', '').slice(0, 12), 16)

describe('ids', () => {
  it('tell the time they were made at', () => {
    const ids = createIds({ now: () => 1_700_000_000_123 })
    assert.equal(timeOf(ids.content()), 1_700_000_000_123)
  })

  it('ascend while the clock stands still or goes back', () => {
    let now = 1_700_000_000_000
    const ids = createIds({ now: () => now })
    let last = ids.content()
    for (let step = 0; step < 100_000; step++) {
      if (step % 1000 === 0) now -= 1
      const next = ids.content()
      assert.ok(next > last, `${last} then ${next}`)
      last = next
    }
    now = 1_700_000_001_000
    assert.equal(timeOf(ids.content()), now)
  })
})
