/** The table's part of a commit: conditions are all looked at before anything is written, so a write that is refused leaves no trace. */
import type { DatabaseSync } from 'node:sqlite'
import type { Attributes, Condition, Key } from '../../ports/table.ts'
import { itemOctets } from '../../ports/table-limits.ts'
import { holds, updated } from './operations.ts'
import { decodeRow, encodeRow } from './row-format.ts'
import { type ExpireItems, type PackedOperation, Refused, type WriteItems } from './work.ts'

interface Change {
  key: Key
  /** Undefined: the item goes. */
  row?: Uint8Array
  expires: number | null
}

/** `touched`: told of each row that the coming commit changes. */
export function tableWriter(database: DatabaseSync, touched: (key: Key) => void) {
  const read = database.prepare('SELECT value FROM items WHERE pk = ? AND sk = ?')
  const put = database.prepare(`INSERT INTO items (pk, sk, value, expires) VALUES (?, ?, ?, ?)
    ON CONFLICT (pk, sk) DO UPDATE SET value = excluded.value, expires = excluded.expires`)
  const remove = database.prepare('DELETE FROM items WHERE pk = ? AND sk = ?')
  const expire = database.prepare(
    'DELETE FROM items WHERE (pk, sk) IN (SELECT pk, sk FROM items WHERE expires < ? ORDER BY expires LIMIT ?) RETURNING pk, sk',
  )

  function current(key: Key): Attributes | undefined {
    const found = read.get(key.pk, key.sk) as { value: Uint8Array } | undefined
    return found && decodeRow(found.value)
  }

  function change(operation: PackedOperation, item: Attributes | undefined): Change | undefined {
    if ('row' in operation) return { key: operation.key, row: operation.row, expires: operation.expires ?? null }
    if ('delete' in operation) return { key: operation.delete, expires: null }
    if ('check' in operation) return undefined
    const after = updated(item, operation)
    itemOctets(operation.update, after)
    return { key: operation.update, row: encodeRow(after), expires: expiryOf(after) ?? null }
  }

  return {
    /** Answers the indices of those that failed, where each is by itself; else one that fails refuses all. */
    write({ operations, each = false }: WriteItems): number[] {
      const failed: number[] = []
      const changes: Change[] = []
      // By themselves they may be several on one item: each sees what those before it make of it.
      const earlier = new Map<string, Uint8Array | undefined>()
      for (const [index, operation] of operations.entries()) {
        const condition = operation.if
        const key = packedKey(operation)
        const name = each ? JSON.stringify([key.pk, key.sk]) : ''
        const row = earlier.get(name)
        const before = () => (earlier.has(name) ? row && decodeRow(row) : current(key))
        const item = condition || 'update' in operation ? before() : undefined
        if (condition && !holds(condition as Condition, item)) failed.push(index)
        else if (each || failed.length === 0) {
          const wanted = change(operation, item)
          if (wanted) changes.push(wanted)
          if (wanted && each) earlier.set(name, wanted.row)
        }
      }
      if (failed.length > 0 && !each) throw new Refused({ kind: 'conflict', failed })
      for (const { key, row, expires } of changes) {
        touched(key)
        if (row) put.run(key.pk, key.sk, row, expires)
        else remove.run(key.pk, key.sk)
      }
      return failed
    },

    expire({ now, limit }: ExpireItems): number {
      const expired = expire.all(now, limit) as unknown as Key[]
      expired.forEach(touched)
      return expired.length
    },
  }
}

function packedKey(operation: PackedOperation): Key {
  if ('row' in operation) return operation.key
  if ('update' in operation) return operation.update
  return 'delete' in operation ? operation.delete : operation.check
}

/** Whole seconds since 1970; undefined where the item does not say, or says something else. */
export function expiryOf(attributes: Attributes): number | undefined {
  const { expires } = attributes
  return typeof expires === 'number' ? Math.floor(expires) : undefined
}
