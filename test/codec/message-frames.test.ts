import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatFrameHeader, readFrames } from '../../shared/codec/message-frames.ts'
import { ParseError } from '../../shared/codec/parse-error.ts'

async function* inPieces(octets: Uint8Array, size: number) {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size)
}

async function read(octets: Uint8Array, size: number, skip: (at: number) => boolean = () => false) {
  const frames: [unknown, string][] = []
  for await (const { header, content } of readFrames(inPieces(octets, size))) {
    if (skip(frames.length)) {
      frames.push([header, 'left'])
      continue
    }
    const parts = await Array.fromAsync(content)
    frames.push([header, Buffer.concat(parts).toString()])
  }
  return frames
}

const THREE = Buffer.concat([
  formatFrameHeader({ size: 5, key: 'a' }),
  Buffer.from('one\r\n'),
  formatFrameHeader({ size: 0 }),
  formatFrameHeader({ size: 8, key: 'ü' }),
  Buffer.from('{"x":1}\n'),
  formatFrameHeader({ end: true }),
])

describe('message frames', () => {
  const expected = [
    [{ size: 5, key: 'a' }, 'one\r\n'],
    [{ size: 0 }, ''],
    [{ size: 8, key: 'ü' }, '{"x":1}\n'],
    [{ end: true }, ''],
  ]

  test('whole at every split', async () => {
    for (let size = 1; size <= THREE.length; size += 1) assert.deepEqual(await read(THREE, size), expected)
  })

  test('what is not read is passed over', async () => {
    for (let size = 1; size <= THREE.length; size += 1) {
      const frames = await read(THREE, size, (at) => at % 2 === 0)
      assert.deepEqual(
        frames.map(([header]) => header),
        expected.map(([header]) => header),
      )
      assert.deepEqual(frames[3], expected[3])
    }
  })

  const WRONG = [
    'nothing\n',
    '[1]\n',
    'null\n',
    '{"size":-1}\n',
    '{"size":1.5}\n',
    '{"size":"3"}\nabc',
    '{"size":4}\nabc',
    '{"size":0}',
    `{"x":"${'x'.repeat(70_000)}"}\n`,
  ]
  for (const text of WRONG) {
    test(`refused: ${text.slice(0, 20).trim()}`, async () => {
      for (const size of [1, 7, 100_000]) await assert.rejects(read(Buffer.from(text), size), ParseError)
    })
  }
})
