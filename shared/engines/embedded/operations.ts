/** What a condition says of an item, and what an update makes of it: plain values in and out, for the writer thread. */
import type { Attributes, Condition, Operation, Value } from '../../ports/table.ts'

type Update = Extract<Operation, { update: unknown }>

/** `item` is undefined where there is none. */
export function holds(condition: Condition, item: Attributes | undefined): boolean {
  if (condition.absent && item !== undefined) return false
  if (condition.present && item === undefined) return false
  for (const [name, wanted] of Object.entries(condition.equals ?? {})) {
    if (item === undefined || !equal(item[name], wanted)) return false
  }
  return (condition.unset ?? []).every((name) => item?.[name] === undefined)
}

function equal(value: Value | undefined, wanted: string | number | boolean | Uint8Array): boolean {
  if (value instanceof Uint8Array && wanted instanceof Uint8Array) return Buffer.compare(value, wanted) === 0
  return value === wanted
}

/** The item after the update. Throws RangeError where an element is added to a number, or the like. */
export function updated(item: Attributes | undefined, { set, add, drop, remove }: Update): Attributes {
  const after: Attributes = { ...item, ...set }
  for (const [name, more] of Object.entries(add ?? {})) after[name] = sum(name, item?.[name], more)
  for (const [name, less] of Object.entries(drop ?? {})) {
    const before = item?.[name]
    if (before === undefined) continue
    const rest = elements(name, before).difference(less)
    if (rest.size > 0) after[name] = rest
    else delete after[name]
  }
  for (const name of remove ?? []) delete after[name]
  return after
}

function sum(name: string, before: Value | undefined, more: number | Set<string>): number | Set<string> {
  if (typeof more !== 'number') return before === undefined ? more : elements(name, before).union(more)
  if (before !== undefined && typeof before !== 'number') throw new RangeError(`${name} is no number to add to`)
  return (before ?? 0) + more
}

function elements(name: string, value: Value): Set<string> {
  if (!(value instanceof Set)) throw new RangeError(`${name} is no set`)
  return value
}
