/** Properties of an object that a client gives to /set, read one by one; all of them throw SetError 'invalidProperties'. */
import { isObject } from './arguments.ts'
import { invalidProperties } from './method.ts'

type Given = Readonly<Record<string, unknown>>

/** Throws for what the type does not have, so that a misspelling is not passed over. */
export function requireProperties(given: Given, known: readonly string[], at = ''): void {
  const unknown = Object.keys(given).filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw invalidProperties('There is no such property.', ...unknown.map((name) => `${at}${name}`))
}

export function textProperty(given: Given, name: string, mostCharacters: number): string {
  const value = given[name]
  if (typeof value !== 'string' || !value.isWellFormed()) throw invalidProperties(`${name} is to be a string.`, name)
  if (value.length > mostCharacters) throw invalidProperties(`${name} has at most ${mostCharacters} characters.`, name)
  return value
}

/** Text that goes into a header field: one line. */
export function lineProperty(given: Given, name: string, mostCharacters: number): string {
  const value = textProperty(given, name, mostCharacters)
  if (/[\r\n\0]/.test(value)) throw invalidProperties(`${name} is one line.`, name)
  return value
}

export function boolProperty(given: Given, name: string): boolean {
  const value = given[name]
  if (typeof value !== 'boolean') throw invalidProperties(`${name} is to be true or false.`, name)
  return value
}

export function numberProperty(given: Given, name: string, least: number, most: number): number {
  const value = given[name]
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
    throw invalidProperties(`${name} is to be a whole number of ${least} to ${most}.`, name)
  }
  return value as number
}

export function choiceProperty<T extends string>(given: Given, name: string, choices: readonly T[]): T {
  const value = given[name]
  if (!choices.includes(value as T)) throw invalidProperties(`${name} is one of ${choices.join(', ')}.`, name)
  return value as T
}

export function nullable<T>(given: Given, name: string, read: () => T): T | null {
  return given[name] === null || given[name] === undefined ? null : read()
}

export function objectProperty(given: Given, name: string): Record<string, unknown> {
  const value = given[name]
  if (!isObject(value)) throw invalidProperties(`${name} is to be an object.`, name)
  return value
}

export function listProperty(given: Given, name: string, most: number): unknown[] {
  const value = given[name]
  if (!Array.isArray(value)) throw invalidProperties(`${name} is to be a list.`, name)
  if (value.length > most) throw invalidProperties(`${name} has at most ${most} entries.`, name)
  return value
}
