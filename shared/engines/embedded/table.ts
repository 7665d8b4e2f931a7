/** The table on SQLite: writes go to the writer thread, reads are answered here, from a connection of their own. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type Item,
  type Key,
  MAX_WRITE_OPERATIONS,
  type Operation,
  type Page,
  type Query,
  type Table,
} from '../../ports/table.ts'
import { attributesOf, checkKey, checkOperations } from '../../ports/table-limits.ts'
import { afterPrefix } from './database.ts'
import { RowCache } from './row-cache.ts'
import { encodeRow, itemOf } from './row-format.ts'
import type { RowVersions } from './row-versions.ts'
import { expiryOf } from './table-writer.ts'
import type { PackedOperation } from './work.ts'
import type { Writer } from './writer.ts'

/** A page ends with the item that reaches this, as DynamoDB's do: callers meet paging here too. */
const MAX_PAGE_OCTETS = 1024 * 1024
/** Reads between which others get their turn. */
const READS_PER_TURN = 500
/** More rows at once are of a list, which nobody asks for again soon: they push out nothing that is kept. */
const FEW_ROWS = 16

export function openTable(database: DatabaseSync, writer: Writer, versions: RowVersions): Table {
  const read = database.prepare('SELECT value FROM items WHERE pk = ? AND sk = ?')
  const begin = database.prepare('BEGIN')
  const commit = database.prepare('COMMIT')
  const ranges = new Map<string, StatementSync>()

  function readRow({ pk, sk }: Key): Uint8Array | undefined {
    return (read.get(pk, sk) as { value: Uint8Array } | undefined)?.value
  }

  /** One transaction for all: beginning one for each would cost as much as the reading. */
  function readRows(keys: readonly Key[]): (Uint8Array | undefined)[] {
    if (keys.length === 1) return [readRow(keys[0]!)]
    begin.run()
    try {
      return keys.map(readRow)
    } finally {
      commit.run()
    }
  }
  const cache = new RowCache(versions, readRows)

  function itemsOf(keys: readonly Key[], rows: readonly (Uint8Array | undefined)[]): (Item | undefined)[] {
    return rows.map((row, index) => row && itemOf(keys[index]!, row))
  }

  /** Bounds are whole conditions, as SQLite would search by one of two lower bounds and filter by the other. */
  function rangeStatement(lower: string, upper: string, reverse: boolean): StatementSync {
    const sql = `SELECT sk, value FROM items WHERE pk = ?${lower}${upper} ORDER BY sk${reverse ? ' DESC' : ''} LIMIT ?`
    let statement = ranges.get(sql)
    if (!statement) ranges.set(sql, (statement = database.prepare(sql)))
    return statement
  }

  return {
    async get(key) {
      checkKey(key)
      const [row] = cache.rows([key])
      return row && itemOf(key, row)
    },

    async getMany(keys) {
      keys.forEach(checkKey)
      if (keys.length <= FEW_ROWS) return itemsOf(keys, cache.rows(keys))
      const items: (Item | undefined)[] = []
      while (items.length < keys.length) {
        if (items.length > 0) await nextTurn()
        const some = keys.slice(items.length, items.length + READS_PER_TURN)
        items.push(...itemsOf(some, readRows(some)))
      }
      return items
    },

    async query(pk, query = {}) {
      const { reverse = false, limit, after } = query
      if (limit !== undefined && (!Number.isInteger(limit) || limit < 1)) throw new RangeError(`limit ${limit}`)
      const { lower, upper } = bounds(query)
      const values: (string | number)[] = [pk]
      let lowerSql = ''
      let upperSql = ''
      if (!reverse && after !== undefined && (lower === undefined || compareOctets(after, lower) >= 0)) {
        lowerSql = ' AND sk > ?'
        values.push(after)
      } else if (lower !== undefined) {
        lowerSql = ' AND sk >= ?'
        values.push(lower)
      }
      if (reverse && after !== undefined && (upper === undefined || compareOctets(after, upper.sk) <= 0)) {
        upperSql = ' AND sk < ?'
        values.push(after)
      } else if (upper !== undefined) {
        upperSql = upper.inclusive ? ' AND sk <= ?' : ' AND sk < ?'
        values.push(upper.sk)
      }
      values.push(limit === undefined ? -1 : limit + 1) // one more than asked for tells whether there is more
      return page(pk, rangeStatement(lowerSql, upperSql, reverse).iterate(...values), limit)
    },

    async write(operations) {
      checkOperations(operations)
      await writer.perform({ kind: 'write-items', operations: operations.map(pack) })
    },

    async writeEach(operations) {
      if (operations.length > MAX_WRITE_OPERATIONS) throw new RangeError(`${operations.length} operations in one write`)
      for (const operation of operations) checkOperations([operation])
      return writer.perform<number[]>({ kind: 'write-items', operations: operations.map(pack), each: true })
    },
  }
}

function bounds({ from, to, prefix }: Query): { lower?: string; upper?: { sk: string; inclusive: boolean } } {
  if (prefix !== undefined) {
    if (from !== undefined || to !== undefined) throw new RangeError('a query takes a prefix or bounds, not both')
    const end = afterPrefix(prefix)
    return { lower: prefix, ...(end === undefined ? {} : { upper: { sk: end, inclusive: false } }) }
  }
  return {
    ...(from === undefined ? {} : { lower: from }),
    ...(to === undefined ? {} : { upper: { sk: to, inclusive: true } }),
  }
}

function page(pk: string, rows: Iterable<unknown>, limit: number | undefined): Page {
  const items: Item[] = []
  let octets = 0
  for (const { sk, value } of rows as Iterable<{ sk: string; value: Uint8Array }>) {
    const last = items.at(-1)
    if (last && (items.length === limit || octets >= MAX_PAGE_OCTETS)) return { items, next: last.sk }
    items.push(itemOf({ pk, sk }, value))
    octets += value.length + pk.length + sk.length
  }
  return { items }
}

/** UTF-8 and JavaScript's strings order differently where surrogates come in. */
function compareOctets(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function pack(operation: Operation): PackedOperation {
  if (!('put' in operation)) return operation
  const { put: item, if: condition } = operation
  const attributes = attributesOf(item)
  const expires = expiryOf(attributes)
  return {
    row: encodeRow(attributes),
    key: { pk: item.pk, sk: item.sk },
    ...(expires === undefined ? {} : { expires }),
    ...(condition === undefined ? {} : { if: condition }),
  }
}
