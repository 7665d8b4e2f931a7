import type { Client } from './client.ts'
import type { Result } from './output.ts'
import { UsageError } from './usage-error.ts'

/** What a command was given besides what every command takes. */
export interface Given {
  /** In the order of `takes`. */
  words: readonly string[]
  options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

/** What a command has besides. */
export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>
  /** How far it has come: for people who wait. */
  progress(text: string): void
}

export interface Command {
  /** What it takes, as help shows it: `<address>` is needed, `[target…]` may be any number. */
  takes: string
  help: string
  /** Its own options. */
  options?: Readonly<Record<string, { type: 'string' | 'boolean'; multiple?: boolean; help: string }>>
  run(client: Client, given: Given, surroundings: Surroundings): Promise<Result>
}

export function text({ options }: Given, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

export function texts({ options }: Given, name: string): readonly string[] {
  const value = options[name]
  return Array.isArray(value) ? value : []
}

export function needed(given: Given, name: string): string {
  const value = text(given, name)
  if (value === undefined) throw new UsageError(`--${name} is missing`)
  return value
}
