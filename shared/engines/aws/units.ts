/**
 * Read and write units as DynamoDB bills them (Developer Guide: "Item sizes and formats", "Read and write operations"). Emulators do
 * not count them, so we do.
 */
import type { Attributes, Item, Operation, Value } from '../../ports/table.ts'

export const WRITE_UNIT_OCTETS = 1024
export const READ_UNIT_OCTETS = 4096
/** A transaction prepares and commits: every item is paid for twice. */
export const TRANSACTION_FACTOR = 2

/** Octets an attribute's value counts for. */
export function valueOctets(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'boolean') return 1
  if (typeof value === 'number') return numberOctets(value)
  if (value instanceof Uint8Array) return value.length
  let octets = 0
  if (value instanceof Set) {
    for (const element of value) octets += Buffer.byteLength(element)
    return octets
  }
  // A list costs 3 octets, and one more for each element.
  for (const element of value) octets += Buffer.byteLength(element) + 1
  return octets + 3
}

/** One octet for two significant digits, one more, and one for the sign of a negative number. */
function numberOctets(value: number): number {
  if (value === 0) return 1
  const exponential = Math.abs(value).toExponential()
  const mantissa = exponential.slice(0, exponential.indexOf('e'))
  const digits = mantissa.length > 1 ? mantissa.length - 1 : 1
  return Math.ceil(digits / 2) + (value < 0 ? 2 : 1)
}

/** Octets of an item or of some of its attributes, names included. */
export function itemOctets(item: Item | Attributes): number {
  let octets = 0
  for (const name in item) octets += Buffer.byteLength(name) + valueOctets(item[name]!)
  return octets
}

/** Of one read of `octets` together, or of an item that does not exist (0). A query's page is rounded once, not item by item. */
export function readUnits(octets: number, consistent: boolean): number {
  const units = Math.max(1, Math.ceil(octets / READ_UNIT_OCTETS))
  return consistent ? units : units / 2
}

/** Of one item: the larger of what it was and what it becomes. Nothing to delete, and a condition that fails, cost one too. */
export function writeUnits(octets: number): number {
  return Math.max(1, Math.ceil(octets / WRITE_UNIT_OCTETS))
}

export function transactionUnits(itemsOctets: readonly number[]): number {
  let units = 0
  for (const octets of itemsOctets) units += TRANSACTION_FACTOR * writeUnits(octets)
  return units
}

/** The octets an operation is known to leave behind: all of a put, of an update what it brings. */
export function knownOctets(operation: Operation): number {
  if ('put' in operation) return itemOctets(operation.put)
  if (!('update' in operation)) return 0
  const { update, set = {}, add = {} } = operation
  return itemOctets({ pk: update.pk, sk: update.sk }) + itemOctets(set) + itemOctets(add)
}
