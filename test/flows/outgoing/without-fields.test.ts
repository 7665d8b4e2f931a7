import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { parseHeader } from '../../../shared/codec/mime/header.ts'
import { withoutFields } from '../../../shared/flows/outgoing/without-fields.ts'

const TEXT = 'A: 1\r\nGone: x\r\n folded\r\nB: 2\r\nGone: y\r\n\r\nGone: in the body\r\n'
const LEFT = 'A: 1\r\nB: 2\r\n\r\nGone: in the body\r\n'

test('fields are taken out at every split of the octets', async () => {
  const octets = Buffer.from(TEXT)
  const fields = parseHeader(octets).filter(({ name }) => name === 'Gone')
  assert.equal(fields.length, 2)
  for (let size = 1; size <= octets.length; size += 1) {
    const source = {
      length: octets.length,
      sha256: createHash('sha256').update(octets).digest('hex'),
      async *open() {
        for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size)
      },
    }
    const without = await withoutFields(source, fields)
    const left = Buffer.concat(await Array.fromAsync(without.open()))
    assert.equal(left.toString(), LEFT, `pieces of ${size}`)
    assert.equal(without.length, LEFT.length)
    assert.equal(without.sha256, createHash('sha256').update(LEFT).digest('hex'))
    assert.equal(await withoutFields(source, []), source)
  }
})
