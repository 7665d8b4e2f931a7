import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settledTable } from '../../shared/ports/settled-table.ts'
import { ConflictError, type Item, type Operation, OutcomeUnknownError, type Table } from '../../shared/ports/table.ts'

/** A table whose answer to a write is lost, and that holds `items` afterwards. */
function losing(items: Item[], error: Error = new OutcomeUnknownError('lost')): Table {
  const find = (key: { pk: string; sk: string }) => items.find(({ pk, sk }) => pk === key.pk && sk === key.sk)
  return {
    get: async (key) => find(key),
    getMany: async (keys) => keys.map(find),
    query: async () => ({ items }),
    async write() {
      throw error
    },
  }
}

const full: Item = {
  pk: 'p',
  sk: 's',
  text: 'a',
  number: 1,
  truth: false,
  octets: Uint8Array.of(1, 2),
  set: new Set(['a', 'b']),
  list: ['a', 'b'],
}
const update: Operation = { update: { pk: 'p', sk: 'u' }, set: { a: 1 } }

describe('settled table', () => {
  const rows: { name: string; operations: Operation[]; found: Item[]; done: boolean }[] = [
    { name: 'what was put stands there', operations: [{ put: full }], found: [structuredClone(full)], done: true },
    { name: 'an update beside the puts', operations: [update, { put: full }], found: [full], done: true },
    { name: 'nothing stands there', operations: [{ put: full }], found: [], done: false },
    { name: 'one of two', operations: [{ put: full }, { put: { pk: 'p', sk: '2' } }], found: [full], done: false },
    { name: 'one attribute more', operations: [{ put: full }], found: [{ ...full, more: 1 }], done: false },
    { name: 'another text', operations: [{ put: full }], found: [{ ...full, text: 'b' }], done: false },
    { name: 'other octets', operations: [{ put: full }], found: [{ ...full, octets: Uint8Array.of(1) }], done: false },
    { name: 'another set', operations: [{ put: full }], found: [{ ...full, set: new Set(['a', 'c']) }], done: false },
    { name: 'another order', operations: [{ put: full }], found: [{ ...full, list: ['b', 'a'] }], done: false },
    { name: 'nothing put', operations: [update], found: [], done: false },
  ]
  for (const { name, operations, found, done } of rows) {
    it(`${done ? 'was done' : 'stays unknown'}: ${name}`, async () => {
      const written = settledTable(losing(found)).write(operations)
      if (done) await written
      else await assert.rejects(written, OutcomeUnknownError)
    })
  }

  it('leaves other errors alone', async () => {
    const conflict = new ConflictError([0])
    await assert.rejects(settledTable(losing([full], conflict)).write([{ put: full }]), conflict)
  })
})
