import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeFrame, encodeFrame, encodeText } from '../../shared/store/text-frame.ts'

const TEXTS = [
  { header: 'subject: one', body: 'alpha beta', whole: true },
  { header: '', body: '', whole: true },
  { header: 'subject: grün', body: 'beta grün', whole: false },
  { header: 'beta', body: 'gamma', whole: true },
]

const FOUND: readonly [wanted: string, within: 'header' | 'body' | 'all', found: number[]][] = [
  ['beta', 'all', [0, 2, 3]],
  ['beta', 'body', [0, 2]],
  ['subject', 'body', []],
  ['grün', 'all', [2]],
  ['gamma', 'body', [3]],
  ['beta', 'header', [3]],
  ['subject', 'header', [0, 2]],
  ['onealpha', 'all', []],
  ['betabeta', 'all', []],
  ['a', 'all', [0, 2, 3]],
]

test('texts come back as they were', () => {
  const frame = decodeFrame(encodeFrame(TEXTS.map(encodeText)))
  assert.deepEqual(
    TEXTS.map((_, index) => frame.textAt(index)),
    TEXTS,
  )
})

for (const [wanted, within, found] of FOUND) {
  test(`${wanted} in ${within}`, () => {
    const frame = decodeFrame(encodeFrame(TEXTS.map(encodeText)))
    const marks = frame.find(Buffer.from(wanted), within)
    assert.deepEqual(
      [...marks.keys()].filter((index) => marks[index] === 1),
      found,
    )
  })
}

test('gives its memory back, but for what is smaller and may be of a pool', () => {
  for (const [repeated, isGone] of [
    [1, false],
    [1000, true],
  ] as const) {
    const text = encodeText({ header: 'alpha', body: 'beta '.repeat(repeated * 20), whole: true })
    const encoded = Uint8Array.from(encodeFrame([text]))
    const frame = decodeFrame(encoded)
    assert.equal(frame.find(Buffer.from('beta'), 'body')[0], 1)
    frame.release()
    assert.equal(encoded.buffer.detached, isGone)
  }
})
