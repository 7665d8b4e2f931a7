import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { holdsHalfCharacters, isJsonWithin } from '../../shared/codec/json-shape.ts'

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
      holdsHalfCharacters(Buffer.from(hostile))
      assert.ok(performance.now() - startedMs < 5000)
    }
  })
})

describe('half of a character', () => {
  for (const [json, holds] of [
    ['{"a":"b"}', false],
    ['"\\ud83d\\ude00"', false],
    ['"\\uD83D\\uDE00\\uD83D\\uDE00"', false],
    ['"😀"', false],
    ['"\\ud83d"', true],
    ['"\\ud83d x \\ude00"', true],
    ['"\\ude00\\ud83d"', true],
    ['"\\ud83d\\ud83d\\ude00"', true],
    ['"\\ud83d\\n"', true],
    ['{"\\udfff":1}', true],
    // What is behind an escaped backslash is text.
    ['"\\\\ud83d"', false],
    ['"\\\\\\ud83d"', true],
    ['"\\u00e9\\ud7ff\\ue000"', false],
  ] as const) {
    test(json, () => {
      assert.equal(holdsHalfCharacters(Buffer.from(json)), holds)
      assert.equal(/\\ud[89a-f]/.test(JSON.stringify(JSON.parse(json)).replaceAll('\\\\', '')), holds)
    })
  }
})
