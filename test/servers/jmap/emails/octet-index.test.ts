import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OctetIndex } from '../../../../shared/servers/jmap/emails/octet-index.ts'

test('it finds what a Map of strings finds, whatever is put and taken away', () => {
  const operation = fc.record({ key: fc.nat(40), put: fc.boolean() })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
      const index = new OctetIndex(8)
      const model = new Map<number, number>()
      let rows = 0
      for (const { key, put } of operations) {
        const octets = keyOf(key)
        const standing = model.get(key)
        if (put) {
          index.setKey(rows, octets)
          index.put(rows)
          model.set(key, rows)
          rows += 1
        } else if (standing !== undefined) {
          index.delete(standing)
          model.delete(key)
        }
        assert.equal(index.find(octets), model.get(key) ?? -1)
      }
      for (let key = 0; key <= 40; key += 1) assert.equal(index.find(keyOf(key)), model.get(key) ?? -1)
      assert.deepEqual(new Set(index.rows()), new Set(model.values()))
    }),
    { numRuns: 200 },
  )
})

test('it grows, and finds each of many', () => {
  const index = new OctetIndex(16)
  const key = (row: number) => Buffer.concat([Buffer.alloc(8), keyOf(row)])
  for (let row = 0; row < 20_000; row += 1) {
    index.setKey(row, key(row))
    index.put(row)
    if (row % 3 === 0) index.delete(row)
  }
  for (let row = 0; row < 20_000; row += 1) assert.equal(index.find(key(row)), row % 3 === 0 ? -1 : row)
})

function keyOf(number: number): Buffer {
  const octets = Buffer.alloc(8)
  octets.writeUInt32BE(number, 4)
  return octets
}
