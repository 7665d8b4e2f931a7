import { ConflictError, type Operation, type Table } from '../ports/table.ts'

/** All of it or nothing: false where a condition did not hold. Throws what else the table throws. */
export async function writeIf(table: Pick<Table, 'write'>, operations: readonly Operation[]): Promise<boolean> {
  try {
    await table.write(operations)
    return true
  } catch (error) {
    if (error instanceof ConflictError) return false
    throw error
  }
}
