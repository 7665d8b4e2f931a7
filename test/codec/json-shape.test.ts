import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isJsonWithin } from '../../shared/codec/json-shape.ts'

const LIMITS = { levels: 3, values: 8 }

describe('the shape of JSON before it is parsed', () => {
  for (const [json, within] of [
    ['', true],
    ['"a"', true],
    ['[[[1]]]', true],
    ['[[[[1]]]]', false],
    ['{"a":{"b":{"c":1}}}', true],
    ['{"a":{"b":{"c":[]}}}', false],
    ['[[],[],[]]', true],
    ['[[],[],[],[],[]]', false],
    ['[1,2,3,4,5,6,7]', true],
    ['[1,2,3,4,5,6,7,8]', false],
    ['{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8}', false],
    // What is in a string counts for nothing, however it ends.
    ['"[[[[,,,,,,,,,,"', true],
    ['["\\"[[[[", "\\\\", "[[[[,,,,,,,"]', true],
    ['["\\\\",[[[]]]]', false],
    ['"[[[[[', true],
    [']]]]]][[[', true],
  ] as const) {
    test(json, () => assert.equal(isJsonWithin(Buffer.from(json), LIMITS), within))
  }

  test('takes time in proportion', () => {
    const limits = { levels: 200, values: 1_000_000 }
    for (const hostile of ['\\', '\\"', '"', 'a'].map((unit) => `"${unit.repeat(2_000_000 / unit.length)}`)) {
      const startedMs = performance.now()
      isJsonWithin(Buffer.from(hostile), limits)
      assert.ok(performance.now() - startedMs < 5000)
    }
  })
})
