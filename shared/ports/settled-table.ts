import { type Item, type Operation, OutcomeUnknownError, type Table, type Value } from './table.ts'

/**
 * A table whose `write`, where the answer was lost, re-reads and answers from what it finds: since a write is all or nothing, it was
 * done where every item it puts stands there as it was put. Otherwise, and where it puts nothing, `OutcomeUnknownError` goes on to the
 * caller: the write may have been done and overtaken by another, or may yet be done.
 */
export function settledTable(table: Table): Table {
  return {
    get: (key) => table.get(key),
    getMany: (keys) => table.getMany(keys),
    query: (pk, query) => table.query(pk, query),

    async write(operations) {
      try {
        await table.write(operations)
      } catch (error) {
        if (!(error instanceof OutcomeUnknownError) || !(await wasDone(table, operations))) throw error
      }
    },
  }
}

async function wasDone(table: Table, operations: readonly Operation[]): Promise<boolean> {
  const puts = operations.flatMap((operation) => ('put' in operation ? [operation.put] : []))
  if (puts.length === 0) return false
  const found = await table.getMany(puts)
  return puts.every((put, index) => equalItems(put, found[index]))
}

function equalItems(put: Item, found: Item | undefined): boolean {
  if (found === undefined) return false
  const names = Object.keys(put)
  return names.length === Object.keys(found).length && names.every((name) => equalValues(put[name]!, found[name]))
}

function equalValues(a: Value, b: Value | undefined): boolean {
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (a instanceof Set) return b instanceof Set && a.size === b.size && a.isSubsetOf(b)
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, index) => one === b[index])
  return a === b
}
