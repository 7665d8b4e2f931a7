/** The examples of the DynamoDB Developer Guide: "Item sizes and formats", "Read and write operations", "Transactions: capacity". */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  itemOctets,
  knownOctets,
  readUnits,
  transactionUnits,
  valueOctets,
  writeUnits,
} from '../../../shared/engines/aws/units.ts'
import type { Operation, Value } from '../../../shared/ports/table.ts'

const KB = 1024

describe('octets of a value', () => {
  const rows: [name: string, value: Value, octets: number][] = [
    ['text counts its UTF-8', 'Grüße', 7],
    ['an empty text', '', 0],
    ['a number: one octet for two digits, and one', 27, 2],
    ['three digits', 127, 3],
    ['zeros at either end are trimmed', 127_000, 3],
    ['a fraction', 0.0127, 3],
    ['a sign costs one', -27, 3],
    ['zero', 0, 1],
    ['the largest MODSEQ', 2 ** 53 - 1, 9],
    ['a truth', true, 1],
    ['octets', new Uint8Array(300), 300],
    ['a set is its elements', new Set(['a', 'bcd']), 4],
    ['a list costs three, and one for each element', ['a', 'bcd'], 9],
    ['an empty list', [], 3],
  ]
  for (const [name, value, octets] of rows) it(name, () => assert.equal(valueOctets(value), octets))

  it('names count as well', () => {
    assert.equal(itemOctets({ pk: 'a', sk: 'b', 'shoe-size': 27 }), 3 + 3 + 11)
  })
})

describe('read units', () => {
  const rows: [name: string, octets: number, consistent: boolean, units: number][] = [
    ['3.5 KB, strongly consistent', 3.5 * KB, true, 1],
    ['3.5 KB, eventually consistent', 3.5 * KB, false, 0.5],
    ['10 KB, strongly consistent', 10 * KB, true, 3],
    ['8 KB, strongly consistent', 8 * KB, true, 2],
    ['8 KB, eventually consistent', 8 * KB, false, 1],
    ['4 KB and an octet', 4 * KB + 1, true, 2],
    ['an item that does not exist', 0, true, 1],
    ['a query of 10 items with 40.8 KB together is rounded once', 40.8 * KB, true, 11],
  ]
  for (const [name, octets, consistent, units] of rows)
    it(name, () => assert.equal(readUnits(octets, consistent), units))

  it('a batch of 1.5 KB and 6.5 KB is rounded item by item', () => {
    assert.equal(readUnits(1.5 * KB, true) + readUnits(6.5 * KB, true), 3)
  })
})

describe('write units', () => {
  const rows: [name: string, octets: number, units: number][] = [
    ['512 B', 512, 1],
    ['1 KB', KB, 1],
    ['1.5 KB', 1.5 * KB, 2],
    ['3.5 KB', 3.5 * KB, 4],
    ['deleting what is not there', 0, 1],
  ]
  for (const [name, octets, units] of rows) it(name, () => assert.equal(writeUnits(octets), units))

  it('a transaction of three items of 500 B takes six', () => assert.equal(transactionUnits([500, 500, 500]), 6))
  it('each item of a transaction is rounded by itself', () => assert.equal(transactionUnits([1.5 * KB, 10]), 6))
})

describe('what an operation is known to leave behind', () => {
  const key = { pk: 'pk', sk: 'sk' }
  const rows: [name: string, operation: Operation, octets: number][] = [
    ['all of a put', { put: { ...key, a: 'bc' } }, 8 + 3],
    ['what an update brings', { update: key, set: { a: 'bc' }, add: { n: 1 }, remove: ['x'] }, 8 + 3 + 3],
    ['nothing of a delete', { delete: key }, 0],
    ['nothing of a check', { check: key, if: { present: true } }, 0],
  ]
  for (const [name, operation, octets] of rows) it(name, () => assert.equal(knownOctets(operation), octets))
})
