import { invalidArguments } from './method.ts'

/** Reads one value of the client's, named for the error; throws MethodError 'invalidArguments' where it is of another type. */
export type Reader<T> = (value: unknown, name: string) => T

type Read<Shape> = { [Name in keyof Shape]: Shape[Name] extends Reader<infer T> ? T : never }

/** The arguments of a call by their readers; a name that no reader has is refused, so that a misspelling is not passed over. */
export function readArguments<Shape extends Record<string, Reader<unknown>>>(
  given: Record<string, unknown>,
  shape: Shape,
): Read<Shape> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(shape, name)) throw invalidArguments(`There is no argument ${name}.`, name)
  }
  const read: Record<string, unknown> = {}
  for (const [name, reader] of Object.entries(shape)) {
    read[name] = reader(Object.hasOwn(given, name) ? given[name] : undefined, name)
  }
  return read as Read<Shape>
}

/** Absent and null are undefined. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, name) => (value === undefined || value === null ? undefined : reader(value, name))
}

export function withDefault<T>(reader: Reader<T>, fallback: T): Reader<T> {
  return (value, name) => (value === undefined ? fallback : reader(value, name))
}

export const text: Reader<string> = (value, name) => {
  if (typeof value !== 'string') throw invalidArguments(`${name} is to be a string.`, name)
  return value
}

export const bool: Reader<boolean> = (value, name) => {
  if (typeof value !== 'boolean') throw invalidArguments(`${name} is to be true or false.`, name)
  return value
}

/** Int (RFC 8620 §1.3). */
export const int: Reader<number> = (value, name) => {
  if (!Number.isSafeInteger(value)) throw invalidArguments(`${name} is to be a whole number.`, name)
  return value as number
}

/** UnsignedInt (RFC 8620 §1.3). */
export const unsigned: Reader<number> = (value, name) => {
  const number = int(value, name)
  if (number < 0) throw invalidArguments(`${name} is not to be negative.`, name)
  return number
}

const ID = /^#?[A-Za-z0-9_-]{1,255}$/

/** Id (RFC 8620 §1.2), or a reference to one that was created in this request. */
export const id: Reader<string> = (value, name) => {
  if (typeof value !== 'string' || !ID.test(value)) throw invalidArguments(`${name} is to be an id.`, name)
  return value
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value)
}

export function listOf<T>(reader: Reader<T>): Reader<T[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw invalidArguments(`${name} is to be a list.`, name)
    return value.map((one) => reader(one, name))
  }
}

/** Keys as they are; values read. */
export function mapOf<T>(reader: Reader<T>): Reader<Map<string, T>> {
  return (value, name) =>
    new Map(Object.entries(object(value, name)).map(([key, one]) => [key, reader(one, `${name}/${key}`)]))
}

export const object: Reader<Record<string, unknown>> = (value, name) => {
  if (!isObject(value)) throw invalidArguments(`${name} is to be an object.`, name)
  return value
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The time of a UTCDate (RFC 8620 §1.4) in milliseconds; undefined where it is none. */
export function parseUtcDate(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value)) return undefined
  const time = Date.parse(value)
  return Number.isNaN(time) ? undefined : time
}

export const utcDate: Reader<number> = (value, name) => {
  const time = parseUtcDate(value)
  if (time === undefined) throw invalidArguments(`${name} is to be a time like 2026-01-31T12:00:00Z.`, name)
  return time
}

/** UTCDate without a fraction (RFC 8620 §1.4: time-secfrac is omitted where it is zero). */
export function formatUtcDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
