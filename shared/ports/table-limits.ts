/** What no engine can take, found before anything is asked of one: sizes as DynamoDB counts them, and writes that contradict themselves. */
import type { Attributes, Item, Key, Operation, Value } from './table.ts'
import { MAX_ITEM_OCTETS, MAX_WRITE_OCTETS, MAX_WRITE_OPERATIONS } from './table.ts'
import { keyOf } from './tenant-engine.ts'

const MAX_PK_OCTETS = 2048
const MAX_SK_OCTETS = 1024
/** A number takes up to 21 octets: 38 digits, two to an octet, sign and exponent. */
const NUMBER_OCTETS = 21
/** A list or a set costs 3 octets, and one for each element. */
const LIST_OCTETS = 3

/** Throws RangeError where the key is empty, too long, or not well-formed Unicode. */
export function checkKey(key: Key): void {
  checkKeyPart('pk', key.pk, MAX_PK_OCTETS)
  checkKeyPart('sk', key.sk, MAX_SK_OCTETS)
}

function checkKeyPart(name: string, text: string, most: number): void {
  const octets = stringOctets(name, text)
  if (octets === 0 || octets > most) throw new RangeError(`${name} of ${octets} octets: it takes 1 to ${most}`)
}

/** Octets of an item with its names. Throws RangeError where it is more than `MAX_ITEM_OCTETS`, or holds a value no engine keeps. */
export function itemOctets(key: Key, attributes: Readonly<Record<string, Value>>): number {
  const octets = 4 + Buffer.byteLength(key.pk) + Buffer.byteLength(key.sk) + attributesOctets(attributes)
  if (octets > MAX_ITEM_OCTETS) throw new RangeError(`item ${key.pk} ${key.sk} of ${octets} octets`)
  return octets
}

export function attributesOf(item: Item): Attributes {
  const { pk: _pk, sk: _sk, ...attributes } = item
  return attributes
}

/** Throws RangeError for a write that no engine can take: too many operations or octets, repeated keys, contradictory updates. */
export function checkOperations(operations: readonly Operation[]): void {
  if (operations.length < 1 || operations.length > MAX_WRITE_OPERATIONS)
    throw new RangeError(`${operations.length} operations in one write: it takes 1 to ${MAX_WRITE_OPERATIONS}`)
  const keys = new Set<string>()
  let octets = 0
  for (const operation of operations) {
    const key = keyOf(operation)
    checkKey(key)
    // The length keeps (`a`, `b c`) and (`a b`, `c`) apart.
    keys.add(`${key.pk.length} ${key.pk} ${key.sk}`)
    if ('put' in operation) octets += itemOctets(key, attributesOf(operation.put))
    if ('update' in operation) octets += updateOctets(operation)
  }
  if (keys.size < operations.length) throw new RangeError('one write has two operations on one key')
  if (octets > MAX_WRITE_OCTETS) throw new RangeError(`one write of ${octets} octets`)
}

function updateOctets(operation: Extract<Operation, { update: Key }>): number {
  const { update: key, set = {}, add = {}, drop = {}, remove = [] } = operation
  const names = [...Object.keys(set), ...Object.keys(add), ...Object.keys(drop), ...remove]
  if (new Set(names).size < names.length) throw new RangeError(`update of ${key.pk} ${key.sk} names an attribute twice`)
  for (const name of remove) checkName(name)
  attributesOctets(drop)
  return itemOctets(key, set) + attributesOctets(add)
}

function attributesOctets(attributes: Readonly<Record<string, Value>>): number {
  let octets = 0
  for (const name in attributes) octets += checkName(name) + valueOctets(name, attributes[name] as Value)
  return octets
}

function checkName(name: string): number {
  // `__proto__` is no name that every reader of an item could keep.
  if (name === '' || name === 'pk' || name === 'sk' || name === '__proto__')
    throw new RangeError(`no attribute can be named ${JSON.stringify(name)}`)
  return stringOctets('attribute name', name)
}

function valueOctets(name: string, value: Value): number {
  if (typeof value === 'string') return stringOctets(name, value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${name} is ${value}`)
    return NUMBER_OCTETS
  }
  if (typeof value === 'boolean') return 1
  if (value instanceof Uint8Array) return value.length
  if (value instanceof Set) {
    if (value.size === 0) throw new RangeError(`${name} is an empty set`)
    return elementsOctets(name, value)
  }
  if (Array.isArray(value)) return elementsOctets(name, value)
  throw new RangeError(`${name} is no value an item can hold`)
}

function elementsOctets(name: string, elements: Iterable<string>): number {
  let octets = LIST_OCTETS
  for (const element of elements) octets += 1 + stringOctets(name, element)
  return octets
}

function stringOctets(name: string, text: string): number {
  // Half a surrogate pair has no UTF-8: it would come back as another text.
  if (typeof text !== 'string' || !text.isWellFormed()) throw new RangeError(`${name} is no well-formed text`)
  return Buffer.byteLength(text)
}
