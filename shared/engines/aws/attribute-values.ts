/** Our values as DynamoDB's typed ones, and back. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Attributes, Item, Key, Value } from '../../ports/table.ts'

/** Beyond these DynamoDB refuses a number (Developer Guide, "Data types: Number"). */
const LARGEST_NUMBER = 9.99e125
const SMALLEST_NUMBER = 1e-130

/** RangeError where DynamoDB has no such value. */
export function encodeValue(value: Value): AttributeValue {
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number') return { N: encodeNumber(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  if (value instanceof Uint8Array) return { B: value }
  if (value instanceof Set) return { SS: [...value] }
  return { L: value.map((element) => ({ S: element })) }
}

function encodeNumber(value: number): string {
  const size = Math.abs(value)
  if (!(size <= LARGEST_NUMBER) || (size !== 0 && size < SMALLEST_NUMBER)) {
    throw new RangeError(`${value} is no number a table can hold`)
  }
  return String(value)
}

export function encodeItem(item: Attributes): Record<string, AttributeValue> {
  const encoded: Record<string, AttributeValue> = {}
  for (const name in item) encoded[name] = encodeValue(item[name]!)
  return encoded
}

/** Of anything that has a key, the key alone. */
export function encodeKey({ pk, sk }: Key): Record<string, AttributeValue> {
  return { pk: { S: pk }, sk: { S: sk } }
}

export function decodeItem(encoded: Record<string, AttributeValue>): Item {
  const item: Attributes = {}
  for (const name in encoded) item[name] = decodeValue(name, encoded[name]!)
  return item as Item
}

function decodeValue(name: string, value: AttributeValue): Value {
  if (value.S !== undefined) return value.S
  if (value.N !== undefined) return Number(value.N)
  if (value.B !== undefined) return value.B
  if (value.SS !== undefined) return new Set(value.SS)
  if (value.BOOL !== undefined) return value.BOOL
  if (value.L !== undefined) {
    return value.L.map((element) => {
      if (element.S === undefined) throw new TypeError(`attribute ${name}: a list of something else than strings`)
      return element.S
    })
  }
  throw new TypeError(`attribute ${name}: ${Object.keys(value).join()} is no type of ours`)
}
